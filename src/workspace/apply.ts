import type { PlannedChange } from '../domain/types.ts';
import type { RunResult } from '../engine/engine.ts';
import { anythingStarted, plannedChanges } from './changes.ts';
import { concludeApply, concludeWithoutApply, finishCanceled, finishFailed, type BuildEnd } from './conclude.ts';
import type { WorkspaceDeps } from './deps.ts';
import type { DriveOptions } from './drive-options.ts';
import { closeSession, runEngine, type Driving } from './engine-run.ts';
import { keepStateCopy, mendState } from './folder.ts';
import { removePlan } from './plan-runs.ts';
import { explainReplacements, goPlain, makePlan, planBuild, planning, sessionIsToBlame } from './plan.ts';
import { refuseOverQuota } from './quota.ts';

/** Plan, guard, apply: for a build whose plan somebody looks at before it is applied. */
export async function planAndApply(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd> {
  const { build } = driving.operation;
  const planned = await planBuild(deps, driving, options);
  if (planned.state !== 'planned') return planned.end;
  const overQuota = await refuseOverQuota(deps, driving, planned.plan);
  if (overQuota !== undefined) return overQuota;
  const moved = await deps.store.moveBuild(build.id, 'planning', 'planned', { changes: planned.changes });
  if (!moved) return lost(planned.plan);
  const startedAt = deps.clock.monotonic();
  const verdict = (await options.guard?.(planned.changes)) ?? { go: true };
  options.onPhase?.('guard', deps.clock.monotonic() - startedAt);
  if (!verdict.go || options.signal?.aborted === true) {
    await removePlan(planned.plan);
    const reason = verdict.go ? 'interrupted' : verdict.reason;
    return finishCanceled(deps, driving, reason, !verdict.go);
  }
  await keepStateCopy(driving.paths, build.number, deps.engine.readState(driving.paths.state));
  if (!(await deps.store.moveBuild(build.id, 'planned', 'applying'))) return lost(planned.plan);
  driving.report('applying');
  return applyPlan(deps, driving, options, planned.plan, planned.changes);
}

/** Somebody else moved the build, and knows nothing of this plan. */
async function lost(plan: string): Promise<BuildEnd> {
  await removePlan(plan);
  return { state: 'lost' };
}

/**
 * Plan and apply in one engine command, where nobody has to look between them: half the engine starts. From its start on the build
 * only goes forward; a run that failed before it touched anything leaves everything as it was.
 */
export async function applyDirectly(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd> {
  const { build } = driving.operation;
  const before = await keepStateCopy(driving.paths, build.number, deps.engine.readState(driving.paths.state));
  if (!(await deps.store.moveBuild(build.id, 'planning', 'applying'))) return { state: 'lost' };
  const startedAt = deps.clock.monotonic();
  const running = runDirectly(deps, driving);
  const ended = await orInterrupted(running, options.signal);
  if (ended === undefined) return leave(driving, running);
  const plannedAt = ended.plannedAt ?? startedAt;
  options.onPhase?.('plan', plannedAt - startedAt);
  options.onPhase?.('apply', deps.clock.monotonic() - plannedAt);
  const changes = await explainReplacements(deps, driving, ended.run, before);
  return concludeOrRecover(deps, driving, options, ended.run, changes);
}

interface DirectRun {
  readonly run: Awaited<ReturnType<typeof runEngine>>;
  /** When the engine had its plan (monotonic ms); undefined when it came to none. */
  readonly plannedAt: number | undefined;
}

async function runDirectly(deps: WorkspaceDeps, driving: Driving): Promise<DirectRun> {
  const run = await directRun(deps, driving);
  const { result } = run.run;
  // Whoever was interrupted has left the build, and others may have taken it.
  const left = driving.signal?.aborted === true;
  if (left || anythingStarted(result) || !sessionIsToBlame(deps, driving, result)) return run;
  await deps.store.consumeRun(run.run.runId, result.exitCode);
  goPlain(deps, driving);
  return directRun(deps, driving);
}

async function directRun(deps: WorkspaceDeps, driving: Driving): Promise<DirectRun> {
  let plannedAt: number | undefined;
  const how = planning(driving.operation.build, 'first');
  const args = deps.engine.directArgs({ ...how, varFile: driving.varFile });
  const run = await runEngine(
    deps,
    driving,
    'apply',
    () => args,
    (event) => {
      if (event.type === 'change_summary' && event.operation === 'plan') plannedAt = deps.clock.monotonic();
    },
  );
  return { run, plannedAt };
}

/** Applies a saved plan and commits the outcome; an interrupted caller leaves the engine to finish alone. */
async function applyPlan(
  deps: WorkspaceDeps,
  driving: Driving,
  options: DriveOptions,
  plan: string,
  changes: readonly PlannedChange[],
): Promise<BuildEnd> {
  const startedAt = deps.clock.monotonic();
  const running = runEngine(deps, driving, 'apply', () => deps.engine.applyArgs({ plan }));
  const ended = await orInterrupted(running, options.signal);
  if (ended === undefined) return leave(driving, running);
  options.onPhase?.('apply', deps.clock.monotonic() - startedAt);
  await removePlan(plan);
  return concludeOrRecover(deps, driving, options, ended, changes);
}

/** Judges an apply run that has ended; one that was cut short is planned anew. */
export async function concludeOrRecover(
  deps: WorkspaceDeps,
  driving: Driving,
  options: DriveOptions,
  run: { readonly runId: string; readonly result: RunResult },
  changes: readonly PlannedChange[],
): Promise<BuildEnd> {
  const end = await concludeApply(deps, driving, run, changes);
  return end === 'again' ? recover(deps, driving, options, changes) : end;
}

/** SM "verifying": the same inputs planned anew; an empty plan is success, else it is applied, once. */
export async function recover(
  deps: WorkspaceDeps,
  driving: Driving,
  options: DriveOptions,
  changes: readonly PlannedChange[],
): Promise<BuildEnd> {
  const { build } = driving.operation;
  closeSession(driving);
  await mendState(driving.paths, deps.engine.readState, () => Promise.resolve(true));
  const again = await makePlan(deps, driving, 'after an apply');
  if (again.result.exitCode !== 0) {
    await removePlan(again.plan);
    return finishFailed(deps, driving, deps.engine.classify(again.result), true);
  }
  const rest = plannedChanges(again.result.events).filter((change) => change.action !== 'read');
  if (rest.length === 0) {
    await removePlan(again.plan);
    return concludeWithoutApply(deps, driving, changes);
  }
  // A run that was killed early may not have said what it planned.
  const known = changes.length > 0 ? changes : rest;
  await keepStateCopy(driving.paths, build.number, deps.engine.readState(driving.paths.state));
  const recoveries = build.recoveries + 1;
  if (!(await deps.store.moveBuild(build.id, 'verifying', 'applying', { recoveries }))) return lost(again.plan);
  const next: Driving = { ...driving, operation: { ...driving.operation, build: { ...build, recoveries } } };
  return applyPlan(deps, next, options, again.plan, known);
}

/** The engine goes on alone; where this process lives on, as a server does, the session ends with the run. */
function leave(driving: Driving, running: Promise<unknown>): BuildEnd {
  void running
    .catch(() => undefined)
    .finally(() => {
      closeSession(driving);
    });
  return { state: 'detached' };
}

async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return work;
  if (signal.aborted) {
    work.catch(() => undefined);
    return undefined;
  }
  let stop: (() => void) | undefined;
  const interrupted = new Promise<undefined>((resolve) => {
    stop = () => {
      resolve(undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
