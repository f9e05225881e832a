import { desiredWithLead } from './lead.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { isPrebuild } from './types.ts';

/** A healthy expired prebuild waits for its replacement for its time to live again, but for no longer than this (spec 5.2). */
const REPLACE_WITHIN_MS = 30 * 60_000;

/** Whether the pool is to have stock at all: its template is active, its active version has this preset, and nobody drains it. */
export const wantsStock = ({ templateActive, preset, pool }: PoolSnapshot): boolean =>
  templateActive && preset !== undefined && pool.drainingAt === undefined;

/** Prebuilds the pool should have at `now`: 0 unless it wants stock; with `ready_by` the next larger size early enough (Coder 2.3). */
export const desiredOf = (snapshot: PoolSnapshot, now: number): number => sizesOf(snapshot, now).desired;

/** `wanted` = desired, and one for each waiting claim (SM section 3); `keep` = the size above which a prebuild is surplus. */
export function sizesOf(
  snapshot: PoolSnapshot,
  now: number,
): { readonly desired: number; readonly wanted: number; readonly keep: number } {
  const { preset, policy, buildTimesMs, waiting } = snapshot;
  if (!wantsStock(snapshot) || preset === undefined) return { desired: 0, wanted: 0, keep: 0 };
  const { desired, keep } = desiredWithLead(preset, now, { ...policy, buildTimesMs });
  return { desired, wanted: desired + waiting, keep: keep + waiting };
}

/**
 * Whether a claim of it would do what a claim of a new one does: same version and fingerprint and, where the template has agents, the
 * same access URL, which is part of their start script (spec 4.3).
 */
export const isMadeAlike = ({ workspace, accessUrl }: StockItem, snapshot: PoolSnapshot): boolean =>
  workspace.versionId === snapshot.activeVersionId &&
  workspace.fingerprint === snapshot.activeFingerprint &&
  (!snapshot.activeAgents || accessUrl === snapshot.policy.accessUrl);

/** Whether the prebuild is as the pool makes them now, and nobody invalidated it. */
export const isCurrent = (item: StockItem, snapshot: PoolSnapshot): boolean =>
  wantsStock(snapshot) &&
  isMadeAlike(item, snapshot) &&
  item.workspace.invalidatedAt === undefined &&
  item.workspace.staleAt === undefined;

/**
 * Old stock that stays claimable until its replacement is ready (spec 5.5): of another version of the same shape under a rolling
 * rollout, or invalidated with `--rolling`.
 */
export function isRolling(item: StockItem, snapshot: PoolSnapshot): boolean {
  const { workspace, hasLiveBuild, sameShape } = item;
  if (!wantsStock(snapshot) || hasLiveBuild || workspace.phase !== 'ready' || workspace.invalidatedAt !== undefined) return false;
  if (isMadeAlike(item, snapshot)) return workspace.staleAt !== undefined;
  return snapshot.policy.rollout === 'rolling' && sameShape;
}

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

/** Expired, ready, and not yet so old that it goes although its replacement is not ready (spec 5.2). */
export function mayBeReplaced(item: StockItem, now: number): boolean {
  const { workspace, ttlMs } = item;
  if (ttlMs === undefined || workspace.phase !== 'ready' || !isExpired(item, now)) return false;
  return now - workspace.createdAt <= ttlMs + Math.min(ttlMs, REPLACE_WITHIN_MS);
}

/** A claim would rebuild it, and `on_replace: refuse` forbids that (spec 6.3). */
export const isRefused = ({ workspace }: StockItem, { policy }: PoolSnapshot): boolean =>
  policy.onReplace === 'refuse' && workspace.claimSafety === 'unsafe';

/**
 * Whether a claim may take it now (SM 1, `eligible`): one rule for the decision, the numbers shown and the explanations. The reserve
 * query (store/queries/claim/eligible.ts) says the same in SQL; a contract test holds the two together.
 */
export const isEligible = (item: StockItem, snapshot: PoolSnapshot, now: number): boolean =>
  item.workspace.phase === 'ready' &&
  !item.hasLiveBuild &&
  !item.agentLost &&
  !isHandsOff(item) &&
  !isExpired(item, now) &&
  !isRefused(item, snapshot) &&
  (isCurrent(item, snapshot) || isRolling(item, snapshot));

/** Narrow `includes` for words. */
export const isOneOf = <T extends string>(value: T, words: readonly T[]): boolean => words.includes(value);
