import { hookPayload, hooksOfEvent, type HookName } from '../../../domain/hooks.ts';
import { toEvent } from '../../mappers.ts';
import type { EventStored } from '../../schema.ts';
import type { Tx } from '../../session.ts';

/**
 * One notification per receiver that wants to know of this event, in the event's own transaction: neither can be there without the other
 * (spec 7.4). Costs nothing where no receiver is configured.
 */
export async function enqueueHooks(tx: Tx, stored: EventStored): Promise<void> {
  const event = toEvent(stored);
  for (const hook of hooksOfEvent(event)) {
    for (const target of tx.subscribers(hook, event.template)) await enqueue(tx, stored, hook, target);
  }
}

async function enqueue(tx: Tx, stored: EventStored, hook: HookName, target: number): Promise<void> {
  const id = tx.ids.uuid();
  const [owner, servedAs] = [await ownerOf(tx, stored.workspace_id), await servedAsOf(tx, stored.claim_id)];
  const payload = hookPayload({ id, hook, event: toEvent(stored), owner, servedAs });
  await tx.db
    .insertInto('outbox')
    .values({
      id,
      event_seq: stored.seq,
      hook,
      target,
      payload,
      attempts: 0,
      next_try_at: tx.now,
      done_at: null,
      last_error: null,
      created_at: tx.now,
    })
    .execute();
}

async function ownerOf(tx: Tx, workspaceId: string | null): Promise<string | undefined> {
  if (workspaceId === null) return undefined;
  const row = await tx.db
    .selectFrom('workspace')
    .innerJoin('person', 'person.id', 'workspace.owner_id')
    .select('person.username')
    .where('workspace.id', '=', workspaceId)
    .executeTakeFirst();
  return row?.username;
}

async function servedAsOf(tx: Tx, claimId: string | null): Promise<string | undefined> {
  if (claimId === null) return undefined;
  const row = await tx.db.selectFrom('claim').select('served_as').where('id', '=', claimId).executeTakeFirst();
  return row?.served_as ?? undefined;
}
