import type { Kysely } from 'kysely';
import type { ErrorClass, Pool } from '../../../domain/types.ts';
import { toPool } from '../../mappers.ts';
import type { PoolRow, Schema } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent, namesOf, SYSTEM_ACTOR } from '../audit/event.ts';
import { FORGOTTEN } from './forget.ts';
import { poolRow, updatePool } from './row.ts';

export async function getPool(db: Kysely<Schema>, templateId: string, presetName: string): Promise<Pool | undefined> {
  const row = await poolRow(db, templateId, presetName);
  return row === undefined ? undefined : toPool(row);
}

/** By hand: the breaker closes and the count starts anew. Throws StoreError not_found for a pool that does not exist. */
export function retryPool(session: Session, templateId: string, presetName: string, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    const pool = found(await poolRow(tx.db, templateId, presetName), 'pool', presetName);
    await updatePool(tx, pool, FORGOTTEN);
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
    await moveBreaker(tx, pool, { breaker: next.breaker, nextTryAt }, reason);
  });
}

async function moveBreaker(
  tx: Tx,
  pool: PoolRow,
  next: { readonly breaker: Pool['breaker']; readonly nextTryAt: number | null },
  reason: string,
): Promise<void> {
  const opened = next.breaker === 'open' ? { opened_at: tx.now } : {};
  await updatePool(tx, pool, { breaker: next.breaker, next_try_at: next.nextTryAt, ...opened });
  const { template } = await namesOf(tx, { template_id: pool.template_id, preset_id: null });
  await addEvent(tx, {
    kind: KINDS[next.breaker],
    actor: SYSTEM_ACTOR,
    template,
    preset: pool.preset_name,
    reason,
    data: { breaker: next.breaker, failures: pool.failures, nextTryAt: next.nextTryAt },
  });
}

/**
 * Whether the breaker lets a prebuild be made (SM W1). An open one does so only for the probe, and only when it opened before
 * `openedBefore`: it is half open from then on.
 */
export async function passBreaker(
  tx: Tx,
  templateId: string,
  presetName: string,
  openedBefore: number | undefined,
): Promise<boolean> {
  const pool = await poolRow(tx.db, templateId, presetName);
  if (pool?.breaker !== 'open') return pool !== undefined;
  if (openedBefore === undefined || pool.opened_at === null || pool.opened_at > openedBefore) return false;
  await moveBreaker(tx, pool, { breaker: 'half_open', nextTryAt: null }, 'one prebuild is tried after a while');
  return true;
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
  await updatePool(tx, pool, { ...FORGOTTEN, last_error: null });
}

/** A prebuild failed; lack of capacity and a broken environment are remembered but not counted (SM section 4). */
export async function countPoolFailure(
  tx: Tx,
  row: { template_id: string; preset_id: string | null },
  failure: {
    readonly error: string;
    readonly errorClass: ErrorClass | undefined;
    readonly errorFingerprint?: string | undefined;
  },
): Promise<void> {
  const pool = await poolOf(tx, row);
  if (pool === undefined) return;
  const { error, errorClass = 'transient' } = failure;
  const counts = errorClass !== 'capacity' && errorClass !== 'environment';
  const fingerprint = errorClass === 'template' ? (failure.errorFingerprint ?? null) : null;
  const equal = fingerprint !== null && fingerprint === pool.error_fingerprint;
  await updatePool(tx, pool, {
    failures: pool.failures + Number(counts),
    last_error: error,
    error_class: errorClass,
    error_fingerprint: fingerprint,
    error_repeats: fingerprint === null ? 0 : equal ? pool.error_repeats + 1 : 1,
  });
}
