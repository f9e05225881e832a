import { reachedLimit } from './backoff.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { desiredOf, isCurrent, isExpired, isHandsOff, isOneOf } from './stock.ts';
import type { Pool, Workspace } from './types.ts';

export type { PoolPolicy, PoolSnapshot, StockItem } from './snapshot.ts';

export type Action =
  | { readonly kind: 'create'; readonly count: number; readonly slotLimit: number; readonly reason: string }
  | {
      readonly kind: 'delete';
      readonly workspaceId: string;
      readonly rowVersion: number;
      readonly reason: string;
      readonly why: DeleteWhy;
    }
  | { readonly kind: 'cancel'; readonly workspaceId: string; readonly rowVersion: number; readonly reason: string }
  | { readonly kind: 'backoff'; readonly untilAt: number; readonly reason: string }
  | { readonly kind: 'limited'; readonly reason: string };

export type DeleteWhy = 'inactive' | 'expired' | 'surplus' | 'failed' | 'retry';

/**
 * What one pool should do at `now` (spec 5.1, 5.2, Coder 2.3), each action with its reason in words. First what has to go, then what
 * is missing, to be executed in this order: a delete frees the slot that a create may take. Pure: order of the rows does not matter,
 * and once its actions are executed it has no more creates, cancels or deletes for the same facts.
 *
 * Never touched: what is held, claimed or being claimed, and what has a live build; a running create ends first and is deleted then.
 * Only a queued one is canceled, since nothing real exists yet. Backoff and breaker stop creates, never deletes.
 */
export function decide(snapshot: PoolSnapshot, now: number): Action[] {
  if (snapshot.paused || snapshot.pool.pausedAt !== undefined) return [];
  const desired = desiredOf(snapshot, now);
  const stock = [...snapshot.stock].sort(byAge);
  const retired = stock.flatMap((item) => retire(item, snapshot, now) ?? []);
  const gone = new Set(retired.map(idOf));
  const live = stock.filter((item) => isLive(item, snapshot) && !gone.has(item.workspace.id));
  const trimmed = trim(live, desired);
  for (const action of trimmed) gone.add(idOf(action));
  const staying = stock.filter(({ workspace }) => !gone.has(workspace.id));
  return [...retired, ...trimmed, ...refill(snapshot, { live, staying, desired, now })];
}

type Retirement = Extract<Action, { kind: 'delete' | 'cancel' }>;

const idOf = (action: Retirement): string => action.workspaceId;

const compare = (a: string | number, b: string | number): number => Number(a > b) - Number(a < b);

const byAge = (a: StockItem, b: StockItem): number =>
  compare(a.workspace.createdAt, b.workspace.createdAt) || compare(a.workspace.id, b.workspace.id);

const remove = ({ id, rowVersion }: Workspace, why: DeleteWhy, reason: string): Retirement => ({
  kind: 'delete',
  workspaceId: id,
  rowVersion,
  why,
  reason,
});

const cancel = ({ id, rowVersion }: Workspace, reason: string): Retirement => ({
  kind: 'cancel',
  workspaceId: id,
  rowVersion,
  reason,
});

/** What has to go whatever the size of the pool: failed, half destroyed, of an inactive version, expired. */
function retire(item: StockItem, snapshot: PoolSnapshot, now: number): Retirement | undefined {
  const { workspace } = item;
  if (isHandsOff(item)) return undefined;
  if (item.hasLiveBuild) {
    return isCancelable(item) && !isCurrent(item, snapshot) ? cancel(workspace, whyInactive(snapshot)) : undefined;
  }
  return retireIdle(item, snapshot, now);
}

function retireIdle(item: StockItem, snapshot: PoolSnapshot, now: number): Retirement | undefined {
  const { workspace } = item;
  switch (workspace.phase) {
    case 'deleting':
      return retryDelete(workspace, now);
    case 'failed':
    case 'quarantined':
      return remove(workspace, 'failed', `${FAILED_WORDS[workspace.phase]}${because(workspace.lastError)}`);
    case 'warming':
    case 'ready':
    case 'stopped':
      return outlived(item, snapshot, now);
    case 'queued':
    case 'provisioning':
    case 'stopping':
    case 'claiming':
    case 'deleted':
      return undefined;
  }
}

const FAILED_WORDS = { failed: 'it failed', quarantined: 'a claim of it failed half way' } as const;

/** Nothing real exists yet (SM W4). */
const isCancelable = ({ buildQueued, workspace }: StockItem): boolean => buildQueued && workspace.phase === 'queued';

function outlived(item: StockItem, snapshot: PoolSnapshot, now: number): Retirement | undefined {
  if (!isCurrent(item, snapshot)) return remove(item.workspace, 'inactive', whyInactive(snapshot));
  if (!isExpired(item, now)) return undefined;
  return remove(item.workspace, 'expired', `its time to live of ${inWords(item.ttlMs ?? 0)} is over`);
}

/** SM W18: a destroy that failed is never given up. */
function retryDelete(workspace: Workspace, now: number): Retirement | undefined {
  if (workspace.nextTryAt !== undefined && workspace.nextTryAt > now) return undefined;
  const reason = `its destroy did not end (attempts: ${String(workspace.attempts)})${because(workspace.lastError)}`;
  return remove(workspace, 'retry', reason);
}

function whyInactive(snapshot: PoolSnapshot): string {
  if (!snapshot.templateActive) return `template ${snapshot.templateName} is deprecated or being deleted`;
  if (snapshot.preset === undefined) return `the active version has no preset "${snapshot.pool.presetName}"`;
  return 'its version is not the active one';
}

function because(error: string | undefined): string {
  const line = error?.split('\n', 1)[0]?.trim().slice(0, 200) ?? '';
  return line === '' ? '' : `: ${line}`;
}

function inWords(ms: number): string {
  return ms % 3_600_000 === 0 ? `${String(ms / 3_600_000)}h` : `${String(Math.round(ms / 60_000))}m`;
}

/** Stock of the active version that serves, or will serve, claims. A stopped prebuild is parked, not stock (Coder 2.4). */
const isLive = (item: StockItem, snapshot: PoolSnapshot): boolean =>
  !isHandsOff(item) && isCurrent(item, snapshot) && isOneOf(item.workspace.phase, ['queued', 'provisioning', 'warming', 'ready']);

const READINESS: readonly Workspace['phase'][] = ['queued', 'provisioning', 'warming', 'ready'];

/**
 * Surplus: unready first, then the oldest. One that is being built is chosen all the same and only goes when its build has ended; a
 * ready one is not given away in its place.
 */
function trim(live: readonly StockItem[], desired: number): readonly Retirement[] {
  const rank = ({ workspace }: StockItem): number => READINESS.indexOf(workspace.phase);
  const reason = `${String(live.length)} exist, ${String(desired)} wanted`;
  return [...live]
    .sort((a, b) => rank(a) - rank(b) || byAge(a, b))
    .slice(0, Math.max(0, live.length - desired))
    .flatMap((item) => {
      const { workspace, hasLiveBuild } = item;
      if (isCancelable(item)) return [cancel(workspace, reason)];
      return hasLiveBuild || !isOneOf(workspace.phase, ['warming', 'ready']) ? [] : [remove(workspace, 'surplus', reason)];
    });
}

interface Filling {
  readonly desired: number;
  readonly now: number;
  readonly live: readonly StockItem[];
  /** Everything that still exists after the deletes above. */
  readonly staying: readonly StockItem[];
}

/**
 * What is missing. A reserved prebuild keeps its slot until its claim begins to apply (SM W11), so only from there on it is replaced:
 * a claim that is released leaves no surplus behind.
 */
function refill(snapshot: PoolSnapshot, { desired, now, live, staying }: Filling): readonly Action[] {
  const claiming = staying.map(({ workspace }) => workspace).filter(({ phase }) => phase === 'claiming');
  const reserved = claiming.filter((workspace) => ownSlot(workspace, snapshot) !== undefined);
  const missing = desired - live.length - reserved.length;
  if (missing <= 0) return [];
  const blocked = hindrance(snapshot, live, now);
  if (blocked !== undefined) return [blocked];
  const count = isProbing(snapshot.pool) ? 1 : missing;
  const reason = countsInWords(live, desired, reserved.length);
  return [{ kind: 'create', count, slotLimit: slotLimit(staying, snapshot, count), reason }];
}

/** A held or half-open pool tries with one prebuild before it makes the rest (SM 4). */
const isProbing = ({ breaker }: Pool): boolean => breaker === 'holding' || breaker === 'half_open';

/** What forbids to create now; the count is looked at too, for a process may be killed between counting and opening the breaker. */
function hindrance({ pool, policy }: PoolSnapshot, live: readonly StockItem[], now: number): Action | undefined {
  const probing = isProbing(pool);
  if (pool.breaker === 'open' || (!probing && reachedLimit(pool, policy))) {
    return { kind: 'limited', reason: `${times(pool.failures)} in a row${because(pool.lastError)}` };
  }
  if (pool.nextTryAt !== undefined && pool.nextTryAt > now) {
    const cause = pool.breaker === 'holding' ? `a problem of class ${pool.errorClass ?? 'environment'}` : times(pool.failures);
    return { kind: 'backoff', untilAt: pool.nextTryAt, reason: `waiting after ${cause}${because(pool.lastError)}` };
  }
  const underWay = probing && live.some(({ workspace }) => workspace.phase !== 'ready');
  return underWay ? { kind: 'limited', reason: `one prebuild is tried before the others${because(pool.lastError)}` } : undefined;
}

function countsInWords(live: readonly StockItem[], desired: number, reserved: number): string {
  const building = live.filter(({ workspace }) => isOneOf(workspace.phase, ['queued', 'provisioning'])).length;
  const parts = [`${String(live.length - building)} of ${String(desired)} running`];
  if (building > 0) parts.push(`${String(building)} being built`);
  if (reserved > 0) parts.push(`${String(reserved)} being claimed`);
  return parts.join(', ');
}

const times = (failures: number): string => `${String(failures)} ${failures === 1 ? 'failure' : 'failures'}`;

/** Slots are counted per preset row, that is per version (SM 5): those of other versions are not in the way. */
const ownSlot = (workspace: Workspace, { preset }: PoolSnapshot): number | undefined =>
  workspace.presetId === preset?.id ? workspace.slot : undefined;

/**
 * The limit below which exactly `count` slots are free. It is `desired` in a pool without gaps. After the pool shrank, its prebuilds
 * may sit above `desired`; then the limit is lower, so that two passes with the same facts collide on the same free slots and never
 * make one prebuild too many.
 */
function slotLimit(staying: readonly StockItem[], snapshot: PoolSnapshot, count: number): number {
  const taken = new Set(staying.map(({ workspace }) => ownSlot(workspace, snapshot)));
  let limit = 0;
  for (let free = 0; free < count; limit += 1) if (!taken.has(limit)) free += 1;
  return limit;
}
