import { sql } from 'kysely';
import { SYSTEM_USER, type Workspace } from '../../../domain/types.ts';
import { toWorkspace } from '../../mappers.ts';
import { createKeptReader, type KeptReader } from '../workspace/kept.ts';
import { workspaces } from '../workspace/read.ts';

/** A workspace that nobody has, with what never changes of its preset and of its first build. */
export interface StockRow {
  readonly workspace: Workspace;
  readonly presetName: string;
  /** Of the preset: its parameters, for comparison. */
  readonly identity: string;
  readonly ttlMs: number | undefined;
  readonly accessUrl: string;
}

/** Reads all stock, oldest first. */
export type StockReader = KeptReader<StockRow>;

export const createStockReader = (): StockReader =>
  createKeptReader(sql<boolean>`workspace.owner_id = ${SYSTEM_USER.id} and workspace.deleted_at is null`, async (db, where) => {
    const rows = await workspaces(db)
      .innerJoin('preset', 'preset.id', 'workspace.preset_id')
      .innerJoin('build', (join) => join.onRef('build.workspace_id', '=', 'workspace.id').on('build.number', '=', 1))
      .select(['preset.name as preset_name', 'preset.ttl_ms', 'preset.identity', 'build.access_url'])
      .where(where)
      .orderBy('workspace.created_at')
      .orderBy('workspace.id')
      .execute();
    return rows.map((row) => {
      const { preset_name: presetName, ttl_ms: ttlMs, identity, access_url: accessUrl } = row;
      return { row, value: { workspace: toWorkspace(row), presetName, identity, ttlMs: ttlMs ?? undefined, accessUrl } };
    });
  });
