import type { ErrorClass, Pool } from './types.ts';
import type { PoolPolicy } from './snapshot.ts';

/** Share of a delay that chance takes away, so that pools which failed together do not try again together. */
const JITTER = 0.2;

/** Destroys are retried for ever, ever more slowly: what exists must not be forgotten (SM W18). */
const DELETE_BACKOFF: PoolPolicy['backoff'] = { baseMs: 60_000, factor: 2, capMs: 1_800_000 };

/**
 * What a pool does after a failed prebuild (spec 5.3, SM 4). `pool` is read after the failure was counted; `random` in [0,1).
 * `capacity` and `environment` hold for about the cap and never open the breaker; the others back off, and open it when `failuresLimit`
 * of them came in a row (a limit of 0 = never) or the single probe of a half-open breaker failed. An open breaker has no next try.
 */
export function afterFailure(
  pool: Pick<Pool, 'breaker' | 'failures'>,
  errorClass: ErrorClass,
  policy: PoolPolicy,
  now: number,
  random: number,
): Pick<Pool, 'breaker' | 'nextTryAt'> {
  if (pool.breaker === 'open') return { breaker: 'open', nextTryAt: undefined };
  const { backoff } = policy;
  if (errorClass === 'capacity' || errorClass === 'environment') {
    return { breaker: 'holding', nextTryAt: now + jittered(backoff.capMs, random) };
  }
  if (pool.breaker === 'half_open' || reachedLimit(pool, policy)) return { breaker: 'open', nextTryAt: undefined };
  return { breaker: 'backing_off', nextTryAt: now + jittered(delayMs(backoff, pool.failures), random) };
}

/** Whether so many failures in a row came that no more prebuilds are made (spec 5.3); a limit of 0 switches this off (Coder 2.4). */
export const reachedLimit = (pool: Pick<Pool, 'failures'>, { failuresLimit }: Pick<PoolPolicy, 'failuresLimit'>): boolean =>
  failuresLimit > 0 && pool.failures >= failuresLimit;

/** When a destroy that failed for the `attempts`-th time is tried again, ms UTC (SM W18). */
export const deleteRetryAt = (attempts: number, now: number): number => now + delayMs(DELETE_BACKOFF, attempts);

/** base, base * factor, base * factor^2, ... up to the cap. */
function delayMs({ baseMs, factor, capMs }: PoolPolicy['backoff'], failures: number): number {
  return Math.min(capMs, baseMs * factor ** (Math.max(1, failures) - 1));
}

const jittered = (ms: number, random: number): number => Math.round(ms * (1 - JITTER + JITTER * random));
