import { byAge, remove, type Removal } from './actions.ts';
import { failedReason } from './retire.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';

interface Question {
  readonly snapshot: PoolSnapshot;
  readonly now: number;
  /** How many must give way to prebuilds that `max_size` leaves no room for. */
  readonly needed: number;
}

/**
 * Failed prebuilds are kept as evidence: the newest `failures.keep` of the pool, each for `failures.keep_for` (spec 5.2, SM W15). Those
 * that take the room of a prebuild which could be made now give way, the oldest first: evidence never stops a pool.
 */
export function retireEvidence(failed: readonly StockItem[], { snapshot, now, needed }: Question): readonly Removal[] {
  const { policy, clockJumped } = snapshot;
  const newest = [...failed].sort((a, b) => failedAt(b) - failedAt(a) || byAge(b, a));
  const over = newest.filter(
    (item, index) => index >= policy.failuresKeep || (!clockJumped && now - failedAt(item) > policy.failuresKeepForMs),
  );
  const kept = newest.filter((item) => !over.includes(item));
  const giving = needed > over.length ? kept.slice(Math.max(0, kept.length - (needed - over.length))) : [];
  return [
    ...over.map(({ workspace }) => remove(workspace, 'failed', failedReason(workspace))),
    ...giving.map(({ workspace }) => remove(workspace, 'evidence', 'it is evidence, and max_size leaves no room for a prebuild')),
  ];
}

const failedAt = ({ workspace }: StockItem): number => workspace.failedAt ?? workspace.createdAt;
