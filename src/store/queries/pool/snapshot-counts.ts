import { sql, type Kysely } from 'kysely';
import type { PoolPolicy, PoolSnapshot } from '../../../domain/decide.ts';
import { SYSTEM_USER } from '../../../domain/types.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

export const poolKey = (templateId: string, preset: string): string => `${templateId}/${preset}`;

const MINUTE_MS = 60_000;
/** Build times that an estimate is made of. */
const PACE_OF = 20;

interface Keyed {
  readonly template_id: string;
  readonly preset_name: string;
}

const keyOf = (row: Keyed): string => poolKey(row.template_id, row.preset_name);

type Counts = Pick<PoolSnapshot, 'claimed' | 'waiting' | 'recentStarts' | 'buildTimesMs'>;

/** What the decision counts beside the stock, by pool key; times are read only where a policy asks for them. */
export async function readCounts(db: Db, policies: readonly PoolPolicy[], now: number): Promise<(key: string) => Counts> {
  const claimed = await claimedCounts(db);
  const waiting = await waitingCounts(db);
  const none: ReadonlyMap<string, readonly number[]> = new Map();
  const starts = policies.some(({ startRate }) => startRate !== undefined) ? await recentStarts(db, now) : none;
  const pace = policies.some(({ readyBy }) => readyBy) ? await readPace(db) : none;
  return (key) => ({
    claimed: claimed.get(key) ?? 0,
    waiting: waiting.get(key) ?? 0,
    recentStarts: starts.get(key) ?? [],
    buildTimesMs: pace.get(key) ?? [],
  });
}

/** Workspaces that people have, by pool: claimed ones and those that were built cold with its preset. */
async function claimedCounts(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('workspace')
    .innerJoin('preset', 'preset.id', 'workspace.preset_id')
    .select((eb) => ['workspace.template_id', 'preset.name as preset_name', eb.fn.countAll<number>().as('n')])
    .where('workspace.owner_id', '!=', SYSTEM_USER.id)
    .where('workspace.deleted_at', 'is', null)
    .groupBy(['workspace.template_id', 'preset.name'])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), row.n]));
}

/** Claims that wait, by pool. */
async function waitingCounts(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('claim')
    .innerJoin('preset', 'preset.id', 'claim.preset_id')
    .select((eb) => ['claim.template_id', 'preset.name as preset_name', eb.fn.countAll<number>().as('n')])
    .where('claim.state', '=', 'waiting')
    .groupBy(['claim.template_id', 'preset.name'])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), row.n]));
}

/** When the prebuilds of the last minute were started, by pool, oldest first; those that are gone again count too. */
async function recentStarts(db: Db, now: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await db
    .selectFrom('build')
    .innerJoin('workspace', 'workspace.id', 'build.workspace_id')
    .innerJoin('preset', 'preset.id', 'workspace.preset_id')
    .select(['workspace.template_id', 'preset.name as preset_name', 'build.created_at as value'])
    .where('build.stage', '=', 'create')
    .where('build.created_at', '>', now - MINUTE_MS)
    .orderBy('build.created_at')
    .execute();
  return grouped(rows);
}

/** How long the last prebuilds of each pool took from start to ready, in ms. */
async function readPace(db: Db): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await db
    .with('made', (cte) =>
      cte
        .selectFrom('workspace')
        .innerJoin('preset', 'preset.id', 'workspace.preset_id')
        .select([
          'workspace.template_id',
          'preset.name as preset_name',
          sql<number>`workspace.ready_at - workspace.created_at`.as('value'),
          sql<number>`row_number() over (partition by workspace.template_id, preset.name order by workspace.ready_at desc)`.as(
            'n',
          ),
        ])
        .where('workspace.ready_at', 'is not', null)
        // A claimed one that was started again has a later readiness, which says nothing about builds.
        .where((eb) =>
          eb.or([eb('workspace.owner_id', '=', SYSTEM_USER.id), eb('workspace.ready_at', '<=', eb.ref('workspace.claimed_at'))]),
        ),
    )
    .selectFrom('made')
    .select(['template_id', 'preset_name', 'value'])
    .where('n', '<=', PACE_OF)
    .execute();
  return grouped(rows);
}

function grouped(rows: readonly (Keyed & { readonly value: number })[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row.value]);
    else group.push(row.value);
  }
  return groups;
}
