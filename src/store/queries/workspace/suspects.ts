import type { Kysely } from 'kysely';
import type { Suspect } from '../../../domain/types.ts';
import { toSuspect } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found, write, type Session } from '../../session.ts';
import { tell, workspaceRow } from './change.ts';

/** Objects that may exist outside every state (SM R5), oldest first. */
export async function listSuspects(db: Kysely<Schema>, state?: Suspect['state']): Promise<readonly Suspect[]> {
  let query = db.selectFrom('suspect').selectAll().orderBy('at').orderBy('id');
  if (state !== undefined) query = query.where('state', '=', state);
  return (await query.execute()).map(toSuspect);
}

/** The open suspects of a workspace were found and dealt with, or declared absent. They are kept, never removed. */
export function resolveSuspects(session: Session, workspaceId: string, state: 'found' | 'absent'): Promise<void> {
  return write(session, async (tx) => {
    const resolved = await tx.db
      .updateTable('suspect')
      .set({ state })
      .where('workspace_id', '=', workspaceId)
      .where('state', '=', 'open')
      .returning('address')
      .execute();
    if (resolved.length === 0) return;
    const row = found(await workspaceRow(tx, workspaceId), 'workspace', workspaceId);
    await tell(tx, row, { what: 'suspects_resolved', reason: state, data: { addresses: resolved.map((one) => one.address) } });
  });
}
