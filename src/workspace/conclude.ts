import type { Build, PlannedChange } from '../domain/types.ts';
import type { Failure, RunResult } from '../engine/engine.ts';
import { deleteRetryAt } from '../domain/backoff.ts';
import { anythingStarted, findSuspects } from './changes.ts';
import type { StateFacts, WorkspaceDeps } from './deps.ts';
import type { Driving } from './engine-run.ts';
import { discardFolder, keepStateCopy } from './folder.ts';
import { homePaths } from '../kit/paths.ts';

/** How driving a build ended, seen from the process that drove it. */
export type BuildEnd =
  | { readonly state: 'succeeded'; readonly changes: readonly PlannedChange[] }
  | { readonly state: 'failed'; readonly failure: Failure; readonly started: boolean }
  | { readonly state: 'canceled'; readonly reason: string; readonly refused: boolean }
  | { readonly state: 'detached' }
  | { readonly state: 'lost' };

const MAX_RECOVERIES = 1;

type Suspects = readonly { address: string; type: string }[];

/**
 * Reads what an apply run did and commits it (SM section 2, rows "applying"). `again` = something was started and the build may be
 * recovered: the caller plans anew. Exit 0 alone is never trusted: a destroy must leave an empty state (engine-crash rule 14).
 */
export async function concludeApply(
  deps: WorkspaceDeps,
  driving: Driving,
  run: { runId: string; result: RunResult },
  changes: readonly PlannedChange[],
): Promise<BuildEnd | 'again'> {
  const { build } = driving.operation;
  const { result, runId } = run;
  const state = deps.engine.readState(driving.paths.state);
  await deps.store.consumeRun(runId, result.exitCode);
  if (isDone(build, result, state)) return concludeWithoutApply(deps, driving, changes);
  const failure = result.exitCode === undefined ? crashed() : deps.engine.classify(result);
  const started = anythingStarted(result);
  if (!started && failure.errorClass !== 'stale_plan' && result.exitCode !== undefined) {
    return finishFailed(deps, driving, failure, false, []);
  }
  await deps.store.moveBuild(build.id, 'applying', 'verifying');
  if (mayRecover(build, started)) return 'again';
  return finishFailed(deps, driving, failure, started, findSuspects(result, state));
}

function isDone(build: Build, result: RunResult, state: StateFacts): boolean {
  if (result.exitCode !== 0 || state.kind !== 'ok') return false;
  return build.transition !== 'delete' || state.resources.every((resource) => resource.mode !== 'managed');
}

/** Claims, deletes, and people's builds that had not begun may be planned anew, once (SM section 2). */
const mayRecover = (build: Build, started: boolean): boolean =>
  build.recoveries < MAX_RECOVERIES &&
  (build.stage === 'claim' || build.transition === 'delete' || (build.stage === 'none' && !started));

const crashed = (): Failure => ({
  errorClass: 'transient',
  message: 'the engine was killed while it worked',
  address: undefined,
});

/** Success: owner, name, phase and events change in one transaction, then the folder of a deleted workspace goes. */
export async function concludeWithoutApply(
  deps: WorkspaceDeps,
  driving: Driving,
  changes: readonly PlannedChange[] = [],
): Promise<BuildEnd> {
  const { build, workspace } = driving.operation;
  if (build.transition !== 'delete') await keepStateCopy(driving.paths, build.number, deps.engine.readState(driving.paths.state));
  if (!(await deps.store.finishBuild(build.id, { state: 'succeeded' }))) return { state: 'lost' };
  driving.report('done');
  const after = build.transition === 'delete' ? await deps.store.getWorkspace(workspace.id) : workspace;
  if (after.phase === 'deleted') await discardFolder(driving.paths, homePaths(deps.home).trash, workspace.id);
  return { state: 'succeeded', changes };
}

/** Failure: a claim goes back to the pool when nothing had started, to quarantine otherwise; everything else by W6, W18, W20. */
export async function finishFailed(
  deps: WorkspaceDeps,
  driving: Driving,
  failure: Failure,
  started = false,
  suspects: Suspects = [],
): Promise<BuildEnd> {
  const { build, workspace } = driving.operation;
  driving.report('failed', failure.address, failure.message);
  if (build.stage === 'claim' && workspace.claimId !== undefined) {
    const changed = started || build.recoveries > 0;
    const done = changed
      ? await quarantine(deps, build.id, workspace.claimId, failure, suspects)
      : await deps.store.releaseClaim(workspace.claimId, failure.message);
    return done ? { state: 'failed', failure, started: changed } : { state: 'lost' };
  }
  const nextTryAt = build.transition === 'delete' ? deleteRetryAt(workspace.attempts + 1, deps.clock.now()) : undefined;
  const done = await deps.store.finishBuild(build.id, {
    state: 'failed',
    error: failure.message,
    errorClass: storedClass(failure),
    suspects,
    nextTryAt,
  });
  return done ? { state: 'failed', failure, started } : { state: 'lost' };
}

/**
 * A delete whose state is gone for good (engine-crash rule 15): nothing can be destroyed by it, so whatever earlier builds made is
 * listed as a suspect. Once those are resolved, by a sweep or a person, the workspace is deleted.
 */
export async function concludeLostDelete(deps: WorkspaceDeps, driving: Driving): Promise<BuildEnd> {
  const { build, workspace } = driving.operation;
  const listed = (await deps.store.listSuspects()).some((suspect) => suspect.workspaceId === workspace.id);
  if (listed) return concludeWithoutApply(deps, driving);
  const made = (await deps.store.listBuilds(workspace.id))
    .filter((one) => one.id !== build.id)
    .flatMap((one) => one.changes)
    .filter((change) => change.action === 'create' || change.action === 'replace');
  const suspects = [...new Map(made.map(({ address, type }) => [address, { address, type }])).values()];
  if (suspects.length === 0) return concludeWithoutApply(deps, driving);
  const message = 'the state file is unusable and there is no copy to restore it from; what it knew is listed by doctor';
  return finishFailed(deps, driving, { errorClass: 'environment', message, address: undefined }, true, suspects);
}

/** W13: the build ends first, with what may exist outside the state; then the workspace is put aside for good. */
async function quarantine(
  deps: WorkspaceDeps,
  buildId: string,
  claimId: string,
  failure: Failure,
  suspects: Suspects,
): Promise<boolean> {
  const end = { state: 'failed', error: failure.message, errorClass: storedClass(failure), suspects } as const;
  await deps.store.finishBuild(buildId, end);
  return deps.store.quarantineClaim(claimId, failure.message);
}

/** W10 with a dead prebuild: never handed out, never back to the pool. */
export async function finishDead(deps: WorkspaceDeps, driving: Driving, reason: string): Promise<BuildEnd> {
  const { claimId } = driving.operation.workspace;
  driving.report('failed', undefined, reason);
  if (claimId === undefined || !(await deps.store.releaseClaim(claimId, reason, { dead: true }))) return { state: 'lost' };
  return { state: 'failed', failure: { errorClass: 'environment', message: reason, address: undefined }, started: false };
}

function storedClass(failure: Failure): 'transient' | 'capacity' | 'template' | 'environment' {
  switch (failure.errorClass) {
    case 'cancelled':
    case 'busy':
    case 'stale_plan':
      return 'transient';
    case 'transient':
    case 'capacity':
    case 'template':
    case 'environment':
      return failure.errorClass;
  }
}

/** Nothing real happened: a claim's prebuild goes back to the pool, other builds end as canceled. */
export async function finishCanceled(deps: WorkspaceDeps, driving: Driving, reason: string, refused: boolean): Promise<BuildEnd> {
  const { build, workspace } = driving.operation;
  driving.report('failed', undefined, reason);
  const done =
    build.stage === 'claim' && workspace.claimId !== undefined
      ? await deps.store.releaseClaim(workspace.claimId, reason)
      : await deps.store.finishBuild(build.id, { state: 'canceled', error: reason, errorClass: undefined });
  return done ? { state: 'canceled', reason, refused } : { state: 'lost' };
}
