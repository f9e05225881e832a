import type { Kysely } from 'kysely';
import { canonical, readJson, shapes } from '../../json.ts';
import type { Schema } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import type { Names } from './event.ts';

export type CounterName = 'created_total' | 'failed_total' | 'claimed_total' | 'misses_total' | 'resource_replacements_total';

/** Adds one to a counter of a pool, in the transaction of what it counts (SM section 5, "Counters"). */
export async function count(tx: Tx, name: CounterName, names: Names, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const labels = canonical({ template_name: names.template, preset_name: names.preset ?? '', ...more });
  await tx.db
    .insertInto('counter')
    .values({ name, labels, value: 1 })
    .onConflict((conflict) => conflict.columns(['name', 'labels']).doUpdateSet((eb) => ({ value: eb('counter.value', '+', 1) })))
    .execute();
}

/** All counters with their labels. */
export async function counters(
  db: Kysely<Schema>,
): Promise<readonly { name: string; labels: Readonly<Record<string, string>>; value: number }[]> {
  const rows = await db.selectFrom('counter').selectAll().orderBy('name').orderBy('labels').execute();
  return rows.map((row) => ({ name: row.name, labels: readJson(shapes.values, 'counter.labels', row.labels), value: row.value }));
}
