import type { PoolSnapshot } from '../domain/decide.ts';
import { nextChange } from '../domain/schedule.ts';
import { summarise } from '../domain/summarise.ts';
import type { Claim } from '../domain/types.ts';
import type { PoolStatus } from './api.ts';

/** One pool for `status`, from the same summary that the decision used (design 3.2) and the claims of its template and preset. */
export function poolStatus(snapshot: PoolSnapshot, claims: readonly Claim[], now: number): PoolStatus {
  const counts = summarise(snapshot, now);
  const served = claims.filter((claim) => claim.state === 'served');
  const warm = served.filter((claim) => claim.servedAs !== 'cold');
  const times = warm
    .flatMap((claim) => (claim.endedAt === undefined ? [] : [claim.endedAt - claim.createdAt]))
    .sort((a, b) => a - b);
  const misses = served.length - warm.length;
  return {
    template: snapshot.templateName,
    preset: snapshot.pool.presetName,
    ...counts,
    paused: snapshot.paused || snapshot.pool.pausedAt !== undefined,
    breaker: snapshot.pool.breaker,
    failures: snapshot.pool.failures,
    nextTryAt: snapshot.pool.nextTryAt,
    lastError: snapshot.pool.failures > 0 ? snapshot.pool.lastError : undefined,
    claims: served.length,
    misses,
    hitRate: served.length === 0 ? undefined : warm.length / served.length,
    p50ClaimMs: percentile(times, 0.5),
    p95ClaimMs: percentile(times, 0.95),
    nextChange: snapshot.preset === undefined ? undefined : nextChange(snapshot.preset, now),
  };
}

/** Nearest-rank percentile of sorted values. */
function percentile(sorted: readonly number[], p: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)];
}
