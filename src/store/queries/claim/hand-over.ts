import { quotaExceeded } from '../../../domain/quota.ts';
import { isAlive } from '../../../kit/process.ts';
import { toDriver } from '../../mappers.ts';
import type { ClaimRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { isOpen, templateRow } from '../catalog/guard.ts';
import { holdForClaim } from '../quota/hold.ts';
import { freeNameOfClaim } from '../workspace/name-row.ts';
import { oldestEligible } from './eligible.ts';
import { firstInLine } from './line.ts';
import { reserveFor } from './reserve.ts';
import { tellClaim, updateClaim } from './row.ts';

/**
 * W7: a prebuild that turned ready goes to the oldest live waiter of its pool in the transaction that made it ready, so that no race of
 * clients decides. The waiting client finds its claim reserved and drives the build; without one the next reconcile does. A prebuild
 * that a claim would rebuild is left to the clients, who know what their policy says about that. So is one whose first waiter is away,
 * as all of a server are while it restarts: nobody would drive the build, and the place in line is kept for who asks again.
 */
export async function handToWaiter(tx: Tx, row: WorkspaceRow): Promise<void> {
  if (row.preset_id === null || !isOpen(await templateRow(tx, row.template_id))) return;
  const last = await tx.db
    .selectFrom('build')
    .select('access_url')
    .where('workspace_id', '=', row.id)
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow();
  const asked = { presetId: row.preset_id, now: tx.now, except: [], only: row.id, refuseUnsafe: true };
  const eligible = await oldestEligible(tx, { ...asked, rolling: false, accessUrl: last.access_url }, 0);
  const claim = eligible === undefined ? undefined : await firstAffording(tx, eligible);
  if (eligible === undefined || claim === undefined) return;
  await reserveFor(tx, claim, eligible, { presetId: row.preset_id, driver: toDriver(claim), accessUrl: last.access_url });
}

/** The oldest waiter whose budget holds the prebuild, which is held for it now; those before it end as over quota (SM section 3). */
async function firstAffording(tx: Tx, row: WorkspaceRow): Promise<ClaimRow | undefined> {
  for (;;) {
    const claim = await firstInLine(tx, row);
    if (claim === undefined || isAway(claim)) return undefined;
    const refusal = await holdForClaim(tx, claim, row);
    if (refusal === undefined) return claim;
    const reason = quotaExceeded(refusal).message;
    await updateClaim(tx, claim, { state: 'failed', miss_reason: reason });
    await freeNameOfClaim(tx, claim.id);
    await tellClaim(tx, claim, 'failed', reason);
  }
}

function isAway(claim: ClaimRow): boolean {
  const driver = toDriver(claim);
  return claim.detached === 0 && (driver === undefined || !isAlive(driver));
}
