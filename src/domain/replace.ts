import { remove, type Removal } from './actions.ts';
import { startsLeft } from './hindrance.ts';
import { expiredReason, whyOutdated } from './retire.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';

interface Old {
  /** Claimable until replaced, oldest first. */
  readonly rolling: readonly StockItem[];
  /** Healthy but expired, oldest first. */
  readonly expired: readonly StockItem[];
  /** Nothing can be made now. */
  readonly blocked: boolean;
}

interface State {
  readonly snapshot: PoolSnapshot;
  readonly now: number;
  readonly wanted: number;
  readonly keep: number;
  readonly missing: number;
  readonly room: number;
  readonly live: readonly StockItem[];
  readonly reserved: number;
  /** Deletes under way or just decided: room that comes. */
  readonly going: number;
}

/**
 * Which old prebuilds go now (spec 5.2, 5.5). A claimable one goes when the pool is full without it, so one old goes per new one ready;
 * an expired one goes when every place is served. Where nothing can be made beside them, because `surge` is 0 or `max_size` is
 * reached, the expired go at once and the claimable ones one at a time, each before its replacement, and only while builds work.
 */
export function replaceOld(old: Old, state: State): readonly Removal[] {
  const { snapshot, live, wanted, keep, reserved } = state;
  if (snapshot.clockJumped) return [];
  const ready = live.filter(({ workspace }) => workspace.phase === 'ready').length;
  const served = old.rolling.slice(0, Math.max(0, ready + old.rolling.length - keep));
  const rolling = old.rolling.slice(served.length);
  const warmed = mayWarmBeside(state, live.length - ready);
  const places = warmed ? Math.max(0, wanted - ready - rolling.length - reserved) : 0;
  const expired = old.expired.slice(0, Math.max(0, old.expired.length - places));
  const given = makesWay({ ...state, rolling, expiredLeft: old.expired.length - expired.length, ready, blocked: old.blocked });
  return [
    ...served.map((item) => replaced(item, snapshot, 'and the pool is full without it')),
    ...given.map((item) => replaced(item, snapshot, 'and there is no room to build its replacement beside it')),
    ...expired.map((item) => remove(item.workspace, 'expired', expiredReason(item))),
  ];
}

const replaced = (item: StockItem, snapshot: PoolSnapshot, why: string): Removal =>
  remove(item.workspace, 'replaced', `${whyOutdated(item, snapshot).reason}, ${why}`);

const mayWarmBeside = ({ snapshot, room, going }: State, unready: number): boolean =>
  snapshot.policy.surge > 0 && (unready > 0 || room + going > 0);

/** The one claimable old prebuild that is given up for its replacement, when there is no other way. */
function makesWay(
  state: State & {
    readonly rolling: readonly StockItem[];
    readonly expiredLeft: number;
    readonly ready: number;
    readonly blocked: boolean;
  },
): readonly StockItem[] {
  const { snapshot, now, live, rolling, missing, room, going, wanted, reserved, expiredLeft, ready, blocked } = state;
  if (missing <= 0 || blocked || live.length > ready || startsLeft(snapshot, now).count === 0) return [];
  const space = wanted + snapshot.policy.surge - live.length - rolling.length - reserved - expiredLeft;
  if (space > 0 && room > 0) return [];
  // By max_size there is room only when the delete has ended, and none at all while too many are claimed.
  return room > 0 || (room === 0 && going === 0) ? rolling.slice(0, 1) : [];
}
