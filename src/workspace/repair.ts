import type { Build, PlannedChange } from '../domain/types.ts';
import type { RunResult } from '../engine/engine.ts';
import { isAlive } from '../kit/process.ts';
import type { BuildEnd } from './conclude.ts';
import type { WorkspaceDeps } from './deps.ts';
import { concludeOrRecover, recover } from './apply.ts';
import { anythingStarted, plannedChanges } from './changes.ts';
import { driveBuild, startDriving } from './drive.ts';
import type { DriveOptions } from './drive-options.ts';
import { closeSession, type Driving } from './engine-run.ts';
import { letGoIfLeft } from './let-go.ts';
import { endPlanRuns, removePlans } from './plan-runs.ts';

/** Whether nobody works on a live build any more (SM R7): no driver, or the driver's process is gone. */
export const isAbandoned = (build: Build): boolean => build.driver === undefined || !isAlive(build.driver);

/**
 * Finishes what a killed process left (SM section 2, "What a kill leaves"): an engine that still works is awaited, a result on disk
 * is consumed, a plan is made again, an interrupted apply is judged by its stream and its state. Nothing is ever started twice.
 */
export async function repairBuild(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<BuildEnd> {
  if (!isAbandoned(build)) return { state: 'lost' };
  const taken = await deps.store.takeBuild(build.id, build.driver, deps.me);
  if (taken === undefined) return { state: 'lost' };
  switch (taken.state) {
    case 'queued':
      return driveBuild(deps, taken, options);
    case 'planning':
    case 'planned':
      await endPlanRuns(deps, taken);
      if (!(await deps.store.moveBuild(taken.id, taken.state, 'queued'))) return { state: 'lost' };
      return driveBuild(deps, { ...taken, state: 'queued' }, options);
    case 'applying':
    case 'verifying':
      return letGoIfLeft(deps, taken, () => consumeApply(deps, taken, options));
    case 'succeeded':
    case 'failed':
    case 'canceled':
      return { state: 'lost' };
  }
}

async function consumeApply(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<BuildEnd> {
  await endPlanRuns(deps, build);
  const driving = await startDriving(deps, build, options);
  try {
    const runs = await deps.store.listRuns(build.id);
    const run = runs.filter((one) => one.kind === 'apply').at(-1);
    // Killed between the two writes: the build says applying, no process was ever started.
    const secondIsMissing = build.state === 'applying' && build.recoveries > 0 && runs.at(-1) !== run;
    if (run === undefined || secondIsMissing) return await planAnew(deps, driving, options, build.changes);
    driving.report('waiting');
    const result = await deps.engine.runner.adopt(run.id, run.folder, options.signal);
    if (options.signal?.aborted === true && result.exitCode === undefined) return { state: 'detached' };
    return await consumeResult(deps, driving, options, { runId: run.id, result });
  } finally {
    closeSession(driving);
  }
}

async function consumeResult(
  deps: WorkspaceDeps,
  driving: Driving,
  options: DriveOptions,
  run: { readonly runId: string; readonly result: RunResult },
): Promise<BuildEnd> {
  const { build } = driving.operation;
  const { result, runId } = run;
  const changes = build.changes.length > 0 ? build.changes : plannedChanges(result.events);
  if (build.state === 'applying' && result.exitCode === undefined && !anythingStarted(result)) {
    await deps.store.consumeRun(runId, undefined);
    return planAnew(deps, driving, options, changes);
  }
  await removePlans(deps, build);
  return concludeOrRecover(deps, driving, options, run, changes);
}

/** An apply that never began counts for nothing: whoever drove it was killed, so the next one makes it, however often that happens. */
async function planAnew(
  deps: WorkspaceDeps,
  driving: Driving,
  options: DriveOptions,
  changes: readonly PlannedChange[],
): Promise<BuildEnd> {
  const { build } = driving.operation;
  await removePlans(deps, build);
  if (build.state === 'applying') await deps.store.moveBuild(build.id, 'applying', 'verifying', { changes });
  return recover(deps, driving, options, changes);
}
