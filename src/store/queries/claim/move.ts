import { mayMoveClaim } from '../../../domain/phases.ts';
import type { ClaimState } from '../../../domain/types.ts';
import { driverColumns } from '../../mappers.ts';
import type { ClaimRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { ClaimPatch } from '../../store.ts';
import { measurePhases } from '../audit/measure.ts';
import { freeNameOfClaim } from '../workspace/name-row.ts';
import { claimRow, endMiss, isEnded, tellClaim, updateClaim } from './row.ts';

/** Steps that take a workspace along belong to reserve, release, quarantine, moveBuild and finishBuild. */
const BY_OTHERS: readonly ClaimState[] = ['reserved', 'applying'];

/**
 * Compare-and-set of a claim's state (SM section 3). A claim that ends without a workspace gives its name back; one that leaves `new`
 * for cold or failed counts as a miss with its reason. false = it is elsewhere by now, or the step is not its own.
 */
export function moveClaim(
  session: Session,
  claimId: string,
  from: readonly ClaimState[],
  to: ClaimState,
  patch: ClaimPatch = {},
): Promise<boolean> {
  return write(session, async (tx) => {
    const claim = await claimRow(tx, claimId);
    if (!from.includes(claim.state) || BY_OTHERS.includes(to) || !mayMoveClaim(claim.state, to)) return false;
    const held = claim.state === 'reserved' || claim.state === 'planned' || claim.state === 'applying';
    if (held && to !== 'planned') return false;
    await updateClaim(tx, claim, { ...columnsOf(patch), state: to, ...(to === 'waiting' ? { touched_at: tx.now } : {}) });
    await follow(tx, claim, to, patch);
    return true;
  });
}

async function follow(tx: Tx, before: ClaimRow, to: ClaimState, patch: ClaimPatch): Promise<void> {
  const waited = before.state === 'new' || before.state === 'waiting';
  const reason = patch.missReason ?? before.miss_reason;
  const code = patch.missCode ?? before.miss_code;
  if (waited && (to === 'cold' || to === 'failed')) await endMiss(tx, before, code);
  if (to === 'failed' || to === 'canceled') await freeNameOfClaim(tx, before.id);
  if (isEnded(to) || to === 'waiting') await tellClaim(tx, before, to, reason ?? to);
}

/** Notes on a claim, whatever its state. */
export function recordClaim(session: Session, claimId: string, patch: ClaimPatch): Promise<void> {
  return write(session, async (tx) => {
    const columns = columnsOf(patch);
    if (Object.keys(columns).length === 0) return;
    const before = await claimRow(tx, claimId);
    await updateClaim(tx, before, columns);
    if (patch.phases !== undefined) await measurePhases(tx, before, patch.phases);
  });
}

const columnsOf = (patch: ClaimPatch): Partial<ClaimRow> => ({
  ...(patch.servedAs === undefined ? {} : { served_as: patch.servedAs }),
  ...(patch.missReason === undefined ? {} : { miss_reason: patch.missReason }),
  ...(patch.missCode === undefined ? {} : { miss_code: patch.missCode }),
  ...(patch.phases === undefined ? {} : { phases: JSON.stringify(patch.phases) }),
  ...(patch.rebuilt === undefined ? {} : { rebuilt: JSON.stringify(patch.rebuilt) }),
  ...(patch.workspaceId === undefined ? {} : { workspace_id: patch.workspaceId }),
  ...(patch.deadlineAt === undefined ? {} : { deadline_at: patch.deadlineAt }),
  ...(patch.detached === undefined ? {} : { detached: patch.detached ? 1 : 0 }),
  ...('requestId' in patch ? { request_id: null } : {}),
  ...('driver' in patch ? driverColumns(patch.driver) : {}),
});
