import type { CounterRow, Measurements } from '../domain/measurements.ts';
import type { PoolSnapshot } from '../domain/snapshot.ts';
import { isCurrent } from '../domain/stock.ts';
import { summarise, type PoolSummary } from '../domain/summarise.ts';
import { isPrebuild, type BreakerState } from '../domain/types.ts';

/** One pool as metrics see it, from the snapshot that decisions are made from. */
export interface PoolFacts {
  readonly organization: string;
  readonly template: string;
  readonly preset: string;
  /** Of the active version alone, as Coder counts; undefined when that version has no such preset. */
  readonly active: PoolSummary | undefined;
  /** Of all versions. */
  readonly all: PoolSummary;
  /** Ready or warming prebuilds of which a claim would rebuild something (spec 6.4). */
  readonly unsafe: number;
  readonly breaker: BreakerState;
  readonly failures: number;
  readonly paused: boolean;
  readonly draining: boolean;
  /** The values of the active version's preset break the template's own rules: nothing can be built from it. */
  readonly invalid: boolean;
}

/** Everything that the metrics of one moment are made of. */
export interface MetricFacts extends Measurements {
  readonly version: string;
  /** When the facts were read, in milliseconds UTC. */
  readonly at: number;
  readonly counters: readonly CounterRow[];
  readonly pools: readonly PoolFacts[];
  /** The pause of everything. */
  readonly paused: boolean;
}

/** Counts one pool at `now`. */
export function poolFacts(snapshot: PoolSnapshot, now: number, invalid: boolean): PoolFacts {
  const { pool, preset, stock } = snapshot;
  const all = summarise(snapshot, now);
  const current = stock.filter((item) => isCurrent(item, snapshot));
  const unsafe = stock.filter(
    ({ workspace }) =>
      isPrebuild(workspace) &&
      workspace.heldAt === undefined &&
      workspace.claimSafety === 'unsafe' &&
      (workspace.phase === 'warming' || workspace.phase === 'ready'),
  );
  return {
    organization: snapshot.organization,
    template: snapshot.templateName,
    preset: pool.presetName,
    active: preset === undefined ? undefined : summarise({ ...snapshot, stock: current }, now),
    all,
    unsafe: unsafe.length,
    breaker: pool.breaker,
    failures: pool.failures,
    paused: snapshot.paused || pool.pausedAt !== undefined,
    draining: pool.drainingAt !== undefined,
    invalid,
  };
}
