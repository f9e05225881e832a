import { desiredAt } from './schedule.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { isPrebuild } from './types.ts';

/** Prebuilds the pool should have at `now`: 0 unless the template is active and its active version has this preset (Coder 2.3). */
export const desiredOf = (snapshot: PoolSnapshot, now: number): number =>
  snapshot.templateActive && snapshot.preset !== undefined ? desiredAt(snapshot.preset, now) : 0;

/** Whether the prebuild is of the version that the pool is made of now. */
export const isCurrent = ({ workspace }: StockItem, snapshot: PoolSnapshot): boolean =>
  snapshot.templateActive && snapshot.preset !== undefined && workspace.versionId === snapshot.activeVersionId;

/**
 * Owned by somebody, held, or part of a claim: not the pool's to count or to touch (SM section 4: a reservation is never revoked).
 */
export const isHandsOff = ({ workspace }: StockItem): boolean =>
  !isPrebuild(workspace) ||
  workspace.heldAt !== undefined ||
  workspace.claimId !== undefined ||
  workspace.phase === 'claiming' ||
  workspace.phase === 'deleted';

/**
 * Older than its time to live, counted from its creation as Coder does (Coder 2.2), so that waiting and building count too. What is
 * still being built has not expired: it could not be deleted yet, and a second one beside it would be one too many.
 */
export function isExpired({ workspace, ttlMs, hasLiveBuild }: StockItem, now: number): boolean {
  if (hasLiveBuild || ttlMs === undefined || ttlMs <= 0) return false;
  return isOneOf(workspace.phase, ['warming', 'ready', 'stopped']) && now - workspace.createdAt > ttlMs;
}

/** Whether a claim may take it now (SM 1, `eligible`): one rule for the decision, the numbers shown and the explanations. */
export const isEligible = (item: StockItem, snapshot: PoolSnapshot, now: number): boolean =>
  item.workspace.phase === 'ready' &&
  !item.hasLiveBuild &&
  !isHandsOff(item) &&
  isCurrent(item, snapshot) &&
  !isExpired(item, now);

/** Narrow `includes` for words. */
export const isOneOf = <T extends string>(value: T, words: readonly T[]): boolean => words.includes(value);
