import type { PoolSnapshot } from './snapshot.ts';
import { desiredOf, isCurrent, isEligible, isExpired, isHandsOff, isOneOf } from './stock.ts';
import { isPrebuild, type WorkspacePhase } from './types.ts';

/** Counts of one pool, from the same facts that the decision uses; old versions are included where not said otherwise. */
export interface PoolSummary {
  readonly desired: number;
  /** Built, ready or not, expired ones included (Coder 2.3, "actual"). */
  readonly running: number;
  /** May be claimed now. */
  readonly eligible: number;
  /** Queued or being built. */
  readonly building: number;
  /** Failed or quarantined, waiting to be deleted. */
  readonly failed: number;
  /** Of the running ones, those over their time to live. */
  readonly expired: number;
  /** Parked by an operator; counted nowhere else. */
  readonly held: number;
  readonly deleting: number;
  /** Of the running ones, those that are not as the pool makes them now: of another version, invalidated, for another access URL. */
  readonly stale: number;
  /** Workspaces of this pool that people have. */
  readonly claimed: number;
  /** Claims that wait for it. */
  readonly waiting: number;
}

/** Counts a pool at `now`. A prebuild that is being claimed is counted nowhere: it is as good as gone. */
export function summarise(snapshot: PoolSnapshot, now: number): PoolSummary {
  const stock = snapshot.stock.filter(({ workspace }) => isPrebuild(workspace));
  const free = stock.filter(({ workspace }) => workspace.heldAt === undefined);
  const running = free.filter(({ workspace }) => isOneOf(workspace.phase, ['warming', 'ready']));
  const inPhase = (...phases: WorkspacePhase[]): number =>
    free.filter(({ workspace }) => phases.includes(workspace.phase)).length;
  return {
    desired: desiredOf(snapshot, now),
    running: running.length,
    eligible: free.filter((item) => isEligible(item, snapshot, now)).length,
    building: inPhase('queued', 'provisioning'),
    failed: inPhase('failed', 'quarantined'),
    expired: running.filter((item) => isExpired(item, now)).length,
    held: stock.length - free.length,
    deleting: inPhase('deleting'),
    stale: running.filter((item) => !isHandsOff(item) && !isCurrent(item, snapshot)).length,
    claimed: snapshot.claimed,
    waiting: snapshot.waiting,
  };
}
