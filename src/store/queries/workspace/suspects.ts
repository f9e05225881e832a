import type { Kysely } from 'kysely';
import type { Suspect } from '../../../domain/types.ts';
import { toSuspect } from '../../mappers.ts';
import type { BuildRow, Schema, WorkspaceRow } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import { tell, workspaceRow } from './change.ts';

/** Objects that may exist outside every state (SM R5), oldest first. */
export async function listSuspects(
  db: Kysely<Schema>,
  state?: Suspect['state'],
  workspaceId?: string,
): Promise<readonly Suspect[]> {
  let query = db.selectFrom('suspect').selectAll().orderBy('at').orderBy('id');
  if (state !== undefined) query = query.where('state', '=', state);
  if (workspaceId !== undefined) query = query.where('workspace_id', '=', workspaceId);
  return (await query.execute()).map(toSuspect);
}

/**
 * What a build may have left outside every state (SM R5), kept until somebody resolves it. An address that an earlier run of the same build
 * may have left too stays one suspect, as old as the newer: a provider may finish that one late.
 */
export async function addSuspects(
  tx: Tx,
  build: Pick<BuildRow, 'id' | 'workspace_id'>,
  suspects: readonly Pick<Suspect, 'address' | 'type'>[],
): Promise<void> {
  for (const { address, type } of suspects) {
    const known = await tx.db
      .updateTable('suspect')
      .set({ at: tx.now })
      .where('build_id', '=', build.id)
      .where('address', '=', address)
      .where('state', '=', 'open')
      .executeTakeFirst();
    if (known.numUpdatedRows > 0n) continue;
    const { id: build_id, workspace_id } = build;
    await tx.db
      .insertInto('suspect')
      .values({ id: tx.ids.uuid(), workspace_id, build_id, address, type, state: 'open', at: tx.now })
      .execute();
  }
}

/** The open suspects of a workspace, or those at `addresses`, were found and dealt with, or declared absent. They are kept, never removed. */
export function resolveSuspects(
  session: Session,
  workspaceId: string,
  state: 'found' | 'absent',
  addresses?: readonly string[],
): Promise<void> {
  return write(session, async (tx) =>
    resolveInside(tx, found(await workspaceRow(tx, workspaceId), 'workspace', workspaceId), state, addresses),
  );
}

/** The same within a transaction. */
export async function resolveInside(
  tx: Tx,
  row: WorkspaceRow,
  state: 'found' | 'absent',
  addresses?: readonly string[],
): Promise<void> {
  let query = tx.db.updateTable('suspect').set({ state }).where('workspace_id', '=', row.id).where('state', '=', 'open');
  if (addresses !== undefined) query = query.where('address', 'in', addresses);
  const resolved = await query.returning('address').execute();
  if (resolved.length === 0) return;
  await tell(tx, row, { what: 'suspects_resolved', reason: state, data: { addresses: resolved.map((one) => one.address) } });
}
