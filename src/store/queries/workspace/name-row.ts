import { ConflictError } from '../../../kit/errors.ts';
import type { Tx } from '../../session.ts';

/** Names are compared without case. */
export const nameKey = (name: string): string => name.toLowerCase();

type Holder = { readonly workspaceId: string } | { readonly claimId: string };

/** Throws ConflictError name_taken (exit 5) when a workspace or a claim of the owner holds the name. */
export async function refuseTakenName(tx: Tx, ownerId: string, name: string): Promise<void> {
  const taken = await tx.db
    .selectFrom('name_row')
    .select('name_key')
    .where('owner_id', '=', ownerId)
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new ConflictError('name_taken', `the name ${name} is taken by another workspace or claim of the same owner`, {
    hint: 'use another name, or delete that workspace first',
  });
}

/** Takes a name of an owner for a workspace or a claim. Throws ConflictError name_taken. */
export async function takeName(tx: Tx, ownerId: string, name: string, holder: Holder): Promise<void> {
  await refuseTakenName(tx, ownerId, name);
  await tx.db
    .insertInto('name_row')
    .values({
      owner_id: ownerId,
      name_key: nameKey(name),
      workspace_id: 'workspaceId' in holder ? holder.workspaceId : null,
      claim_id: 'claimId' in holder ? holder.claimId : null,
    })
    .execute();
}

/** Every name that a workspace holds is free again (W4, W17). */
export async function freeNamesOfWorkspace(tx: Tx, workspaceId: string): Promise<void> {
  await tx.db.deleteFrom('name_row').where('workspace_id', '=', workspaceId).execute();
}

/** One name of a workspace is free again (the end of a rename). */
export async function freeName(tx: Tx, ownerId: string, name: string, workspaceId: string): Promise<void> {
  await tx.db
    .deleteFrom('name_row')
    .where('owner_id', '=', ownerId)
    .where('name_key', '=', nameKey(name))
    .where('workspace_id', '=', workspaceId)
    .execute();
}

/** The name that a claim holds is free again: it ended without a workspace. */
export async function freeNameOfClaim(tx: Tx, claimId: string): Promise<void> {
  await tx.db.deleteFrom('name_row').where('claim_id', '=', claimId).execute();
}

/** The name of a claim goes over to a workspace (W2, W12, W13); false when the claim holds none. */
export async function moveName(tx: Tx, claimId: string, workspaceId: string): Promise<boolean> {
  const moved = await tx.db
    .updateTable('name_row')
    .set({ workspace_id: workspaceId, claim_id: null })
    .where('claim_id', '=', claimId)
    .executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}
