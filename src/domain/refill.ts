import type { Action } from './actions.ts';
import { breakerHindrance, isProbing, startsLeft, type Hindrance } from './hindrance.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { isOneOf } from './stock.ts';
import type { Workspace } from './types.ts';

interface Filling {
  readonly snapshot: PoolSnapshot;
  readonly now: number;
  readonly wanted: number;
  readonly missing: number;
  /** Workspaces that may still be made by max_size. */
  readonly room: number;
  readonly live: readonly StockItem[];
  readonly reserved: number;
}

/** What forbids to make anything now although something is missing, leaving room and rates aside. */
export const whatBlocks = ({ snapshot, live, missing, now }: Filling): Hindrance | undefined =>
  missing > 0 ? breakerHindrance(snapshot, live, now) : undefined;

/**
 * What is missing. A reserved prebuild keeps its slot until its claim begins to apply (SM W11), so only from there on it is replaced:
 * a claim that is released leaves no surplus behind. Old prebuilds that wait for their replacement may be exceeded by `surge`.
 */
export function refill(
  filling: Filling & {
    readonly blocked: Hindrance | undefined;
    /** Old prebuilds that stay until they are replaced. */
    readonly kept: number;
    /** Everything that still exists after the deletes of this decision. */
    readonly staying: readonly StockItem[];
  },
): readonly Action[] {
  const { snapshot, now, wanted, missing, room, live, reserved, blocked, kept, staying } = filling;
  if (missing <= 0) return [];
  if (blocked !== undefined) return [toAction(blocked)];
  const beside = wanted + snapshot.policy.surge - live.length - reserved - kept;
  const free = Math.min(missing, kept === 0 ? missing : beside);
  // Replacements are under way, or old ones go first: the next pass goes on.
  if (free <= 0) return [];
  const probe = isProbing(snapshot, now);
  const starts = startsLeft(snapshot, now);
  const count = Math.min(free, room, starts.count, probe ? 1 : Infinity);
  if (count <= 0) return [toAction(room <= 0 ? full(snapshot) : rated(snapshot, starts.nextAt))];
  const reason = countsInWords(live, wanted, reserved);
  return [{ kind: 'create', count, slotLimit: slotLimit(staying, snapshot, count), probe, reason }];
}

const full = ({ policy, claimed }: PoolSnapshot): Hindrance => ({
  code: 'max_size',
  reason: `max_size of ${String(policy.maxSize)} is reached (${String(claimed)} claimed)`,
});

const rated = ({ policy }: PoolSnapshot, untilAt: number | undefined): Hindrance => ({
  code: 'start_rate',
  untilAt,
  reason: `start_rate of ${String(policy.startRate)} a minute is reached`,
});

/** A hindrance with a known end that needs nobody is a wait; an open breaker is a stop, although it tries again by itself. */
function toAction({ code, reason, untilAt }: Hindrance): Action {
  if (untilAt === undefined) return { kind: 'limited', code, reason };
  return { kind: code === 'limited' ? 'limited' : 'backoff', code, untilAt, reason };
}

function countsInWords(live: readonly StockItem[], wanted: number, reserved: number): string {
  const building = live.filter(({ workspace }) => isOneOf(workspace.phase, ['queued', 'provisioning'])).length;
  const parts = [`${String(live.length - building)} of ${String(wanted)} running`];
  if (building > 0) parts.push(`${String(building)} being built`);
  if (reserved > 0) parts.push(`${String(reserved)} being claimed`);
  return parts.join(', ');
}

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
