import { rebuilt } from '../domain/guard.ts';
import type { Build, PlannedChange } from '../domain/types.ts';
import type { RunResult } from '../engine/engine.ts';
import { plannedChanges } from './changes.ts';
import { finishCanceled, finishFailed, type BuildEnd } from './conclude.ts';
import type { WorkspaceDeps } from './deps.ts';
import type { DriveOptions } from './drive-options.ts';
import { closeSession, runEngine, type Driving } from './engine-run.ts';
import { planFile, removePlan } from './plan-runs.ts';

export type PlanOutcome =
  | { readonly state: 'planned'; readonly plan: string; readonly changes: readonly PlannedChange[] }
  | { readonly state: 'ended'; readonly end: BuildEnd };

/** A plan for somebody who looks at it before it is applied; it names the paths that force a replacement. */
export async function planBuild(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<PlanOutcome> {
  const startedAt = deps.clock.monotonic();
  let run = await makePlan(deps, driving);
  if (sessionIsToBlame(deps, driving, run.result)) {
    goPlain(deps, driving);
    await removePlan(run.plan);
    run = await makePlan(deps, driving);
  }
  options.onPhase?.('plan', deps.clock.monotonic() - startedAt);
  if (run.result.exitCode === 0) {
    const planned = plannedChanges(run.result.events);
    const asked = driving.operation.build.stage === 'claim' || options.guard !== undefined;
    const changes = asked ? await withPaths(deps, driving, planned, run.plan) : planned;
    return { state: 'planned', plan: run.plan, changes };
  }
  await removePlan(run.plan);
  const end =
    driving.signal?.aborted === true
      ? await finishCanceled(deps, driving, 'interrupted', false)
      : await finishFailed(deps, driving, deps.engine.classify(run.result));
  return { state: 'ended', end };
}

/**
 * Whether a failed run that touched nothing should be made again without the session (provider-sessions 10): a template error is the
 * same without one, a broken session or environment is worth a second try.
 */
export function sessionIsToBlame(deps: WorkspaceDeps, driving: Driving, result: RunResult): boolean {
  if (result.exitCode === 0 || driving.session === undefined || result.interrupted) return false;
  return !driving.session.healthy() || deps.engine.classify(result).errorClass === 'environment';
}

/** Ends the session, so that the next run starts its providers itself. */
export function goPlain(deps: WorkspaceDeps, driving: Driving): void {
  deps.logger.warn('the engine failed under a provider session, trying plain', { workspace: driving.operation.workspace.name });
  closeSession(driving);
}

/** What plan and apply of a build share. Create and claim of healthy stock do not refresh (spec 6.3, SM section 2); all others look at
 * the world first. After an apply that failed the state may claim what never happened: SDKv2 keeps the planned values of a failed update. */
export function planning(build: Build, again: 'first' | 'after an apply'): { refresh: boolean; destroy: boolean } {
  const healthy = build.stage !== 'none' || (build.number === 1 && build.transition === 'start');
  return { refresh: again === 'after an apply' || !healthy, destroy: build.transition === 'delete' };
}

/** One plan run, consumed at once: a plan leaves nothing behind but its file, which holds secrets and is removed after use. */
export async function makePlan(
  deps: WorkspaceDeps,
  driving: Driving,
  again: 'first' | 'after an apply' = 'first',
): Promise<{ result: RunResult; plan: string }> {
  const how = planning(driving.operation.build, again);
  const { runId, result, folder } = await runEngine(deps, driving, 'plan', (run) =>
    deps.engine.planArgs({ ...how, out: planFile({ folder: run }), varFile: driving.varFile }),
  );
  await deps.store.consumeRun(runId, result.exitCode);
  return { result, plan: planFile({ folder }) };
}

/**
 * Which attributes force the replacements of a claim that was applied without a plan file: the same plan is made once more from the
 * state as it was before. Only a claim that rebuilds something pays for it.
 */
export async function explainReplacements(
  deps: WorkspaceDeps,
  driving: Driving,
  applied: { readonly runId: string; readonly result: RunResult },
  before: string | undefined,
): Promise<readonly PlannedChange[]> {
  const changes = plannedChanges(applied.result.events);
  const asked = driving.operation.build.stage === 'claim' && applied.result.exitCode === 0 && rebuilt(changes).length > 0;
  if (!asked || before === undefined) return changes;
  await deps.store.consumeRun(applied.runId, applied.result.exitCode);
  const { runId, result, folder } = await runEngine(deps, driving, 'plan', (run) =>
    deps.engine.planArgs({
      refresh: false,
      destroy: false,
      out: planFile({ folder: run }),
      varFile: driving.varFile,
      lock: false,
      state: before,
    }),
  );
  await deps.store.consumeRun(runId, result.exitCode);
  const plan = planFile({ folder });
  const explained = result.exitCode === 0 ? await withPaths(deps, driving, changes, plan) : changes;
  await removePlan(plan);
  return explained;
}

/** Only what rebuilds something pays for the question which attributes force it (engine.md 1). */
async function withPaths(
  deps: WorkspaceDeps,
  driving: Driving,
  changes: readonly PlannedChange[],
  plan: string,
): Promise<readonly PlannedChange[]> {
  const { build } = driving.operation;
  if (rebuilt(changes).length === 0) return changes;
  try {
    const engine = deps.engine.engineOf(build);
    const paths = await deps.engine.replacePaths({ engine, cwd: driving.paths.work, env: driving.env, plan });
    return changes.map((change) => ({ ...change, paths: paths.get(change.address) }));
  } catch (error) {
    deps.logger.warn('cannot name the paths of a replacement', { error: String(error) });
    return changes;
  }
}
