import { isAhead, mustOpen } from './backoff.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import type { Pool } from './types.ts';
import { because } from './words.ts';

/** What keeps a pool from making prebuilds, as one word; each belongs to one remedy (docs/pools.md). */
export type HindranceCode =
  | 'paused'
  | 'template_inactive'
  | 'no_preset'
  | 'draining'
  | 'clock_jump'
  | 'limited'
  | 'holding'
  | 'backoff'
  | 'probing'
  | 'max_size'
  | 'start_rate';

export interface Hindrance {
  readonly code: HindranceCode;
  readonly reason: string;
  /** When it ends by itself, where that is known. */
  readonly untilAt?: number | undefined;
}

/** What stops the pool as a whole, whatever it has and wants; the first one that binds. */
export function standstill(snapshot: PoolSnapshot): Hindrance | undefined {
  if (isPaused(snapshot)) {
    const whole = snapshot.pool.pausedAt === undefined;
    return { code: 'paused', reason: whole ? 'reconciling is paused' : 'the pool is paused' };
  }
  if (!snapshot.templateActive) {
    return { code: 'template_inactive', reason: `template ${snapshot.templateName} is deprecated or being deleted` };
  }
  if (snapshot.preset === undefined) {
    return { code: 'no_preset', reason: `the active version has no preset "${snapshot.pool.presetName}"` };
  }
  if (snapshot.pool.drainingAt !== undefined) return { code: 'draining', reason: 'the pool is drained until it is resumed' };
  return snapshot.clockJumped
    ? { code: 'clock_jump', reason: 'the clock jumped, so nothing expires and nothing is trimmed in this pass' }
    : undefined;
}

export const isPaused = ({ paused, pool }: PoolSnapshot): boolean => paused || pool.pausedAt !== undefined;

/**
 * Whether the pool tries with one prebuild before it makes the rest (SM 4): after a hold, half open, or open for longer than the cap
 * of the backoff.
 */
export function isProbing({ pool, policy }: Pick<PoolSnapshot, 'pool' | 'policy'>, now: number): boolean {
  const triesAt = probeAt({ pool, policy });
  return pool.breaker === 'holding' || pool.breaker === 'half_open' || (triesAt !== undefined && triesAt <= now);
}

/** When an open breaker lets one prebuild through. */
const probeAt = ({ pool, policy }: Pick<PoolSnapshot, 'pool' | 'policy'>): number | undefined =>
  pool.breaker === 'open' && pool.openedAt !== undefined ? pool.openedAt + policy.backoff.capMs : undefined;

/**
 * What forbids to create now, from breaker and backoff. The count is looked at too, for a process may be killed between counting and
 * opening the breaker.
 */
export function breakerHindrance(snapshot: PoolSnapshot, live: readonly StockItem[], now: number): Hindrance | undefined {
  const { pool, policy } = snapshot;
  const probing = isProbing(snapshot, now);
  if (!probing && (pool.breaker === 'open' || mustOpen(pool, policy))) {
    return { code: 'limited', untilAt: probeAt(snapshot), reason: `${failuresInWords(pool)} in a row${because(pool.lastError)}` };
  }
  if (isAhead(pool.nextTryAt, now, policy.backoff.capMs)) {
    const holding = pool.breaker === 'holding';
    const cause = holding ? `a problem of class ${pool.errorClass ?? 'environment'}` : failuresInWords(pool);
    const reason = `waiting after ${cause}${because(pool.lastError)}`;
    return { code: holding ? 'holding' : 'backoff', untilAt: pool.nextTryAt, reason };
  }
  const underWay = probing && live.some(({ workspace }) => workspace.phase !== 'ready');
  return underWay ? { code: 'probing', reason: `one prebuild is tried before the others${because(pool.lastError)}` } : undefined;
}

const failuresInWords = ({ failures }: Pool): string => `${String(failures)} ${failures === 1 ? 'failure' : 'failures'}`;

const MINUTE_MS = 60_000;

/** Prebuilds that may be started now by `start_rate`, and when the next one may. */
export function startsLeft(
  { policy, recentStarts }: PoolSnapshot,
  now: number,
): { readonly count: number; readonly nextAt: number | undefined } {
  if (policy.startRate === undefined) return { count: Infinity, nextAt: undefined };
  const recent = recentStarts.filter((at) => at > now - MINUTE_MS).sort((a, b) => a - b);
  const blocking = recent[recent.length - policy.startRate];
  return { count: Math.max(0, policy.startRate - recent.length), nextAt: (blocking ?? now) + MINUTE_MS };
}

/** Workspaces that may still be made by `max_size`; below 0 when there are too many already. Everything that exists counts. */
export function roomLeft({ policy, claimed, stock }: PoolSnapshot): number {
  if (policy.maxSize === undefined) return Infinity;
  return policy.maxSize - claimed - stock.filter(({ workspace }) => workspace.phase !== 'deleted').length;
}
