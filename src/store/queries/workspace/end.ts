import type { WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { dropCharges } from '../quota/charge.ts';
import { changeWorkspace, tell } from './change.ts';
import { freeNamesOfWorkspace } from './name-row.ts';

/** The end of a workspace in phase deleting: name, charge and slot are free. */
export async function endWorkspace(tx: Tx, workspace: WorkspaceRow, reason: string): Promise<WorkspaceRow> {
  await freeNamesOfWorkspace(tx, workspace.id);
  await dropCharges(tx, workspace.id);
  const gone = await changeWorkspace(tx, workspace, { phase: 'deleted', deleted_at: tx.now, slot: null, next_try_at: null });
  await tell(tx, gone, { what: 'deleted', reason });
  return gone;
}
