import type { Kysely } from 'kysely';
import type { PoolPolicy, PoolSnapshot, StockItem } from '../../../domain/decide.ts';
import type { BuildState, Preset } from '../../../domain/types.ts';
import { readJson, shapes } from '../../json.ts';
import { toPool, toPreset } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { readTogether, type Session } from '../../session.ts';
import { LIVE } from '../build/live.ts';
import { schemaKeys } from '../catalog/shape.ts';
import { isPaused } from './pause.ts';
import { poolKey, readCounts } from './snapshot-counts.ts';
import type { StockReader, StockRow } from './stock.ts';

type Db = Kysely<Schema>;

/**
 * The facts of every pool at one instant: a fixed number of queries, whatever the number of pools. A pool belongs to a template and a
 * preset name, so its stock may come from several versions.
 */
export function snapshot(
  session: Session,
  readStock: StockReader,
  policyOf: (template: string, preset: string) => PoolPolicy,
): Promise<readonly PoolSnapshot[]> {
  return readTogether(session, async (db) => {
    const paused = await isPaused(db);
    const pools = (await readPools(db)).map((row) => ({
      row,
      key: poolKey(row.template_id, row.preset_name),
      policy: policyOf(row.template_name, row.preset_name),
    }));
    const presets = await activePresets(db);
    const stock = await stockByPool(db, await readStock(db), presets);
    const counts = await readCounts(
      db,
      pools.map(({ policy }) => policy),
      session.clock.now(),
    );
    return pools.map(({ row, key, policy }) => ({
      pool: toPool(row),
      templateName: row.template_name,
      organization: row.organization,
      templateActive: row.deprecated_at === null && row.deleting_at === null,
      activeVersionId: row.active_version_id ?? undefined,
      activeFingerprint: row.active_fingerprint ?? undefined,
      activeAgents: row.active_facts !== null && readJson(shapes.facts, 'version.facts', row.active_facts).agents.length > 0,
      preset: presets.get(key),
      stock: stock.get(key) ?? [],
      ...counts(key),
      paused: paused || row.paused_at !== null,
      clockJumped: false,
      policy,
    }));
  });
}

const readPools = (db: Db) =>
  db
    .selectFrom('pool')
    .innerJoin('template', 'template.id', 'pool.template_id')
    .innerJoin('organization', 'organization.id', 'template.organization_id')
    .leftJoin('version', (join) => join.onRef('version.template_id', '=', 'template.id').on('version.state', '=', 'active'))
    .selectAll('pool')
    .select([
      'template.name as template_name',
      'organization.name as organization',
      'template.deprecated_at',
      'template.deleting_at',
      'version.id as active_version_id',
      'version.fingerprint as active_fingerprint',
      'version.facts as active_facts',
    ])
    .where('template.deleted_at', 'is', null)
    .orderBy('template.name')
    .orderBy('organization.name')
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

type Stock = ReadonlyMap<string, readonly StockItem[]>;

async function stockByPool(db: Db, rows: readonly StockRow[], presets: ReadonlyMap<string, Preset>): Promise<Stock> {
  const live = await liveStates(db);
  const lost = await lostAgents(db);
  const sameShape = await shapeTest(db, presets, rows);
  const stock = new Map<string, StockItem[]>();
  for (const row of rows) {
    const { workspace, ttlMs, accessUrl } = row;
    const state = live.get(workspace.id);
    const item: StockItem = {
      workspace,
      ttlMs,
      hasLiveBuild: state !== undefined,
      buildQueued: state === 'queued',
      sameShape: sameShape(row),
      accessUrl,
      agentLost: lost.has(workspace.id),
    };
    const key = poolKey(workspace.templateId, row.presetName);
    const items = stock.get(key);
    if (items === undefined) stock.set(key, [item]);
    else items.push(item);
  }
  return stock;
}

/** Parameter schemas are read only for versions that are not the active one but have stock. */
async function shapeTest(
  db: Db,
  presets: ReadonlyMap<string, Preset>,
  rows: readonly StockRow[],
): Promise<(row: StockRow) => boolean> {
  const activeOf = ({ workspace, presetName }: StockRow) => presets.get(poolKey(workspace.templateId, presetName));
  const versions = new Set<string>();
  for (const row of rows) {
    const active = activeOf(row);
    const { versionId } = row.workspace;
    if (active?.identity === row.identity && active.versionId !== versionId) versions.add(versionId).add(active.versionId);
  }
  const keys = await schemaKeys(db, [...versions]);
  return (row) => {
    const active = activeOf(row);
    if (active?.identity !== row.identity) return false;
    const { versionId } = row.workspace;
    return active.versionId === versionId || keys.get(active.versionId) === keys.get(versionId);
  };
}

/** Workspaces with an agent that is missed. */
async function lostAgents(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('agent').select('workspace_id').where('lost_at', 'is not', null).execute();
  return new Set(rows.map((row) => row.workspace_id));
}

async function liveStates(db: Db): Promise<ReadonlyMap<string, BuildState>> {
  const rows = await db.selectFrom('build').select(['workspace_id', 'state']).where('state', 'in', LIVE).execute();
  return new Map(rows.map((row) => [row.workspace_id, row.state]));
}
