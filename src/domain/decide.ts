import { byAge, cancel, remove, type Action, type Removal } from './actions.ts';
import { retireEvidence } from './evidence.ts';
import { isPaused, roomLeft, standstill, type Hindrance } from './hindrance.ts';
import { refill, whatBlocks } from './refill.ts';
import { replaceOld } from './replace.ts';
import { isCancelable, retire } from './retire.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { isCurrent, isExpired, isHandsOff, isOneOf, isRolling, sizesOf } from './stock.ts';
import type { Workspace } from './types.ts';

export type { Action } from './actions.ts';
export type { PoolPolicy, PoolSnapshot, StockItem } from './snapshot.ts';

/**
 * What one pool should do at `now` (spec 5.1 to 5.5, Coder 2.3), each action with its reason in words. First what has to go, then what
 * is missing, to be executed in this order: a delete frees the slot that a create may take. Pure: order of the rows does not matter,
 * and once its actions are executed it has no more creates, cancels or deletes for the same facts.
 *
 * Never touched: what is held, claimed or being claimed, and what has a live build; a running create ends first and is deleted then.
 * Only a queued one is canceled, since nothing real exists yet. Backoff and breaker stop creates, never deletes; only old stock that is
 * to be replaced one by one stays while nothing can be made.
 */
export function decide(snapshot: PoolSnapshot, now: number): Action[] {
  if (isPaused(snapshot)) return [];
  const stock = [...snapshot.stock].sort(byAge);
  const { wanted, keep } = sizesOf(snapshot, now);
  const retired = stock.flatMap((item) => retire(item, snapshot, now) ?? []);
  const rest = without(stock, retired);
  const groups = groupsOf(rest, snapshot, now);
  const trimmed = snapshot.clockJumped ? [] : trim(groups.live, keep);
  const live = without(groups.live, trimmed);
  const missing = wanted - live.length - groups.reserved;
  const room = roomLeft(snapshot) + [...retired, ...trimmed].filter(({ kind }) => kind === 'cancel').length;
  const going = [...retired, ...trimmed].filter(({ kind }) => kind === 'delete').length + groups.deleting;
  const state = { snapshot, now, wanted, keep, missing, room, live, reserved: groups.reserved };
  const blocked = whatBlocks(state);
  const evidence = retireEvidence(groups.evidence, { snapshot, now, needed: blocked === undefined ? missing - room - going : 0 });
  const old = { rolling: groups.rolling, expired: groups.expired, blocked: blocked !== undefined };
  const replaced = replaceOld(old, { ...state, going: going + evidence.length });
  const place = new Map(stock.map(({ workspace }, index) => [workspace.id, index]));
  const placeOf = ({ workspaceId }: Removal): number => place.get(workspaceId) ?? 0;
  const outdated = [...retired, ...replaced, ...evidence].sort((a, b) => placeOf(a) - placeOf(b));
  const gone = [...outdated, ...trimmed];
  const kept = without([...groups.rolling, ...groups.expired], replaced).length;
  return [...gone, ...refill({ ...state, blocked, kept, staying: without(stock, gone) })];
}

/** The one thing that keeps the pool from being as it should now; undefined when nothing does, or nothing is missing. */
export function hindranceNow(snapshot: PoolSnapshot, now: number): Hindrance | undefined {
  const whole = standstill(snapshot);
  if (whole !== undefined && whole.code !== 'clock_jump') return whole;
  const waits = decide(snapshot, now).find((action) => action.kind === 'backoff' || action.kind === 'limited');
  return waits ?? whole;
}

function without(items: readonly StockItem[], removals: readonly Removal[]): readonly StockItem[] {
  const gone = new Set(removals.map(({ workspaceId }) => workspaceId));
  return items.filter(({ workspace }) => !gone.has(workspace.id));
}

interface Groups {
  /** As the pool makes them now, serving or on their way to serve claims. */
  readonly live: readonly StockItem[];
  /** Claimable until replaced. */
  readonly rolling: readonly StockItem[];
  /** Not claimable any more, kept until replaced. */
  readonly expired: readonly StockItem[];
  readonly evidence: readonly StockItem[];
  /** Reserved for a claim that has not begun to apply. */
  readonly reserved: number;
  readonly deleting: number;
}

function groupsOf(items: readonly StockItem[], snapshot: PoolSnapshot, now: number): Groups {
  const own = items.filter((item) => !isHandsOff(item));
  const serving = own.filter((item) => isCurrent(item, snapshot) && isOneOf(item.workspace.phase, READINESS));
  // After a jump of the clock nobody knows what has expired.
  const expired = snapshot.clockJumped ? [] : serving.filter((item) => isExpired(item, now));
  const { preset } = snapshot;
  return {
    live: serving.filter((item) => !expired.includes(item)),
    rolling: own.filter((item) => isRolling(item, snapshot)),
    expired,
    evidence: own.filter(({ workspace }) => isOneOf(workspace.phase, ['failed', 'quarantined'])),
    // Slots are counted per preset row, that is per version (SM 5): those of other versions are not in the way.
    reserved: items.filter(
      ({ workspace }) => workspace.phase === 'claiming' && workspace.slot !== undefined && workspace.presetId === preset?.id,
    ).length,
    deleting: items.filter(({ workspace }) => workspace.phase === 'deleting').length,
  };
}

/** Phases of stock that serves, or will serve, claims. A stopped prebuild is parked, not stock (Coder 2.4). */
const READINESS: readonly Workspace['phase'][] = ['queued', 'provisioning', 'warming', 'ready'];

/**
 * Surplus: unready first, then the oldest. One that is being built is chosen all the same and only goes when its build has ended; a
 * ready one is not given away in its place.
 */
function trim(live: readonly StockItem[], size: number): readonly Removal[] {
  const rank = ({ workspace }: StockItem): number => READINESS.indexOf(workspace.phase);
  const reason = `${String(live.length)} exist, ${String(size)} wanted`;
  return [...live]
    .sort((a, b) => rank(a) - rank(b) || byAge(a, b))
    .slice(0, Math.max(0, live.length - size))
    .flatMap((item) => {
      const { workspace, hasLiveBuild } = item;
      if (isCancelable(item)) return [cancel(workspace, reason)];
      return hasLiveBuild || !isOneOf(workspace.phase, ['warming', 'ready']) ? [] : [remove(workspace, 'surplus', reason)];
    });
}
