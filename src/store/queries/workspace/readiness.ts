import type { ErrorClass } from '../../../domain/types.ts';
import { write, type Session } from '../../session.ts';
import { count } from '../audit/counter.ts';
import { namesOf } from '../audit/event.ts';
import { liveBuildRow } from '../build/read.ts';
import { closePool, countPoolFailure } from '../pool/breaker.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from './change.ts';

/** W7: warming -> ready. Only here the pool's count of failures goes back to zero (spec 5.3). */
export function markReady(session: Session, workspaceId: string, reason: string): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row?.phase !== 'warming') return false;
    // A check was just passed, so the health of the new stock is as fresh as its readiness.
    const ready = await changeWorkspace(tx, row, { phase: 'ready', ready_at: tx.now, health_at: tx.now, last_error: null });
    await tell(tx, ready, { what: 'ready', reason });
    if (isStock(ready)) await closePool(tx, ready);
    return true;
  });
}

/** W8 (warming, counted) and W23 (ready, not counted): a prebuild that cannot be given away is no stock any more. */
export function markFailed(
  session: Session,
  workspaceId: string,
  error: string,
  errorClass: ErrorClass,
  counts: boolean,
): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row === undefined || !isStock(row) || (row.phase !== 'warming' && row.phase !== 'ready')) return false;
    if ((await liveBuildRow(tx.db, workspaceId)) !== undefined) return false;
    const failed = await changeWorkspace(tx, row, { phase: 'failed', slot: null, last_error: error });
    await tell(tx, failed, { what: 'failed', reason: error, data: { errorClass, counts } });
    if (!counts) return true;
    await countPoolFailure(tx, failed, error, errorClass);
    await count(tx, 'failed_total', await namesOf(tx, failed));
    return true;
  });
}

/** Time of the last check that the workspace passed; not a change of its life, so the row version stays. */
export function setHealth(session: Session, workspaceId: string, at: number): Promise<void> {
  return write(session, async (tx) => {
    await tx.db.updateTable('workspace').set({ health_at: at }).where('id', '=', workspaceId).execute();
  });
}
