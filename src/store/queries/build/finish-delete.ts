import type { WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { changeWorkspace, tell } from '../workspace/change.ts';
import { endWorkspace } from '../workspace/end.ts';
import type { Outcome } from './end.ts';

/** Only a person or a sweep resolves suspects; looking again more often would destroy nothing in a busy loop. */
const SUSPECTS_RETRY_MS = 1_800_000;

/** W17 and W18: gone only when nothing may be left; a failed delete stays in this phase and is tried again. */
export async function finishDelete(tx: Tx, workspace: WorkspaceRow, outcome: Outcome): Promise<void> {
  if (outcome.state !== 'succeeded') {
    const failed = outcome.state === 'failed';
    await changeWorkspace(tx, workspace, {
      attempts: workspace.attempts + Number(failed),
      next_try_at: outcome.nextTryAt ?? null,
      last_error: outcome.error,
    });
    if (failed)
      await tell(tx, workspace, { what: 'delete_failed', reason: outcome.error, data: { attempts: workspace.attempts + 1 } });
    return;
  }
  const open = await openSuspects(tx, workspace.id);
  if (open.length > 0) {
    const reason = `may still exist outside the state: ${open.join(', ')}`;
    await changeWorkspace(tx, workspace, { last_error: reason, next_try_at: tx.now + SUSPECTS_RETRY_MS });
    await tell(tx, workspace, { what: 'delete_waits', reason, data: { suspects: open } });
    return;
  }
  await endWorkspace(tx, workspace, 'nothing of it is left');
}

async function openSuspects(tx: Tx, workspaceId: string): Promise<readonly string[]> {
  const rows = await tx.db
    .selectFrom('suspect')
    .select('address')
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'open')
    .execute();
  return rows.map((row) => row.address);
}

/** W20. */
export async function finishStop(tx: Tx, workspace: WorkspaceRow, outcome: Outcome): Promise<void> {
  if (outcome.state === 'succeeded') {
    await changeWorkspace(tx, workspace, { phase: 'stopped', last_error: null });
    await tell(tx, workspace, { what: 'stopped', reason: 'stopped' });
    return;
  }
  await changeWorkspace(tx, workspace, { phase: 'failed', last_error: outcome.error });
  await tell(tx, workspace, { what: 'failed', reason: outcome.error });
}
