import { sql, type Kysely } from 'kysely';
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
  let query = db
    .selectFrom('event')
    .leftJoin('workspace', 'workspace.id', 'event.workspace_id')
    .leftJoin('person', 'person.id', 'workspace.owner_id')
    .selectAll('event')
    .select('person.username as owner')
    .orderBy('seq');
  if (filter.after !== undefined) query = query.where('event.seq', '>', filter.after);
  if (filter.sinceAt !== undefined) query = query.where('event.at', '>=', filter.sinceAt);
  if (filter.workspaceId !== undefined) query = query.where('event.workspace_id', '=', filter.workspaceId);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return (await query.execute()).map(toEvent);
}

/** The newest event, and who waits in line: entering it is no event. */
export async function changeMark(db: Kysely<Schema>): Promise<string> {
  const [event, line] = [
    await db.selectFrom('event').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst(),
    await db
      .selectFrom('claim')
      .select((eb) => [eb.fn.countAll<number>().as('waiting'), eb.fn.max('created_at').as('newest')])
      .where('state', '=', sql.lit('waiting'))
      .executeTakeFirstOrThrow(),
  ];
  return [event?.seq, line.waiting, line.newest].join(' ');
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
