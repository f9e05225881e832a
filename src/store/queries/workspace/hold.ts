import type { WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { lowestFreeSlot } from '../pool/create.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from './change.ts';

const WITH_SLOT: readonly WorkspaceRow['phase'][] = ['queued', 'provisioning', 'warming', 'ready', 'claiming'];
const NOT_HOLDABLE: readonly WorkspaceRow['phase'][] = ['claiming', 'deleting', 'deleted'];

/**
 * W24: a held prebuild is no stock: its slot is free, so a replacement may be made. Unheld it gets the lowest free slot back; without
 * one it is surplus and trimmed later. false for a person's workspace, and while it is being claimed or deleted.
 */
export function setHeld(session: Session, workspaceId: string, held: boolean, actor: Actor, reason?: string): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row === undefined || !isStock(row) || NOT_HOLDABLE.includes(row.phase)) return false;
    if ((row.held_at !== null) === held) return true;
    if (held) await hold(tx, row, actor, reason);
    else await unhold(tx, row, actor);
    return true;
  });
}

async function hold(tx: Tx, row: WorkspaceRow, actor: Actor, reason: string | undefined): Promise<void> {
  const patch = { held_at: tx.now, held_by: actor.username, held_reason: reason ?? null, slot: null };
  const after = await changeWorkspace(tx, row, patch);
  await tell(tx, after, { what: 'held', actor, reason: reason ?? 'parked: not counted, not claimable' });
}

async function unhold(tx: Tx, row: WorkspaceRow, actor: Actor): Promise<void> {
  const slot = await slotAgain(tx, row);
  const after = await changeWorkspace(tx, row, { held_at: null, held_by: null, held_reason: null, slot });
  await tell(tx, after, { what: 'unheld', actor, reason: 'stock again' });
}

/** Stock that has no slot, because there was none when a claim gave it back, takes the lowest one that is free now. */
export function regainSlot(session: Session, workspaceId: string): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row?.phase !== 'ready' || !isStock(row) || row.slot !== null || row.held_at !== null) return false;
    const slot = await slotAgain(tx, row);
    if (slot === null) return false;
    await changeWorkspace(tx, row, { slot });
    return true;
  });
}

/** The lowest free slot below the preset's size for a prebuild that is stock again; null = none is free, so it is surplus. */
export async function slotAgain(tx: Tx, row: WorkspaceRow): Promise<number | null> {
  if (row.preset_id === null || !WITH_SLOT.includes(row.phase)) return null;
  const preset = await tx.db.selectFrom('preset').select('instances').where('id', '=', row.preset_id).executeTakeFirstOrThrow();
  return (await lowestFreeSlot(tx, row.preset_id, preset.instances)) ?? null;
}
