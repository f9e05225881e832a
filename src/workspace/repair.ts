import type { Build } from '../domain/types.ts';
import { isAlive } from '../kit/process.ts';
import { concludeApply, type BuildEnd } from './conclude.ts';
import type { WorkspaceDeps } from './deps.ts';
import { driveBuild, recover, startDriving, type DriveOptions } from './drive.ts';
import { closeSession } from './engine-run.ts';

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
      return consumeApply(deps, taken, options);
    case 'succeeded':
    case 'failed':
    case 'canceled':
      return { state: 'lost' };
  }
}

/** A plan touches nothing, so a leftover one is ended, not awaited. */
async function endPlanRuns(deps: WorkspaceDeps, build: Build): Promise<void> {
  for (const run of await deps.store.listRuns(build.id)) {
    if (run.kind !== 'plan' || run.consumedAt !== undefined) continue;
    if (deps.engine.runner.isRunAlive(run.folder)) await deps.engine.runner.interrupt(run.folder, 5000);
    await deps.store.consumeRun(run.id, undefined);
  }
}

async function consumeApply(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<BuildEnd> {
  const driving = await startDriving(deps, build, options);
  try {
    const run = (await deps.store.listRuns(build.id)).filter((one) => one.kind === 'apply').at(-1);
    if (run === undefined) {
      // Killed between the two writes: the build says applying, no process was ever started.
      if (build.state === 'applying') await deps.store.moveBuild(build.id, 'applying', 'verifying');
      return await recover(deps, driving, options, build.changes);
    }
    driving.report('waiting');
    const result = await deps.engine.runner.adopt(run.id, run.folder, options.signal);
    if (options.signal?.aborted === true && result.exitCode === undefined) return { state: 'detached' };
    const end = await concludeApply(deps, driving, { runId: run.id, result }, build.changes);
    return end === 'again' ? await recover(deps, driving, options, build.changes) : end;
  } finally {
    closeSession(driving);
  }
}
