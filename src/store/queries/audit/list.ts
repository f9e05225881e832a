import type { Kysely } from 'kysely';
import type { EventRow } from '../../../domain/types.ts';
import { toEvent } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import type { AuditStore } from '../../store.ts';
import { addEvent } from './event.ts';

/** The audit trail, oldest first; `after` is a seq, `sinceAt` a time. */
export async function listEvents(
  db: Kysely<Schema>,
  filter: NonNullable<Parameters<AuditStore['listEvents']>[0]> = {},
): Promise<readonly EventRow[]> {
  let query = db.selectFrom('event').selectAll().orderBy('seq');
  if (filter.after !== undefined) query = query.where('seq', '>', filter.after);
  if (filter.sinceAt !== undefined) query = query.where('at', '>=', filter.sinceAt);
  if (filter.workspaceId !== undefined) query = query.where('workspace_id', '=', filter.workspaceId);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return (await query.execute()).map(toEvent);
}

/** An event that belongs to no change of the store's own rows. */
export function recordEvent(session: Session, event: Parameters<AuditStore['recordEvent']>[0]): Promise<void> {
  return write(session, async (tx) => {
    const workspace =
      event.workspaceId === undefined
        ? undefined
        : await tx.db.selectFrom('workspace').select('name').where('id', '=', event.workspaceId).executeTakeFirst();
    await addEvent(tx, { ...event, workspaceName: workspace?.name });
  });
}
