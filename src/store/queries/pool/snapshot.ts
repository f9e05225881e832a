import type { Kysely } from 'kysely';
import type { PoolPolicy, PoolSnapshot, StockItem } from '../../../domain/decide.ts';
import { LIVE_BUILD_STATES, SYSTEM_USER, type BuildState, type Preset } from '../../../domain/types.ts';
import { toPool, toPreset, toWorkspace } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { readTogether, type Session } from '../../session.ts';
import { workspaces } from '../workspace/read.ts';
import { isPaused } from './pause.ts';

type Db = Kysely<Schema>;

const poolKey = (templateId: string, preset: string): string => `${templateId}/${preset}`;

/**
 * The facts of every pool at one instant: a fixed number of queries, whatever the number of pools. A pool belongs to a template and a
 * preset name, so its stock may come from several versions.
 */
export function snapshot(
  session: Session,
  policyOf: (template: string, preset: string) => PoolPolicy,
): Promise<readonly PoolSnapshot[]> {
  return readTogether(session, async (db) => {
    const [paused, pools, presets, stock] = [
      await isPaused(db),
      await readPools(db),
      await activePresets(db),
      await readStock(db),
    ];
    return pools.map((row) => ({
      pool: toPool(row),
      templateName: row.template_name,
      templateActive: row.deprecated_at === null && row.deleting_at === null,
      activeVersionId: row.active_version_id ?? undefined,
      preset: presets.get(poolKey(row.template_id, row.preset_name)),
      stock: stock.get(poolKey(row.template_id, row.preset_name)) ?? [],
      paused: paused || row.paused_at !== null,
      policy: policyOf(row.template_name, row.preset_name),
    }));
  });
}

const readPools = (db: Db) =>
  db
    .selectFrom('pool')
    .innerJoin('template', 'template.id', 'pool.template_id')
    .leftJoin('version', (join) => join.onRef('version.template_id', '=', 'template.id').on('version.state', '=', 'active'))
    .selectAll('pool')
    .select([
      'template.name as template_name',
      'template.deprecated_at',
      'template.deleting_at',
      'version.id as active_version_id',
    ])
    .where('template.deleted_at', 'is', null)
    .orderBy('template.name')
    .orderBy('pool.preset_name')
    .execute();

async function activePresets(db: Db): Promise<ReadonlyMap<string, Preset>> {
  const rows = await db
    .selectFrom('preset')
    .innerJoin('version', 'version.id', 'preset.version_id')
    .selectAll('preset')
    .select('version.template_id')
    .where('version.state', '=', 'active')
    .execute();
  return new Map(rows.map((row) => [poolKey(row.template_id, row.name), toPreset(row)]));
}

async function readStock(db: Db): Promise<ReadonlyMap<string, readonly StockItem[]>> {
  const rows = await workspaces(db)
    .innerJoin('preset', 'preset.id', 'workspace.preset_id')
    .select(['preset.name as preset_name', 'preset.ttl_ms'])
    .where('workspace.owner_id', '=', SYSTEM_USER.id)
    .where('workspace.deleted_at', 'is', null)
    .orderBy('workspace.created_at')
    .orderBy('workspace.id')
    .execute();
  const live = await liveStates(db);
  const stock = new Map<string, StockItem[]>();
  for (const row of rows) {
    const state = live.get(row.id);
    const item: StockItem = {
      workspace: toWorkspace(row),
      ttlMs: row.ttl_ms ?? undefined,
      hasLiveBuild: state !== undefined,
      buildQueued: state === 'queued',
    };
    const key = poolKey(row.template_id, row.preset_name);
    const items = stock.get(key);
    if (items === undefined) stock.set(key, [item]);
    else items.push(item);
  }
  return stock;
}

async function liveStates(db: Db): Promise<ReadonlyMap<string, BuildState>> {
  const rows = await db.selectFrom('build').select(['workspace_id', 'state']).where('state', 'in', LIVE_BUILD_STATES).execute();
  return new Map(rows.map((row) => [row.workspace_id, row.state]));
}
