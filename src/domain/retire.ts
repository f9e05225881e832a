import { isAhead, LONGEST_DELETE_WAIT_MS } from './backoff.ts';
import { cancel, remove, type DeleteWhy, type Removal } from './actions.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { isCurrent, isExpired, isHandsOff, isMadeAlike, isRolling, mayBeReplaced } from './stock.ts';
import type { Workspace } from './types.ts';
import { because } from './words.ts';

/**
 * What has to go whatever the size of the pool: half destroyed, outdated and not claimable until replaced, expired for too long, and
 * failed ones that are no evidence (retireEvidence judges those that are).
 */
export function retire(item: StockItem, snapshot: PoolSnapshot, now: number): Removal | undefined {
  const { workspace } = item;
  if (isHandsOff(item)) return undefined;
  if (item.hasLiveBuild) {
    return isCancelable(item) && !isCurrent(item, snapshot) ? cancel(workspace, whyOutdated(item, snapshot).reason) : undefined;
  }
  switch (workspace.phase) {
    case 'deleting':
      return retryDelete(workspace, now);
    case 'failed':
    case 'quarantined':
      return isEvidence(item, snapshot) ? undefined : remove(workspace, 'failed', failedReason(workspace));
    case 'warming':
    case 'ready':
      return outlived(item, snapshot, now);
    case 'stopped':
      // Whoever stopped it held it, and gave it back since.
      return outlived(item, snapshot, now) ?? remove(workspace, 'stopped', 'it is stopped, and nobody holds it');
    case 'queued':
    case 'provisioning':
    case 'stopping':
    case 'claiming':
    case 'deleted':
      return undefined;
  }
}

/** Nothing real exists yet (SM W4). */
export const isCancelable = ({ buildQueued, workspace }: StockItem): boolean => buildQueued && workspace.phase === 'queued';

/**
 * A failed or quarantined prebuild of the active version that somebody may want to look at (SM W15). One that was marked as of no use,
 * because its build was killed half way or canceled before it made anything, is none.
 */
export const isEvidence = ({ workspace, hasLiveBuild }: StockItem, snapshot: PoolSnapshot): boolean =>
  (workspace.phase === 'failed' || workspace.phase === 'quarantined') &&
  !hasLiveBuild &&
  workspace.invalidatedAt === undefined &&
  snapshot.templateActive &&
  snapshot.preset !== undefined &&
  snapshot.pool.drainingAt === undefined &&
  workspace.versionId === snapshot.activeVersionId;

export const failedReason = (workspace: Workspace): string =>
  `${workspace.phase === 'quarantined' ? 'a claim of it failed half way' : 'it failed'}${because(workspace.lastError)}`;

function outlived(item: StockItem, snapshot: PoolSnapshot, now: number): Removal | undefined {
  const expired = isExpired(item, now) && !snapshot.clockJumped;
  if (!isCurrent(item, snapshot) && (expired || !isRolling(item, snapshot))) {
    const { why, reason } = whyOutdated(item, snapshot);
    return remove(item.workspace, why, reason);
  }
  if (!expired || mayBeReplaced(item, now)) return undefined;
  return remove(item.workspace, 'expired', expiredReason(item));
}

export const expiredReason = ({ ttlMs }: StockItem): string => `its time to live of ${inWords(ttlMs ?? 0)} is over`;

/** SM W18: a destroy that failed is never given up. */
function retryDelete(workspace: Workspace, now: number): Removal | undefined {
  if (isAhead(workspace.nextTryAt, now, LONGEST_DELETE_WAIT_MS)) return undefined;
  const reason = `its destroy did not end (attempts: ${String(workspace.attempts)})${because(workspace.lastError)}`;
  return remove(workspace, 'retry', reason);
}

/** Why a prebuild is not as the pool makes them now. */
export function whyOutdated(item: StockItem, snapshot: PoolSnapshot): { readonly why: DeleteWhy; readonly reason: string } {
  const { workspace } = item;
  if (!snapshot.templateActive) {
    return { why: 'inactive', reason: `template ${snapshot.templateName} is deprecated or being deleted` };
  }
  if (snapshot.preset === undefined) {
    return { why: 'inactive', reason: `the active version has no preset "${snapshot.pool.presetName}"` };
  }
  if (snapshot.pool.drainingAt !== undefined) return { why: 'drained', reason: 'the pool is being drained' };
  if (workspace.versionId !== snapshot.activeVersionId) return { why: 'inactive', reason: 'its version is not the active one' };
  if (workspace.invalidatedAt !== undefined || isMadeAlike(item, snapshot)) {
    return { why: 'invalidated', reason: 'it was invalidated by hand' };
  }
  return workspace.fingerprint === snapshot.activeFingerprint
    ? { why: 'stale', reason: `it was built for access_url ${item.accessUrl}` }
    : { why: 'stale', reason: 'it was built from other inputs than the active version' };
}

function inWords(ms: number): string {
  return ms % 3_600_000 === 0 ? `${String(ms / 3_600_000)}h` : `${String(Math.round(ms / 60_000))}m`;
}
