import { WAITER_GONE_MS } from '../domain/phases.ts';
import type { Claim } from '../domain/types.ts';
import { ConflictError } from '../kit/errors.ts';
import { isAlive } from '../kit/process.ts';
import { isAbandoned } from '../workspace/repair.ts';
import { buildCold } from './cold.ts';
import type { ClaimDeps } from './deps.ts';
import { handOver } from './hand-over.ts';
import { endingOverQuota } from './quota.ts';
import { endLeftPlan } from './repair.ts';
import type { ClaimOptions, ClaimRequest, Miss } from './request.ts';
import { judgeTry, MAX_TRIES, refuseBadParameter, takePrebuild } from './try.ts';
import { handedOver, type Reserved } from './wait.ts';

/** Claims that wait, or waited without a process and were handed a prebuild: the pass serves them, other repairs do not touch them. */
export const isInLine = (claim: Claim): boolean =>
  claim.state === 'waiting' || (claim.detached && ['new', 'reserved', 'planned'].includes(claim.state));

/** What takes long, to be done beside the look at the world. Resolves to whether the claim was served. */
export type Later = () => Promise<boolean>;

/**
 * What a pass does for one claim in line (SM section 3): a client that is gone leaves the line; a detached claim is served from what it was
 * handed, put back into the line after a try that failed, and ended at its deadline. Short steps are done at once; undefined = no more.
 */
export async function serveInLine(deps: ClaimDeps, claim: Claim, options: ClaimOptions): Promise<Later | undefined> {
  if (!claim.detached) return leaveIfGone(deps, claim);
  if (claim.driver !== undefined && isAlive(claim.driver)) return undefined;
  switch (claim.state) {
    case 'waiting':
      return serveWaiting(deps, claim, options);
    case 'reserved': {
      const handed = await handedOver(deps, claim);
      if (handed?.build.state !== 'queued') return putBack(deps, claim);
      return isAbandoned(handed.build) ? () => drive(deps, claim, handed, options) : undefined;
    }
    case 'planned':
      return putBack(deps, claim);
    case 'new':
      await deps.store.moveClaim(claim.id, ['new'], 'waiting');
      return undefined;
    case 'applying':
    case 'cold':
    case 'served':
    case 'failed':
    case 'canceled':
      return undefined;
  }
}

async function leaveIfGone(deps: ClaimDeps, claim: Claim): Promise<undefined> {
  if (deps.clock.now() - (claim.touchedAt ?? claim.createdAt) <= WAITER_GONE_MS) return;
  await deps.store.moveClaim(claim.id, ['waiting'], 'canceled', { missReason: 'its client is gone', requestId: undefined });
}

async function putBack(deps: ClaimDeps, claim: Claim): Promise<undefined> {
  if (!(await endLeftPlan(deps, claim))) return;
  if (!(await deps.store.releaseClaim(claim.id, 'its process ended before the apply'))) return;
  await deps.store.moveClaim(claim.id, ['new'], 'waiting');
}

async function serveWaiting(deps: ClaimDeps, claim: Claim, options: ClaimOptions): Promise<Later | undefined> {
  const tries = await deps.store.claimTries(claim.id);
  const over = claim.deadlineAt !== undefined && deps.clock.now() >= claim.deadlineAt;
  if (over || tries.length >= MAX_TRIES) {
    const miss: Miss = over
      ? { missReason: 'no prebuild was ready in time', missCode: 'empty' }
      : { missReason: tries.at(-1)?.reason ?? 'no prebuild could be used', missCode: 'not_applied' };
    return endInLine(deps, claim, options, miss);
  }
  if (claim.presetId === undefined) return undefined;
  const request = await requestOf(deps, claim);
  const policy = deps.policyOf(request.template.name, request.preset?.name);
  const asked = {
    claimId: claim.id,
    presetId: claim.presetId,
    now: deps.clock.now(),
    except: tries.map((one) => one.workspaceId),
    accessUrl: deps.accessUrl,
    driver: deps.me,
    refuseUnsafe: policy.onReplace === 'refuse',
    rolling: policy.rollout === 'rolling',
  };
  const reserved = await endingOverQuota(deps, claim, () => deps.store.reservePrebuild(asked)).catch((error: unknown) => {
    // It ended as failed; the pass goes on with the others.
    if (error instanceof ConflictError) return undefined;
    throw error;
  });
  return reserved === undefined ? undefined : () => drive(deps, claim, reserved, options);
}

async function drive(deps: ClaimDeps, claim: Claim, reserved: Reserved, options: ClaimOptions): Promise<boolean> {
  const request = await requestOf(deps, claim);
  const phases: Record<string, number> = { wait: deps.clock.now() - claim.createdAt };
  const end = await takePrebuild(deps, claim, request, options, phases, reserved);
  if (end.state === 'lost') return false;
  if (end.state === 'succeeded') {
    await handOver(deps, claim, request, phases, end.changes);
    return true;
  }
  await refuseBadParameter(deps, claim, request, end);
  judgeTry(deps, claim, request, end);
  await deps.store.moveClaim(claim.id, ['new'], 'waiting');
  return false;
}

async function endInLine(deps: ClaimDeps, claim: Claim, options: ClaimOptions, miss: Miss): Promise<Later | undefined> {
  if (claim.noCold) {
    await deps.store.moveClaim(claim.id, ['waiting'], 'failed', miss);
    return undefined;
  }
  return async () => {
    await buildCold(deps, claim, await requestOf(deps, claim), options, { miss, phases: {} });
    return true;
  };
}

/** The request as it was resolved when the claim was opened. */
async function requestOf(deps: ClaimDeps, claim: Claim): Promise<ClaimRequest> {
  const { store } = deps;
  const [template, owner, actor, preset] = await Promise.all([
    store.getTemplate(claim.templateId),
    store.getPerson(claim.ownerId),
    store.getPerson(claim.actorId),
    claim.presetId === undefined ? undefined : store.getPreset(claim.presetId),
  ]);
  return {
    template,
    version: await store.getVersion(preset?.versionId ?? template.activeVersionId ?? ''),
    preset,
    presetReason: 'the claim waited for it',
    parameters: claim.parameters,
    owner,
    actor: { id: actor.id, username: actor.username },
    name: claim.name,
    requestId: claim.requestId,
    argsHash: claim.argsHash,
    poolMismatch: undefined,
    noPool: false,
    noCold: claim.noCold,
    wait: undefined,
    ttlMs: claim.ttlMs,
  };
}
