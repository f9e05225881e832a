import { sql, type Kysely } from 'kysely';
import { SYSTEM_USER, type Workspace } from '../../../domain/types.ts';
import { toWorkspace } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found } from '../../session.ts';
import type { WorkspaceCount, WorkspaceFilter } from '../../store.ts';

type Db = Kysely<Schema>;

/** Workspaces with their owner's name. */
export const workspaces = (db: Db) =>
  db
    .selectFrom('workspace')
    .innerJoin('person', 'person.id', 'workspace.owner_id')
    .selectAll('workspace')
    .select('person.username as owner_name');

export async function getWorkspace(db: Db, id: string): Promise<Workspace> {
  return toWorkspace(found(await workspaces(db).where('workspace.id', '=', id).executeTakeFirst(), 'workspace', id));
}

export async function listWorkspaces(db: Db, filter: WorkspaceFilter = {}): Promise<readonly Workspace[]> {
  const rows = await workspaces(db).where(matches(filter)).orderBy('workspace.created_at').orderBy('workspace.id').execute();
  return rows.map(toWorkspace);
}

/** What a row of `workspace` must be. Names are compared by their rows, of which there are few. */
export function matches(filter: WorkspaceFilter) {
  const { includeDeleted, templateId, presetId, ownerId, named, owner, template, status } = filter;
  const terms = [
    includeDeleted === true ? undefined : sql`workspace.deleted_at is null`,
    templateId === undefined ? undefined : sql`workspace.template_id = ${templateId}`,
    presetId === undefined ? undefined : sql`workspace.preset_id = ${presetId}`,
    ownerId === undefined ? undefined : sql`workspace.owner_id = ${ownerId}`,
    named === undefined ? undefined : sql`(workspace.name = ${named} or workspace.id = ${named})`,
    owner === undefined ? undefined : sql`workspace.owner_id in (select id from person where lower(username) = lower(${owner}))`,
    template === undefined
      ? undefined
      : sql`workspace.template_id in (select id from template where lower(name) = lower(${template}))`,
    status === undefined ? undefined : sql`workspace.phase = lower(${status})`,
  ].filter((term) => term !== undefined);
  return terms.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(terms, sql` and `)}`;
}

export async function workspaceCounts(db: Db): Promise<readonly WorkspaceCount[]> {
  const rows = await db
    .selectFrom('workspace')
    .select((eb) => [
      'template_id',
      'preset_id',
      'phase',
      sql<0 | 1>`owner_id = ${SYSTEM_USER.id}`.as('prebuilds'),
      eb.fn.countAll<number>().as('count'),
    ])
    .where('deleted_at', 'is', null)
    .groupBy(['template_id', 'preset_id', 'phase', 'prebuilds'])
    .execute();
  return rows.map(({ template_id: templateId, preset_id: presetId, phase, prebuilds, count }) => ({
    templateId,
    presetId: presetId ?? undefined,
    phase,
    prebuilds: prebuilds === 1,
    count,
  }));
}

/** Not deleted, by owner and name, without case. */
export async function findWorkspace(db: Db, ownerId: string, name: string): Promise<Workspace | undefined> {
  const row = await workspaces(db)
    .where('workspace.owner_id', '=', ownerId)
    .where('workspace.name', '=', name)
    .where('workspace.deleted_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : toWorkspace(row);
}
