import type { Claim } from '../domain/types.ts';
import { ConflictError, InterruptedError } from '../kit/errors.ts';
import { buildCold } from './cold.ts';
import type { ClaimDeps } from './deps.ts';
import { workspaceOf } from './hand-over.ts';
import { tryPool } from './pool.ts';
import { endingOverQuota } from './quota.ts';
import { inHand, isInHand } from './in-hand.ts';
import { repairClaim } from './repair.ts';
import { poolName, type ClaimOptions, type ClaimOutcome, type ClaimRequest } from './request.ts';
import type { Wait } from './wait.ts';

const HANDOVER_WAIT_MS = 200;
/** The same request again waits as the first one does: its deadline is in the row. */
const KEEP_WAITING: Wait = { ms: undefined, detach: false };

/**
 * Gives the claimant exactly one workspace (spec 6, SM section 3): a prebuild when one is eligible, else a cold build. Whatever is
 * killed in between is finished or undone by the next claim or reconcile.
 */
export async function claimWorkspace(deps: ClaimDeps, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> {
  const opened = await deps.store.openClaim({
    templateId: request.template.id,
    presetId: request.preset?.id,
    ownerId: request.owner.id,
    actor: request.actor,
    name: request.name,
    requestId: request.requestId,
    argsHash: request.argsHash,
    parameters: request.parameters,
    driver: deps.me,
    ttlMs: request.ttlMs,
    noCold: request.noCold,
  });
  if (opened.existing) return joinClaim(deps, opened.claim, request, options);
  return endingOverQuota(deps, opened.claim, () => serveClaim(deps, opened.claim, request, options));
}

const serveClaim = (deps: ClaimDeps, claim: Claim, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> =>
  inHand(deps.me, claim.id, () => serve(deps, claim, request, options));

async function serve(deps: ClaimDeps, claim: Claim, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> {
  const phases: Record<string, number> = {};
  const warm = await tryPool(deps, claim, request, options, phases);
  if (warm.outcome === 'elsewhere') return joinClaim(deps, await deps.store.getClaim(claim.id), request, options);
  if (warm.outcome !== undefined) return warm.outcome;
  if (options.signal?.aborted === true) {
    await deps.store.moveClaim(claim.id, ['new'], 'canceled');
    throw new InterruptedError('interrupted; nothing was claimed');
  }
  if (request.noCold) {
    await deps.store.moveClaim(claim.id, ['new', 'waiting'], 'failed', warm.miss);
    throw new ConflictError('nothing_to_claim', `no prebuild of ${poolName(request)} can be claimed: ${warm.miss.missReason}`, {
      hint: 'run it without --no-cold for a cold build, or look at `prebuilds status`',
    });
  }
  return buildCold(deps, claim, request, options, { miss: warm.miss, phases });
}

const requestEnded = ({ state, missReason }: Claim): ConflictError =>
  new ConflictError('request_ended', `this request ended as ${state}: ${missReason ?? 'see its history'}`, {
    hint: 'use a new --request-id',
  });

const isOver = ({ state }: Claim): boolean => state === 'served' || state === 'failed' || state === 'canceled';

async function endedAlready(deps: ClaimDeps, claim: Claim): Promise<ClaimOutcome> {
  if (claim.state === 'served') return { claim, workspace: await workspaceOf(deps, claim), repeated: true };
  throw requestEnded(claim);
}

function tellJoined({ onStep }: ClaimOptions): true {
  onStep?.('the same claim is in work already; waiting for it');
  return true;
}

/** The same request again (spec 6.7): an ended one is answered, a running one awaited, an abandoned one repaired and served. */
async function joinClaim(deps: ClaimDeps, first: Claim, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> {
  let claim = first;
  let told = false;
  for (;;) {
    if (isOver(claim)) return endedAlready(deps, claim);
    if (claim.state === 'waiting' && !isInHand(deps.me, claim.id)) {
      const again = { ...request, wait: request.wait ?? KEEP_WAITING };
      const waiting = claim;
      return endingOverQuota(deps, waiting, () => serveClaim(deps, waiting, again, options));
    }
    if (options.signal?.aborted === true) throw new InterruptedError('interrupted while another process serves the same claim');
    const repaired = await repairClaim(deps, claim, options, true);
    if (repaired === 'mine') return endingOverQuota(deps, first, () => serveClaim(deps, first, request, options));
    // Somebody else is at it. In a server that may be another part of this very process, which needs its turn.
    if (repaired === 'lost') {
      told ||= tellJoined(options);
      await deps.clock.sleep(HANDOVER_WAIT_MS, options.signal);
    }
    claim = await deps.store.getClaim(claim.id);
  }
}
