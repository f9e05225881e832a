import type { QuotaRefusal } from '../domain/quota.ts';
import type { Build, PlannedChange } from '../domain/types.ts';
import type { Failure, RunResult } from '../engine/engine.ts';
import { deleteRetryAt } from '../domain/backoff.ts';
import { anythingStarted, findSuspects, type Suspects } from './changes.ts';
import { costAfterFailure, costAfterSuccess } from './cost.ts';
import type { StateFacts, WorkspaceDeps } from './deps.ts';
import type { Driving } from './engine-run.ts';
import { keepStateCopy } from './folder.ts';
import { blotOut } from '../kit/blot.ts';
import { secretsOf } from './secrets.ts';
import { discardFolder } from './trash.ts';
import { homePaths } from '../kit/paths.ts';

/** How driving a build ended, seen from the process that drove it. */
export type BuildEnd =
  | { readonly state: 'succeeded'; readonly changes: readonly PlannedChange[] }
  | {
      readonly state: 'failed';
      readonly failure: Failure;
      readonly started: boolean;
      /** The owner's budget does not hold what was planned; nothing was changed. */
      readonly overQuota?: QuotaRefusal | undefined;
    }
  | { readonly state: 'canceled'; readonly reason: string; readonly refused: boolean }
  | { readonly state: 'detached' }
  | { readonly state: 'lost' };

const MAX_RECOVERIES = 1;

/** Exit codes above say that a signal ended the engine. */
const SIGNALLED = 128;

/**
 * Reads what an apply run did and commits it (SM section 2, rows "applying"). `again` = something was started and the build may be
 * recovered: the caller plans anew, and what the run may have left outside the state is listed however that ends (SM R5). Exit 0 alone is
 * never trusted: a destroy must leave an empty state (engine-crash rule 14).
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
    return finishFailed(deps, driving, failure);
  }
  // Judged by the state as this run left it, before anybody plans anew: a later apply makes the same addresses, and they are other objects.
  const suspects = findSuspects(result, state, changes);
  await deps.store.moveBuild(build.id, 'applying', 'verifying', { changes, suspects });
  if (mayRecover(build, started)) return 'again';
  return finishFailed(deps, driving, failure, started, {
    killed: started && (result.exitCode === undefined || result.exitCode > SIGNALLED),
  });
}

function isDone(build: Build, result: RunResult, state: StateFacts): boolean {
  if (result.exitCode !== 0 || state.kind !== 'ok') return false;
  return build.transition !== 'delete' || state.resources.every((resource) => resource.mode !== 'managed');
}

/** Claims, deletes, and builds that had not begun may be planned anew, once (SM section 2). */
const mayRecover = (build: Build, started: boolean): boolean =>
  build.recoveries < MAX_RECOVERIES && (build.stage === 'claim' || build.transition === 'delete' || !started);

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
  const state = deps.engine.readState(driving.paths.state);
  if (build.transition !== 'delete') await keepStateCopy(driving.paths, build.number, state);
  const dailyCost = costAfterSuccess(state);
  const agents = deps.engine.readAgents(driving.paths.state);
  const warming = agents.length > 0 && (await isWarmedByAgents(deps, driving));
  const done = await deps.store.finishBuild(build.id, { state: 'succeeded', changes, dailyCost, agents, warming });
  if (!done) return { state: 'lost' };
  driving.report('done');
  const after = build.transition === 'delete' ? await deps.store.getWorkspace(workspace.id) : workspace;
  if (after.phase === 'deleted') await discardFolder(driving.paths.folder, homePaths(deps.home).trash, workspace.id);
  return { state: 'succeeded', changes };
}

async function isWarmedByAgents(deps: WorkspaceDeps, { operation: { workspace, template } }: Driving): Promise<boolean> {
  const preset = workspace.presetId === undefined ? undefined : await deps.store.getPreset(workspace.presetId);
  return deps.judgedByAgents(template.name, preset?.name);
}

/** Failure: a claim goes back to the pool when nothing had started, to quarantine otherwise; everything else by W6, W18, W20. */
export async function finishFailed(
  deps: WorkspaceDeps,
  driving: Driving,
  found: Failure,
  started = false,
  { suspects = [], killed = false }: { readonly suspects?: Suspects; readonly killed?: boolean } = {},
): Promise<BuildEnd> {
  const { build, workspace, version } = driving.operation;
  const failure = { ...found, message: blotOut(found.message, await secretsOf(deps.store, version)) };
  driving.report('failed', failure.address, failure.message);
  if (build.stage === 'claim' && workspace.claimId !== undefined) {
    const changed = started || build.recoveries > 0;
    const done = changed
      ? await deps.store.quarantineClaim(workspace.claimId, {
          error: failure.message,
          errorClass: storedClass(failure),
          suspects,
        })
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
    dailyCost: costAfterFailure(deps.engine.readState(driving.paths.state)),
    errorFingerprint: failure.fingerprint,
    noEvidence: killed,
  });
  return done ? { state: 'failed', failure, started } : { state: 'lost' };
}

/**
 * A delete whose state is gone for good (engine-crash rule 15): nothing can be destroyed by it, so whatever earlier builds made is
 * listed as a suspect. Once those are resolved, by a sweep or a person, the workspace is deleted.
 */
export async function concludeLostDelete(deps: WorkspaceDeps, driving: Driving): Promise<BuildEnd> {
  const { build, workspace } = driving.operation;
  const listed = await deps.store.listSuspects(undefined, workspace.id);
  if (listed.length > 0) return concludeWithoutApply(deps, driving);
  const made = (await deps.store.listBuilds(workspace.id))
    .filter((one) => one.id !== build.id)
    .flatMap((one) => one.changes)
    .filter((change) => change.action === 'create' || change.action === 'replace');
  const suspects = [...new Map(made.map(({ address, type }) => [address, { address, type }])).values()];
  if (suspects.length === 0) return concludeWithoutApply(deps, driving);
  const message = 'the state file is unusable and there is no copy to restore it from; what it knew is listed by doctor';
  return finishFailed(deps, driving, { errorClass: 'environment', message, address: undefined }, true, { suspects });
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
      ? await deps.store.releaseClaim(workspace.claimId, reason, { refused })
      : await deps.store.finishBuild(build.id, { state: 'canceled', error: reason, errorClass: undefined });
  return done ? { state: 'canceled', reason, refused } : { state: 'lost' };
}
