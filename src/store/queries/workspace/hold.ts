import type { WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { lowestFreeSlot } from '../pool/create.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from './change.ts';

const WITH_SLOT: readonly WorkspaceRow['phase'][] = ['queued', 'provisioning', 'warming', 'ready'];
const NOT_HOLDABLE: readonly WorkspaceRow['phase'][] = ['claiming', 'deleting', 'deleted'];

/**
 * W24: a held prebuild is no stock: its slot is free, so a replacement may be made. Unheld it gets the lowest free slot back; without
 * one it is surplus and trimmed later. false for a person's workspace, and while it is being claimed or deleted.
 */
export function setHeld(session: Session, workspaceId: string, held: boolean, actor: Actor): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row === undefined || !isStock(row) || NOT_HOLDABLE.includes(row.phase)) return false;
    if ((row.held_at !== null) === held) return true;
    const slot = held ? null : await slotAgain(tx, row);
    const after = await changeWorkspace(tx, row, { held_at: held ? tx.now : null, slot });
    await tell(tx, after, {
      what: held ? 'held' : 'unheld',
      actor,
      reason: held ? 'parked: not counted, not claimable' : 'stock again',
    });
    return true;
  });
}

async function slotAgain(tx: Tx, row: WorkspaceRow): Promise<number | null> {
  if (row.preset_id === null || !WITH_SLOT.includes(row.phase)) return null;
  const preset = await tx.db.selectFrom('preset').select('instances').where('id', '=', row.preset_id).executeTakeFirstOrThrow();
  return (await lowestFreeSlot(tx, row.preset_id, preset.instances)) ?? null;
}
