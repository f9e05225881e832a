import type { Kysely, Updateable } from 'kysely';
import type { Notification } from '../../../domain/hooks.ts';
import { toNotification } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { HookStore } from '../../store.ts';
import { addEvent, SYSTEM_ACTOR } from '../audit/event.ts';

/** What was given up longer ago is forgotten; the event stays. */
const KEEP_MS = 7 * 86_400_000;

/**
 * The notification that waited longest, for `leaseMs`: nobody else gets it before that. A deliverer that is killed leaves it due again, so
 * a receiver may see the same id twice.
 */
export async function takeNotification(
  session: Session,
  leaseMs: number,
  except: Parameters<HookStore['takeNotification']>[1],
): Promise<Notification | undefined> {
  // Every pass asks, and mostly there is nothing: that needs no write lock.
  if ((await longestDue(session.db, session.clock.now(), except)) === undefined) return undefined;
  return write(session, async (tx) => {
    const row = await longestDue(tx.db, tx.now, except);
    if (row === undefined) return undefined;
    const taken = await tx.db
      .updateTable('outbox')
      .set({ attempts: row.attempts + 1, next_try_at: tx.now + leaseMs })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toNotification(taken);
  });
}

function longestDue(db: Kysely<Schema>, now: number, except: Parameters<HookStore['takeNotification']>[1]) {
  let query = db.selectFrom('outbox').select(['id', 'attempts']).where('done_at', 'is', null).where('next_try_at', '<=', now);
  for (const { hook, target } of except) {
    query = query.where((eb) => eb.or([eb('hook', '!=', hook), eb('target', '!=', target)]));
  }
  return query.orderBy('next_try_at').orderBy('event_seq').executeTakeFirst();
}

/** The end of one try; what was delivered is gone. False when the lease was lost meanwhile: whoever took it then decides. */
export function settleNotification(
  session: Session,
  taken: Notification,
  outcome: Parameters<HookStore['settleNotification']>[1],
): Promise<boolean> {
  return write(session, async (tx) => {
    const mine = await tx.db
      .selectFrom('outbox')
      .select('id')
      .where('id', '=', taken.id)
      .where('attempts', '=', taken.attempts)
      .where('done_at', 'is', null)
      .executeTakeFirst();
    if (mine === undefined) return false;
    switch (outcome.state) {
      case 'delivered':
        await tx.db.deleteFrom('outbox').where('id', '=', taken.id).execute();
        return true;
      case 'retry':
        await change(tx, taken, { last_error: outcome.error, next_try_at: outcome.at });
        return true;
      case 'given_up':
        await change(tx, taken, { last_error: outcome.error, done_at: tx.now });
        await tellGivenUp(tx, taken, outcome.error, outcome.receiver);
        await tx.db
          .deleteFrom('outbox')
          .where('done_at', '<', tx.now - KEEP_MS)
          .execute();
        return true;
    }
  });
}

async function change(tx: Tx, { id }: Notification, patch: Updateable<Schema['outbox']>): Promise<void> {
  await tx.db.updateTable('outbox').set(patch).where('id', '=', id).execute();
}

async function tellGivenUp(tx: Tx, taken: Notification, error: string, receiver: string): Promise<void> {
  const about = await tx.db.selectFrom('event').selectAll().where('seq', '=', taken.eventSeq).executeTakeFirst();
  const { hook, target, id, attempts, eventSeq } = taken;
  await addEvent(tx, {
    kind: 'hook.failed',
    actor: SYSTEM_ACTOR,
    template: about?.template ?? undefined,
    preset: about?.preset ?? undefined,
    workspaceId: about?.workspace_id ?? undefined,
    workspaceName: about?.workspace_name ?? undefined,
    claimId: about?.claim_id ?? undefined,
    reason: `${hook} was not delivered to ${receiver}: ${error}`,
    data: { id, hook, target, attempts, eventSeq },
  });
}

/** Notifications that wait or were given up, oldest first. */
export async function listNotifications(db: Kysely<Schema>): Promise<readonly Notification[]> {
  const rows = await db
    .selectFrom('outbox')
    .selectAll()
    .where((eb) => eb.or([eb('done_at', 'is', null), eb('last_error', 'is not', null)]))
    .orderBy('event_seq')
    .orderBy('hook')
    .orderBy('target')
    .execute();
  return rows.map(toNotification);
}

/** By hand: what failed before is due now, even what was given up. Those under way for the first time are left alone. */
export function retryNotifications(session: Session): Promise<number> {
  return write(session, async (tx) => {
    const rows = await tx.db
      .updateTable('outbox')
      .set({ next_try_at: tx.now, done_at: null })
      .where('last_error', 'is not', null)
      .returning('id')
      .execute();
    return rows.length;
  });
}
