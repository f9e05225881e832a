import type { Kysely } from 'kysely';
import type { ServerSession } from '../../../domain/agent.ts';
import type { Driver } from '../../../domain/types.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';

/** Only what readiness deadlines and silence may still ask for is kept. */
const KEEP_MS = 7 * 86_400_000;

/** A server is up from now on; sessions that nobody asks for any more go. */
export function openServerSession(session: Session, driver: Driver): Promise<string> {
  return write(session, async (tx) => {
    await tx.db
      .deleteFrom('server_session')
      .where('seen_at', '<', tx.now - KEEP_MS)
      .execute();
    const id = tx.ids.uuid();
    const { bootId, pid, startTicks } = driver;
    await tx.db
      .insertInto('server_session')
      .values({ id, boot_id: bootId, pid, start_ticks: startTicks, started_at: tx.now, seen_at: tx.now, ended_at: null })
      .execute();
    return id;
  });
}

export function touchServerSession(session: Session, id: string): Promise<void> {
  return write(session, async (tx) => {
    await tx.db.updateTable('server_session').set({ seen_at: tx.now }).where('id', '=', id).execute();
  });
}

export function closeServerSession(session: Session, id: string): Promise<void> {
  return write(session, async (tx) => {
    await tx.db.updateTable('server_session').set({ seen_at: tx.now, ended_at: tx.now }).where('id', '=', id).execute();
  });
}

/** Oldest first: those that were up after `since`, and those that did not end, which may live although they have not said so lately. */
export async function serverSessions(db: Kysely<Schema>, since: number): Promise<readonly (ServerSession & Driver)[]> {
  const rows = await db
    .selectFrom('server_session')
    .selectAll()
    .where((eb) => eb.or([eb('seen_at', '>=', since), eb('ended_at', 'is', null)]))
    .orderBy('started_at')
    .execute();
  return rows.map((row) => ({
    startedAt: row.started_at,
    seenAt: row.seen_at,
    endedAt: row.ended_at ?? undefined,
    bootId: row.boot_id,
    pid: row.pid,
    startTicks: row.start_ticks,
  }));
}
