import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import type { Measurements, PoolCount } from '../../../domain/measurements.ts';
import { unaccounted } from '../../../domain/sweep.ts';
import { readJson, shapes } from '../../json.ts';
import type { Schema } from '../../schema.ts';
import { readTogether, type Session } from '../../session.ts';
import { LIVE } from '../build/live.ts';
import { histograms } from './histogram.ts';
import { RECONCILED_AT } from './measure.ts';

type Db = Kysely<Schema>;

/** Counts and histograms at one instant: a fixed number of queries, whatever the number of workspaces. */
export function measurements(session: Session): Promise<Measurements> {
  return readTogether(session, async (db) => ({
    histograms: await histograms(db),
    waiting: await waiting(db),
    failedDeletes: await failedDeletes(db),
    liveBuilds: await liveBuilds(db),
    openSuspects: await openSuspects(db),
    unaccounted: await unaccountedFor(db),
    reconciledAt: await reconciledAt(db),
  }));
}

/** Rows per pool, by the names of template and preset. */
const byPool = async (
  db: Db,
  rows: SelectQueryBuilder<Schema, keyof Schema, Pick<Selectable<Schema['claim']>, 'template_id' | 'preset_id'>>,
): Promise<readonly PoolCount[]> =>
  (
    await db
      .selectFrom(rows.as('one'))
      .innerJoin('template', 'template.id', 'one.template_id')
      .innerJoin('organization', 'organization.id', 'template.organization_id')
      .leftJoin('preset', 'preset.id', 'one.preset_id')
      .select(['organization.name as organization', 'template.name as template', 'preset.name as preset'])
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .groupBy(['organization.name', 'template.name', 'preset.name'])
      .execute()
  ).map((row) => ({ ...row, preset: row.preset ?? '' }));

const waiting = (db: Db): Promise<readonly PoolCount[]> =>
  byPool(db, db.selectFrom('claim').select(['template_id', 'preset_id']).where('state', '=', 'waiting'));

const failedDeletes = (db: Db): Promise<readonly PoolCount[]> =>
  byPool(
    db,
    db.selectFrom('workspace').select(['template_id', 'preset_id']).where('phase', '=', 'deleting').where('attempts', '>', 0),
  );

async function liveBuilds(db: Db): Promise<Measurements['liveBuilds']> {
  const rows = await db.selectFrom('build').select('state').where('state', 'in', LIVE).execute();
  const queued = rows.filter((row) => row.state === 'queued').length;
  return { queued, running: rows.length - queued };
}

async function openSuspects(db: Db): Promise<number> {
  const row = await db
    .selectFrom('suspect')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Leaked objects alone, as `status` counts them: what is of other homes is no reason for an alert. */
async function unaccountedFor(db: Db): Promise<Measurements['unaccounted']> {
  const rows = await db.selectFrom('sweep').select(['source', 'unaccounted']).orderBy('source').execute();
  return rows.map((row) => ({
    source: row.source,
    count: unaccounted({ findings: readJson(shapes.sweep, 'sweep.unaccounted', row.unaccounted) }).length,
  }));
}

async function reconciledAt(db: Db): Promise<number | undefined> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', RECONCILED_AT).executeTakeFirst();
  return row === undefined ? undefined : Number(row.value);
}
