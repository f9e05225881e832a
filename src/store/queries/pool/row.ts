import type { Kysely } from 'kysely';
import type { PoolRow, Schema } from '../../schema.ts';
import type { Tx } from '../../session.ts';

export function poolRow(db: Kysely<Schema>, templateId: string, presetName: string): Promise<PoolRow | undefined> {
  return db
    .selectFrom('pool')
    .selectAll()
    .where('template_id', '=', templateId)
    .where('preset_name', '=', presetName)
    .executeTakeFirst();
}

export async function updatePool(tx: Tx, pool: PoolRow, patch: Partial<PoolRow>): Promise<void> {
  await tx.db
    .updateTable('pool')
    .set(patch)
    .where('template_id', '=', pool.template_id)
    .where('preset_name', '=', pool.preset_name)
    .execute();
}
