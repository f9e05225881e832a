import { sql, type Kysely } from 'kysely';
import { toWorkspace } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import type { NamedWorkspace, WorkspaceFilter } from '../../store.ts';
import { createKeptReader, type Whole } from './kept.ts';
import { matches, workspaces } from './read.ts';

type Db = Kysely<Schema>;

export type NamedReader = (db: Db, filter: Omit<WorkspaceFilter, 'includeDeleted'>) => Promise<readonly NamedWorkspace[]>;

/** Reads such workspaces with the names of what they belong to. They are kept for the next time, as a table of them is read again and again. */
export function createNamedReader(): NamedReader {
  const read = createKeptReader(sql<boolean>`workspace.deleted_at is null`, async (db, where) =>
    (await named(db).where(where).orderBy('workspace.created_at').orderBy('workspace.id').execute()).map(toNamed),
  );
  return (db, filter) => read(db, Object.values(filter).every((term) => term === undefined) ? undefined : matches(filter));
}

const named = (db: Db) =>
  workspaces(db)
    .innerJoin('template', 'template.id', 'workspace.template_id')
    .innerJoin('organization', 'organization.id', 'template.organization_id')
    .innerJoin('version', 'version.id', 'workspace.version_id')
    .leftJoin('preset', 'preset.id', 'workspace.preset_id')
    .select(['organization.name as organization', 'template.name as template', 'version.number', 'preset.name as preset']);

type Row = Awaited<ReturnType<ReturnType<typeof named>['execute']>>[number];

const toNamed = (row: Row): Whole<NamedWorkspace> => ({
  row,
  value: {
    workspace: toWorkspace(row),
    organization: row.organization,
    template: row.template,
    version: row.number,
    preset: row.preset ?? undefined,
  },
});
