import type { Kysely } from 'kysely';
import { BUCKETS, type HistogramName, type HistogramRow, type Labels } from '../../../domain/measurements.ts';
import { canonical, readJson, shapes } from '../../json.ts';
import type { Schema } from '../../schema.ts';
import type { Tx } from '../../session.ts';

interface Observation {
  readonly labels: Labels;
  readonly durationMs: number;
}

/** Puts one duration into its bucket, in the transaction of what took so long (SM section 5). A clock that went back counts as 0. */
export const observe = (tx: Tx, name: HistogramName, labels: Labels, durationMs: number): Promise<void> =>
  observeAll(tx, name, [{ labels, durationMs }]);

/** The same for several durations with different labels, in two statements. */
export async function observeAll(tx: Tx, name: HistogramName, observations: readonly Observation[]): Promise<void> {
  const rows = observations.map(({ labels, durationMs }) => ({
    row: { name, labels: canonical(labels), value: 1 },
    seconds: Math.max(0, durationMs) / 1000,
  }));
  const buckets = rows.flatMap(({ row, seconds }) => {
    const le = BUCKETS[name].find((bound) => seconds <= bound);
    return le === undefined ? [] : [{ ...row, le }];
  });
  if (buckets.length > 0) {
    await tx.db
      .insertInto('histogram')
      .values(buckets)
      .onConflict((conflict) =>
        conflict.columns(['name', 'labels', 'le']).doUpdateSet((eb) => ({ value: eb('histogram.value', '+', 1) })),
      )
      .execute();
  }
  if (rows.length === 0) return;
  await tx.db
    .insertInto('histogram_sum')
    .values(rows.map(({ row, seconds }) => ({ ...row, total: seconds })))
    .onConflict((conflict) =>
      conflict.columns(['name', 'labels']).doUpdateSet((eb) => ({
        value: eb('histogram_sum.value', '+', 1),
        total: eb('histogram_sum.total', '+', eb.ref('excluded.total')),
      })),
    )
    .execute();
}

/** Everything that was observed. */
export async function histograms(db: Kysely<Schema>): Promise<readonly HistogramRow[]> {
  const sums = await db.selectFrom('histogram_sum').selectAll().orderBy('name').orderBy('labels').execute();
  const rows = await db.selectFrom('histogram').selectAll().orderBy('le').execute();
  const buckets = new Map<string, { le: number; count: number }[]>();
  for (const row of rows) {
    const key = `${row.name} ${row.labels}`;
    const bucket = { le: row.le, count: row.value };
    const known = buckets.get(key);
    if (known === undefined) buckets.set(key, [bucket]);
    else known.push(bucket);
  }
  return sums.map((row) => ({
    name: row.name,
    labels: readJson(shapes.values, 'histogram_sum.labels', row.labels),
    buckets: buckets.get(`${row.name} ${row.labels}`) ?? [],
    count: row.value,
    sum: row.total,
  }));
}
