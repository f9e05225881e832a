import type { Kysely } from 'kysely';
import { nextSample, SAMPLE_GAP_MS, type PoolSample } from '../../../domain/pool-history.ts';
import type { PoolSampleRow, Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import type { NamedSample, PoolKey, SizedPool } from '../../store.ts';
import { poolKey } from './snapshot-counts.ts';

/** Rows of one statement, far below SQLite's limit of bound values. */
const BATCH = 1000;

/**
 * What a pass saw, written where it is news. The last rows are read outside of the transaction: when two passes see the same change at once
 * both may note it, which says the same twice.
 */
export async function recordPoolSizes(session: Session, pools: readonly SizedPool[]): Promise<void> {
  const now = session.clock.now();
  const last = await lastSamples(session.db, now);
  const rows = pools.flatMap((pool) => {
    const sample = nextSample(last.get(poolKey(pool.templateId, pool.presetName)), pool.counts, now);
    return sample === undefined ? [] : [toRow(pool, sample)];
  });
  if (rows.length === 0) return;
  await write(session, async ({ db }) => {
    for (let n = 0; n < rows.length; n += BATCH) {
      await db
        .insertInto('pool_sample')
        .values(rows.slice(n, n + BATCH))
        .onConflict((conflict) =>
          conflict
            .columns(['template_id', 'preset_name', 'at'])
            .doUpdateSet((eb) => ({ until_at: eb.ref('excluded.until_at') }))
            .whereRef('excluded.until_at', '>', 'pool_sample.until_at'),
        )
        .execute();
    }
  });
}

/** The newest sample of each pool that is young enough to be continued. */
async function lastSamples(db: Kysely<Schema>, now: number): Promise<ReadonlyMap<string, PoolSample>> {
  const rows = await db
    .selectFrom('pool_sample')
    .selectAll()
    .where('until_at', '>=', now - SAMPLE_GAP_MS)
    .orderBy('at')
    .execute();
  return new Map(rows.map((row) => [poolKey(row.template_id, row.preset_name), toSample(row)]));
}

/** Samples of all pools of templates not deleted that reach into the time from `since` on: by template and preset, oldest first. */
export async function poolSamples(db: Kysely<Schema>, since: number): Promise<readonly NamedSample[]> {
  const rows = await db
    .selectFrom('pool_sample')
    .innerJoin('template', 'template.id', 'pool_sample.template_id')
    .innerJoin('organization', 'organization.id', 'template.organization_id')
    .selectAll('pool_sample')
    .select(['template.name as template', 'organization.name as organization'])
    .where('pool_sample.until_at', '>=', since)
    .where('template.deleted_at', 'is', null)
    .orderBy('organization.name')
    .orderBy('template.name')
    .orderBy('pool_sample.preset_name')
    .orderBy('pool_sample.at')
    .execute();
  return rows.map((row) => ({
    ...toSample(row),
    templateId: row.template_id,
    organization: row.organization,
    template: row.template,
    presetName: row.preset_name,
  }));
}

const toRow = ({ templateId, presetName }: PoolKey, { at, untilAt, ...counts }: PoolSample): PoolSampleRow => ({
  template_id: templateId,
  preset_name: presetName,
  at,
  until_at: untilAt,
  ...counts,
});

const toSample = ({ at, until_at, desired, running, eligible, building, claimed }: PoolSampleRow): PoolSample => ({
  at,
  untilAt: until_at,
  desired,
  running,
  eligible,
  building,
  claimed,
});
