import { hindranceNow, type PoolSnapshot, type StockItem } from '../domain/decide.ts';
import { describeReplacement } from '../domain/guard.ts';
import { percentile } from '../domain/percentile.ts';
import { isRefused } from '../domain/stock.ts';
import { nextChange } from '../domain/schedule.ts';
import { summarise } from '../domain/summarise.ts';
import type { ClaimTime } from '../store/store.ts';
import type { HeldPrebuild, PoolStatus } from '../api/app.ts';

const isHit = (claim: ClaimTime): boolean => claim.state === 'served' && claim.servedAs !== 'cold';

/** One pool for `status`, from the same summary that the decision used (design 3.2) and the claims of its template and preset. */
export function poolStatus(snapshot: PoolSnapshot, claims: readonly ClaimTime[], now: number): PoolStatus {
  const counts = summarise(snapshot, now);
  const warm = claims.filter(isHit);
  // A claim that did not ask the pool (`--no-pool`) misses nothing; one that was refused with exit 5 does.
  const misses = claims.filter((claim) => claim.missed && claim.endedAt !== undefined && !isHit(claim)).length;
  const asked = warm.length + misses;
  const times = warm.flatMap((claim) => (claim.endedAt === undefined ? [] : [claim.endedAt - claim.createdAt]));
  return {
    organization: snapshot.organization,
    template: snapshot.templateName,
    preset: snapshot.pool.presetName,
    ...counts,
    maxSize: snapshot.policy.maxSize,
    draining: snapshot.pool.drainingAt !== undefined,
    hindrance: hindranceNow(snapshot, now),
    heldPrebuilds: snapshot.stock.flatMap(heldOf),
    paused: snapshot.paused || snapshot.pool.pausedAt !== undefined,
    breaker: snapshot.pool.breaker,
    failures: snapshot.pool.failures,
    nextTryAt: snapshot.pool.nextTryAt,
    lastError: snapshot.pool.failures > 0 || snapshot.pool.breaker !== 'closed' ? snapshot.pool.lastError : undefined,
    ...safetyOf(snapshot),
    claims: asked,
    misses,
    hitRate: asked === 0 ? undefined : warm.length / asked,
    p50ClaimMs: percentile(times, 0.5),
    p95ClaimMs: percentile(times, 0.95),
    nextChange: snapshot.preset === undefined ? undefined : nextChange(snapshot.preset, now),
  };
}

const heldOf = ({ workspace }: StockItem): readonly HeldPrebuild[] =>
  workspace.heldAt === undefined
    ? []
    : [{ name: workspace.name, heldAt: workspace.heldAt, heldBy: workspace.heldBy, reason: workspace.heldReason }];

/** What rehearsals and guards said about the stock that is ready (spec 6.3, 6.4). */
function safetyOf(snapshot: PoolSnapshot): Pick<PoolStatus, 'safe' | 'unsafe' | 'unsafeReason' | 'degraded'> {
  const ready = snapshot.stock.filter(({ workspace }) => workspace.phase === 'ready' && workspace.heldAt === undefined);
  const unsafe = ready.filter(({ workspace }) => workspace.claimSafety === 'unsafe');
  return {
    safe: ready.filter(({ workspace }) => workspace.claimSafety === 'safe').length,
    unsafe: unsafe.length,
    unsafeReason: unsafe[0]?.workspace.unsafeChanges.map(describeReplacement).join('; '),
    degraded: unsafe.some((item) => isRefused(item, snapshot)),
  };
}
