import type { ErrorClass, Pool } from './types.ts';
import type { PoolPolicy } from './snapshot.ts';

/** Share of a delay that chance takes away, so that pools which failed together do not try again together. */
const JITTER = 0.2;

/** Destroys are retried for ever, ever more slowly: what exists must not be forgotten (SM W18). */
const DELETE_BACKOFF: PoolPolicy['backoff'] = { baseMs: 60_000, factor: 2, capMs: 1_800_000 };

/** Equal errors of class template in a row that open the breaker at once: a third try would say the same (spec 5.3). */
const EQUAL_ERRORS = 2;

type Counted = Pick<Pool, 'failures' | 'errorRepeats'>;

/**
 * What a pool does after a failed prebuild (spec 5.3, SM 4). `pool` is read after the failure was counted; `random` in [0,1).
 * `capacity` and `environment` hold for about the cap and never open the breaker; the others back off, and open it when `failuresLimit`
 * of them came in a row (a limit of 0 = never), when two equal template errors did, or when the single probe of a half-open breaker
 * failed. An open breaker has no next try: it probes when it was open for the cap.
 */
export function afterFailure(
  pool: Pick<Pool, 'breaker'> & Counted,
  errorClass: ErrorClass,
  policy: Pick<PoolPolicy, 'failuresLimit' | 'backoff'>,
  now: number,
  random: number,
): Pick<Pool, 'breaker' | 'nextTryAt'> {
  if (pool.breaker === 'open') return { breaker: 'open', nextTryAt: undefined };
  const { backoff } = policy;
  if (errorClass === 'capacity' || errorClass === 'environment') {
    return { breaker: 'holding', nextTryAt: now + jittered(backoff.capMs, random) };
  }
  if (pool.breaker === 'half_open' || mustOpen(pool, policy)) return { breaker: 'open', nextTryAt: undefined };
  return { breaker: 'backing_off', nextTryAt: now + jittered(delayMs(backoff, pool.failures), random) };
}

/**
 * Whether the failures in a row are so many, or so much alike, that no more prebuilds are made (spec 5.3); a limit of 0 switches this
 * off (Coder 2.4).
 */
export const mustOpen = (pool: Counted, { failuresLimit }: Pick<PoolPolicy, 'failuresLimit'>): boolean =>
  failuresLimit > 0 && (pool.failures >= failuresLimit || pool.errorRepeats >= EQUAL_ERRORS);

/** When a destroy that failed for the `attempts`-th time is tried again, ms UTC (SM W18). */
export const deleteRetryAt = (attempts: number, now: number): number => now + delayMs(DELETE_BACKOFF, attempts);

/** The longest wait of a destroy, in ms. */
export const LONGEST_DELETE_WAIT_MS = DELETE_BACKOFF.capMs;

/**
 * Whether a next try still lies ahead. One that is further away than the longest wait there is was set by a clock that was ahead, and
 * is not waited for (SM R10).
 */
export const isAhead = (nextTryAt: number | undefined, now: number, longestMs: number): nextTryAt is number =>
  nextTryAt !== undefined && nextTryAt > now && nextTryAt - now <= longestMs;

/** base, base * factor, base * factor^2, ... up to the cap. */
function delayMs({ baseMs, factor, capMs }: PoolPolicy['backoff'], failures: number): number {
  return Math.min(capMs, baseMs * factor ** (Math.max(1, failures) - 1));
}

const jittered = (ms: number, random: number): number => Math.round(ms * (1 - JITTER + JITTER * random));
