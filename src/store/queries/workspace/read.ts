import type { Kysely } from 'kysely';
import type { Workspace } from '../../../domain/types.ts';
import { toWorkspace } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found } from '../../session.ts';

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

export async function listWorkspaces(
  db: Db,
  filter: { includeDeleted?: boolean; templateId?: string } = {},
): Promise<readonly Workspace[]> {
  let query = workspaces(db).orderBy('workspace.created_at').orderBy('workspace.id');
  if (filter.includeDeleted !== true) query = query.where('workspace.deleted_at', 'is', null);
  if (filter.templateId !== undefined) query = query.where('workspace.template_id', '=', filter.templateId);
  return (await query.execute()).map(toWorkspace);
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
