import type { Kysely } from 'kysely';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent } from '../audit/event.ts';

const PAUSED_AT = 'paused_at';

/** Whether reconciling is paused as a whole (spec 5.7). */
export async function isPaused(db: Kysely<Schema>): Promise<boolean> {
  return (await db.selectFrom('meta').select('value').where('key', '=', PAUSED_AT).executeTakeFirst()) !== undefined;
}

export function setPaused(session: Session, paused: boolean, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    if ((await isPaused(tx.db)) === paused) return;
    if (paused)
      await tx.db
        .insertInto('meta')
        .values({ key: PAUSED_AT, value: String(tx.now) })
        .execute();
    else await tx.db.deleteFrom('meta').where('key', '=', PAUSED_AT).execute();
    await addEvent(tx, {
      kind: paused ? 'reconcile.paused' : 'reconcile.resumed',
      actor,
      reason: paused ? 'nothing is created, deleted or expired; claims work' : 'pools are filled again',
    });
  });
}
