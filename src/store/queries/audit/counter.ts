import type { Kysely } from 'kysely';
import type { CounterRow, Labels } from '../../../domain/measurements.ts';
import { canonical, readJson, shapes } from '../../json.ts';
import type { Schema } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import type { Names } from './event.ts';

export type CounterName =
  | 'created_total'
  | 'failed_total'
  | 'claimed_total'
  | 'misses_total'
  | 'resource_replacements_total'
  | 'lost_total'
  | 'claims_total'
  | 'claims_unserved_total'
  | 'builds_total'
  | 'builds_enqueued_total'
  | 'workspace_creation_total';

/** Adds one to a counter of a pool, in the transaction of what it counts (SM section 5, "Counters"). */
export const count = (tx: Tx, name: CounterName, names: Names, more: Labels = {}): Promise<void> =>
  countLabels(tx, name, {
    organization_name: names.organization,
    template_name: names.template,
    preset_name: names.preset ?? '',
    ...more,
  });

/** The same for a counter that is not a pool's. */
export async function countLabels(tx: Tx, name: CounterName, labels: Labels): Promise<void> {
  await tx.db
    .insertInto('counter')
    .values({ name, labels: canonical(labels), value: 1 })
    .onConflict((conflict) => conflict.columns(['name', 'labels']).doUpdateSet((eb) => ({ value: eb('counter.value', '+', 1) })))
    .execute();
}

/** All counters with their labels. */
export async function counters(db: Kysely<Schema>): Promise<readonly CounterRow[]> {
  const rows = await db.selectFrom('counter').selectAll().orderBy('name').orderBy('labels').execute();
  return rows.map((row) => ({ name: row.name, labels: readJson(shapes.values, 'counter.labels', row.labels), value: row.value }));
}
