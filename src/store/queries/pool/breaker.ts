import type { Kysely } from 'kysely';
import type { ErrorClass, Pool } from '../../../domain/types.ts';
import { toPool } from '../../mappers.ts';
import type { PoolRow, Schema } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent, namesOf, SYSTEM_ACTOR } from '../audit/event.ts';

function poolRow(db: Kysely<Schema>, templateId: string, presetName: string): Promise<PoolRow | undefined> {
  return db
    .selectFrom('pool')
    .selectAll()
    .where('template_id', '=', templateId)
    .where('preset_name', '=', presetName)
    .executeTakeFirst();
}

export async function getPool(db: Kysely<Schema>, templateId: string, presetName: string): Promise<Pool | undefined> {
  const row = await poolRow(db, templateId, presetName);
  return row === undefined ? undefined : toPool(row);
}

async function update(tx: Tx, pool: PoolRow, patch: Partial<PoolRow>): Promise<void> {
  await tx.db
    .updateTable('pool')
    .set(patch)
    .where('template_id', '=', pool.template_id)
    .where('preset_name', '=', pool.preset_name)
    .execute();
}

/** By hand: the breaker closes and the count starts anew. Throws StoreError not_found for a pool that does not exist. */
export function retryPool(session: Session, templateId: string, presetName: string, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    const pool = found(await poolRow(tx.db, templateId, presetName), 'pool', presetName);
    await update(tx, pool, { breaker: 'closed', failures: 0, next_try_at: null, error_class: null });
    const { template } = await namesOf(tx, { template_id: templateId, preset_id: null });
    await addEvent(tx, { kind: 'pool.retried', actor, template, preset: presetName, reason: 'a retry was asked for' });
  });
}

const KINDS: Readonly<Record<Pool['breaker'], string>> = {
  closed: 'pool.closed',
  backing_off: 'pool.backoff',
  holding: 'pool.backoff',
  half_open: 'pool.probing',
  open: 'pool.limited',
};

/** Writes what the domain decided after a failure; told once per change. */
export function setPoolBreaker(
  session: Session,
  templateId: string,
  presetName: string,
  next: Pick<Pool, 'breaker' | 'nextTryAt'>,
  reason: string,
): Promise<void> {
  return write(session, async (tx) => {
    const pool = found(await poolRow(tx.db, templateId, presetName), 'pool', presetName);
    const nextTryAt = next.nextTryAt ?? null;
    if (pool.breaker === next.breaker && pool.next_try_at === nextTryAt) return;
    await update(tx, pool, { breaker: next.breaker, next_try_at: nextTryAt });
    const { template } = await namesOf(tx, { template_id: templateId, preset_id: null });
    await addEvent(tx, {
      kind: KINDS[next.breaker],
      actor: SYSTEM_ACTOR,
      template,
      preset: presetName,
      reason,
      data: { breaker: next.breaker, failures: pool.failures, nextTryAt },
    });
  });
}

/** Pool of a workspace's row; undefined for one without a preset. */
async function poolOf(tx: Tx, row: { template_id: string; preset_id: string | null }): Promise<PoolRow | undefined> {
  const { preset } = await namesOf(tx, row);
  return preset === undefined ? undefined : poolRow(tx.db, row.template_id, preset);
}

/** A prebuild became ready: only here the count goes back to zero (spec 5.3). */
export async function closePool(tx: Tx, row: { template_id: string; preset_id: string | null }): Promise<void> {
  const pool = await poolOf(tx, row);
  if (pool === undefined) return;
  await update(tx, pool, { breaker: 'closed', failures: 0, next_try_at: null, error_class: null, last_error: null });
}

/** A prebuild failed; lack of capacity and a broken environment are remembered but not counted (SM section 4). */
export async function countPoolFailure(
  tx: Tx,
  row: { template_id: string; preset_id: string | null },
  error: string,
  errorClass: ErrorClass | undefined,
): Promise<void> {
  const pool = await poolOf(tx, row);
  if (pool === undefined) return;
  const counts = errorClass !== 'capacity' && errorClass !== 'environment';
  await update(tx, pool, { failures: pool.failures + Number(counts), last_error: error, error_class: errorClass ?? 'transient' });
}
