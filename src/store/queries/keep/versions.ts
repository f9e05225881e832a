import { sql, type Kysely } from 'kysely';
import type { OldVersion } from '../../keep-store.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import { addEvent, SYSTEM_ACTOR } from '../audit/event.ts';

type Db = Kysely<Schema>;

/**
 * A version is needed by the workspaces that have it, and by those whose newest applied start, or a build after it, used it: a delete
 * takes its inputs from there (SM R9).
 */
const needed = sql<boolean>`(
  exists (select 1 from workspace w where w.version_id = version.id and w.deleted_at is null)
  or exists (
    select 1 from build b join workspace w on w.id = b.workspace_id
    where b.version_id = version.id and w.deleted_at is null and b.number >= (
      select coalesce(max(a.number), 0) from build a
      where a.workspace_id = b.workspace_id and a.transition = 'start' and a.applied_at is not null
    )
  )
)`;

const newerInactive = sql<number>`(
  select count(*) from version n
  where n.template_id = version.template_id and n.state = 'inactive' and n.number > version.number
)`;

const retirable = (db: Db, keep: number) =>
  db
    .selectFrom('version')
    .innerJoin('template', 'template.id', 'version.template_id')
    .select(['version.id', 'version.number', 'version.folder', 'template.name as template'])
    .where('version.state', '=', 'inactive')
    .where(newerInactive, '>=', keep)
    .where(sql<boolean>`not ${needed}`)
    .orderBy('template.name')
    .orderBy('version.number');

export const oldVersions = (db: Db, keep: number): Promise<readonly OldVersion[]> => retirable(db, keep).execute();

/** Rows that refer to the version keep it by name; what it held of people's values goes. */
export function retireVersion(session: Session, id: string, keep: number): Promise<boolean> {
  return write(session, async (tx) => {
    const version = await retirable(tx.db, keep).where('version.id', '=', id).executeTakeFirst();
    if (version === undefined) return false;
    await tx.db.updateTable('version').set({ state: 'gone' }).where('id', '=', id).execute();
    await tx.db.deleteFrom('variable').where('version_id', '=', id).execute();
    await addEvent(tx, {
      kind: 'template.version_retired',
      actor: SYSTEM_ACTOR,
      template: version.template,
      reason: `version ${String(version.number)} is inactive, and no workspace needs it`,
      data: { version: version.number },
    });
    return true;
  });
}
