import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rebuilt } from '../domain/guard.ts';
import type { Build, PlannedChange } from '../domain/types.ts';
import type { RunResult } from '../engine/engine.ts';
import { versionPaths, workspacePaths } from '../kit/paths.ts';
import { plannedChanges } from './changes.ts';
import {
  concludeApply,
  concludeLostDelete,
  concludeWithoutApply,
  finishCanceled,
  finishDead,
  finishFailed,
  type BuildEnd,
} from './conclude.ts';
import type { Guard, WorkspaceDeps } from './deps.ts';
import { closeSession, openSession, runEngine, type Driving } from './engine-run.ts';
import { keepStateCopy, mendState, prepareWorkFolder } from './folder.ts';
import { loadOperation } from './operation.ts';
import type { OnProgress } from './progress.ts';

export interface DriveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly providerSession: boolean;
  /** Looks at the plan before it is applied; absent = everything may go on. */
  readonly guard?: Guard | undefined;
  /** Ask the world before the plan whether the workspace still exists (spec 5.8, stock whose last check is old). */
  readonly checkAlive?: boolean | undefined;
  /** Told when a phase of the operation ends, with its milliseconds. */
  readonly onPhase?: ((phase: 'prepare' | 'check' | 'plan' | 'guard' | 'apply', ms: number) => void) | undefined;
}

/**
 * Takes one live build to its end (SM section 2): prepare folder, plan, guard, apply, read the outcome back, commit. Every step is
 * recorded before it is made, so that another process can finish what a killed one left (workspace/repair). `lost` = another
 * process drives it. `detached` = the caller was interrupted during the apply, which goes on without it.
 */
export async function driveBuild(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<BuildEnd> {
  const taken = await deps.store.takeBuild(build.id, build.driver, deps.me);
  if (taken === undefined) return { state: 'lost' };
  if (taken.state === 'queued' && !(await deps.store.moveBuild(build.id, 'queued', 'planning'))) return { state: 'lost' };
  const driving = await startDriving(deps, taken, options);
  let end: BuildEnd | undefined;
  try {
    driving.report('planning');
    end = (await prepare(deps, driving, options)) ?? (await planAndApply(deps, driving, options));
    return end;
  } finally {
    // The providers of an apply that goes on alone must outlive this process; its run wrapper holds them.
    if (end?.state !== 'detached') closeSession(driving);
  }
}

/** Collects what every step shares; also used by the repairer for its own plans. */
export async function startDriving(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<Driving> {
  const operation = await loadOperation(deps, build);
  const startedAt = deps.clock.monotonic();
  const varFile = versionPaths(operation.version.folder).variables;
  return {
    operation,
    paths: workspacePaths(deps.home, operation.workspace.id),
    env: deps.engine.environment(operation),
    varFile: existsSync(varFile) ? varFile : undefined,
    signal: options.signal,
    session: undefined,
    report: (step, resource, message) =>
      options.onProgress?.({
        buildId: build.id,
        workspace: operation.workspace.name,
        template: operation.template.name,
        transition: build.transition,
        stage: build.stage,
        step,
        resource,
        message,
        elapsedMs: deps.clock.monotonic() - startedAt,
      }),
  };
}

/** Folder, state and session; ends the build at once when there is nothing to run or nothing to run on. */
async function prepare(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd | undefined> {
  const { operation, paths } = driving;
  const { build, workspace, version } = operation;
  const startedAt = deps.clock.monotonic();
  const before = workspace.versionId === version.id ? undefined : await deps.store.getVersion(workspace.versionId);
  await prepareWorkFolder(paths, version, before);
  const everApplied = build.number > 1 && (await wasApplied(deps, workspace.id));
  const mended = await mendState(paths, deps.engine.readState, everApplied);
  if (mended === 'restored') deps.logger.warn('state was unusable, restored from the newest copy', { workspace: workspace.name });
  if (build.transition === 'delete') {
    const state = deps.engine.readState(paths.state);
    const empty = state.kind === 'ok' ? state.resources.every((resource) => resource.mode !== 'managed') : !everApplied;
    if (empty) return concludeWithoutApply(deps, driving);
  }
  if (mended === 'lost' && build.transition === 'delete') return concludeLostDelete(deps, driving);
  if (mended === 'lost') {
    const error = 'the state file is unusable and there is no copy to restore it from';
    return finishFailed(deps, driving, { errorClass: 'environment', message: error, address: undefined });
  }
  await openSession(deps, driving, options.providerSession);
  options.onPhase?.('prepare', deps.clock.monotonic() - startedAt);
  return options.checkAlive === true ? checkAlive(deps, driving, options) : undefined;
}

/** One refresh-only plan: an object that is gone outside the engine means the prebuild is dead; any other drift is ignored. */
async function checkAlive(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd | undefined> {
  const startedAt = deps.clock.monotonic();
  const { runId, result } = await runEngine(deps, driving, 'plan', () =>
    deps.engine.refreshOnlyArgs({ varFile: driving.varFile }),
  );
  await deps.store.consumeRun(runId, result.exitCode);
  options.onPhase?.('check', deps.clock.monotonic() - startedAt);
  const gone = result.events.find((event) => event.type === 'resource_drift' && event.change.action === 'delete');
  if (result.exitCode !== 0) return finishFailed(deps, driving, deps.engine.classify(result));
  return gone?.type === 'resource_drift' ? finishDead(deps, driving, `${gone.change.address} no longer exists`) : undefined;
}

async function wasApplied(deps: WorkspaceDeps, workspaceId: string): Promise<boolean> {
  for (const build of await deps.store.listBuilds(workspaceId)) {
    const runs = await deps.store.listRuns(build.id);
    if (runs.some((run) => run.kind === 'apply')) return true;
  }
  return false;
}

async function planAndApply(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd> {
  const { build } = driving.operation;
  const planned = await planBuild(deps, driving, options);
  if (planned.state !== 'planned') return planned.end;
  const moved = await deps.store.moveBuild(build.id, 'planning', 'planned', { changes: planned.changes });
  if (!moved) return { state: 'lost' };
  const startedAt = deps.clock.monotonic();
  const verdict = (await options.guard?.(planned.changes)) ?? { go: true };
  options.onPhase?.('guard', deps.clock.monotonic() - startedAt);
  if (!verdict.go || options.signal?.aborted === true) {
    await rm(planned.plan, { force: true });
    const reason = verdict.go ? 'interrupted' : verdict.reason;
    return finishCanceled(deps, driving, reason, !verdict.go);
  }
  await keepStateCopy(driving.paths, build.number, deps.engine.readState(driving.paths.state));
  if (!(await deps.store.moveBuild(build.id, 'planned', 'applying'))) return { state: 'lost' };
  driving.report('applying');
  return applyPlan(deps, driving, options, planned.plan, planned.changes);
}

export type PlanOutcome =
  | { readonly state: 'planned'; readonly plan: string; readonly changes: readonly PlannedChange[] }
  | { readonly state: 'ended'; readonly end: BuildEnd };

async function planBuild(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<PlanOutcome> {
  const startedAt = deps.clock.monotonic();
  let run = await makePlan(deps, driving);
  if (run.result.exitCode !== 0 && sessionIsToBlame(deps, driving, run.result)) {
    // Nothing was applied yet, so a plan that failed under a session may be made again by a plain run (provider-sessions 10).
    deps.logger.warn('plan under a provider session failed, trying plain', { workspace: driving.operation.workspace.name });
    closeSession(driving);
    run = await makePlan(deps, driving);
  }
  options.onPhase?.('plan', deps.clock.monotonic() - startedAt);
  if (run.result.exitCode === 0) {
    const changes = await nameThePaths(deps, driving, plannedChanges(run.result.events), run.plan);
    return { state: 'planned', plan: run.plan, changes };
  }
  await rm(run.plan, { force: true });
  const end =
    driving.signal?.aborted === true
      ? await finishCanceled(deps, driving, 'interrupted', false)
      : await finishFailed(deps, driving, deps.engine.classify(run.result));
  return { state: 'ended', end };
}

/** A template error is the same without a session; only a broken session or environment is worth a second try. */
function sessionIsToBlame(deps: WorkspaceDeps, driving: Driving, result: RunResult): boolean {
  if (driving.session === undefined || result.interrupted) return false;
  return !driving.session.healthy() || deps.engine.classify(result).errorClass === 'environment';
}

/** One plan run, consumed at once: a plan leaves nothing behind but its file, which holds secrets and is removed after use. */
export async function makePlan(
  deps: WorkspaceDeps,
  driving: Driving,
  again: 'first' | 'after an apply' = 'first',
): Promise<{ result: RunResult; plan: string }> {
  const { build } = driving.operation;
  const destroy = build.transition === 'delete';
  // Create and claim plans of healthy stock do not refresh (spec 6.3, SM section 2); all others look at the world first.
  // After an apply that failed the state may claim what never happened (SDKv2 keeps the planned values of a failed update).
  const healthy = build.stage !== 'none' || (build.number === 1 && build.transition === 'start');
  const refresh = again === 'after an apply' || !healthy;
  const { runId, result, folder } = await runEngine(deps, driving, 'plan', (run) =>
    deps.engine.planArgs({ refresh, destroy, out: join(run, 'plan.tfplan'), varFile: driving.varFile }),
  );
  await deps.store.consumeRun(runId, result.exitCode);
  return { result, plan: join(folder, 'plan.tfplan') };
}

/** Only a claim that rebuilds something pays for the question which attributes force it (engine.md 1). */
async function nameThePaths(
  deps: WorkspaceDeps,
  driving: Driving,
  changes: readonly PlannedChange[],
  plan: string,
): Promise<readonly PlannedChange[]> {
  const { build } = driving.operation;
  if (build.stage !== 'claim' || rebuilt(changes).length === 0) return changes;
  try {
    const paths = await deps.engine.replacePaths({
      engine: deps.engine.engineOf(build),
      cwd: driving.paths.work,
      env: driving.env,
      plan,
    });
    return changes.map((change) => ({ ...change, paths: paths.get(change.address) }));
  } catch (error) {
    deps.logger.warn('cannot name the paths of a replacement', { error: String(error) });
    return changes;
  }
}

/** Applies a saved plan and commits the outcome; an interrupted caller leaves the engine to finish alone. */
export async function applyPlan(
  deps: WorkspaceDeps,
  driving: Driving,
  options: DriveOptions,
  plan: string,
  changes: readonly PlannedChange[],
): Promise<BuildEnd> {
  const startedAt = deps.clock.monotonic();
  const running = runEngine(deps, driving, 'apply', () => deps.engine.applyArgs({ plan }));
  const ended = await orInterrupted(running, options.signal);
  if (ended === undefined) return { state: 'detached' };
  options.onPhase?.('apply', deps.clock.monotonic() - startedAt);
  await rm(plan, { force: true });
  const end = await concludeApply(deps, driving, ended, changes);
  if (end !== 'again') return end;
  return recover(deps, driving, options, changes);
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
  await mendState(driving.paths, deps.engine.readState, true);
  const again = await makePlan(deps, driving, 'after an apply');
  if (again.result.exitCode !== 0) return finishFailed(deps, driving, deps.engine.classify(again.result), true);
  const rest = plannedChanges(again.result.events).filter((change) => change.action !== 'read');
  if (rest.length === 0) {
    await rm(again.plan, { force: true });
    return concludeWithoutApply(deps, driving, changes);
  }
  await keepStateCopy(driving.paths, build.number, deps.engine.readState(driving.paths.state));
  const recoveries = build.recoveries + 1;
  if (!(await deps.store.moveBuild(build.id, 'verifying', 'applying', { recoveries }))) return { state: 'lost' };
  const next: Driving = { ...driving, operation: { ...driving.operation, build: { ...build, recoveries } } };
  return applyPlan(deps, next, options, again.plan, changes);
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
