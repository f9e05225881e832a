import type { ErrorClass } from '../../../domain/types.ts';
import type { WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import { count } from '../audit/counter.ts';
import { namesOf } from '../audit/event.ts';
import { measureReady } from '../audit/measure.ts';
import { liveBuildRow } from '../build/read.ts';
import { handToWaiter } from '../claim/hand-over.ts';
import { closePool, countPoolFailure } from '../pool/breaker.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from './change.ts';

/** W7: warming -> ready. A person's workspace also goes on after an `error` of its agents (W8). */
export function markReady(
  session: Session,
  workspaceId: string,
  reason: string,
  status: 'success' | 'error' = 'success',
): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row?.phase !== 'warming' || (status === 'error' && isStock(row))) return false;
    await becomeReady(tx, row, reason, status);
    return true;
  });
}

/** The change itself. Only here the pool's count of failures goes back to zero (spec 5.3). */
export async function becomeReady(tx: Tx, row: WorkspaceRow, reason: string, status: 'success' | 'error'): Promise<void> {
  // A check was just passed, so the health of the new stock is as fresh as its readiness. What was claimed was ready before.
  const readyAt = isStock(row) ? tx.now : (row.ready_at ?? tx.now);
  const ready = await changeWorkspace(tx, row, { phase: 'ready', ready_at: readyAt, health_at: tx.now, last_error: null });
  await tell(tx, ready, { what: 'ready', reason });
  await measureReady(tx, ready, status);
  if (!isStock(ready)) return;
  await closePool(tx, ready);
  await handToWaiter(tx, ready);
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
    if (!counts) {
      if (row.phase === 'ready') await count(tx, 'lost_total', await namesOf(tx, failed));
      return true;
    }
    await measureReady(tx, failed, 'error');
    await countPoolFailure(tx, failed, { error, errorClass });
    await count(tx, 'failed_total', await namesOf(tx, failed));
    return true;
  });
}
