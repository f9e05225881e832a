/**
 * Upper bounds of the histograms, in seconds (SM section 5, "Counters"). Those that Coder has too have its bounds (Coder 7.1). A list
 * may change: what was observed before is counted by the bound it had then.
 */
export const BUCKETS = {
  reconcile_duration: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  claim_build_duration: [1, 5, 10, 20, 30, 60, 120, 180, 240, 300],
  creation_duration: [1, 10, 30, 60, 300, 600, 1800, 3600],
  ready_duration: [1, 10, 30, 60, 300, 600, 1800, 3600],
  queue_wait: [0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 900, 1800],
  claim_duration: [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600],
  claim_phase: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
  build_duration: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
} as const satisfies Readonly<Record<string, readonly number[]>>;
export type HistogramName = keyof typeof BUCKETS;

export type Labels = Readonly<Record<string, string>>;

export interface CounterRow {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramRow {
  readonly name: string;
  readonly labels: Labels;
  /** What fell into each bucket alone, by its upper bound in seconds; what lies above the last bound is only in `count`. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
}

/** How many of something a pool has. */
export interface PoolCount {
  readonly organization: string;
  readonly template: string;
  readonly preset: string;
  readonly count: number;
}

/** What the store has measured and what it counts on demand, at one instant; the facts of metrics that are not in a pool's snapshot. */
export interface Measurements {
  readonly histograms: readonly HistogramRow[];
  /** Claims that wait for a prebuild. */
  readonly waiting: readonly PoolCount[];
  /** Workspaces whose destruction failed and was not repeated with success. */
  readonly failedDeletes: readonly PoolCount[];
  readonly liveBuilds: { readonly queued: number; readonly running: number };
  /** Objects that may exist outside every state (SM R5). */
  readonly openSuspects: number;
  /** Objects that the last sweep of a source could not account for. */
  readonly unaccounted: readonly { readonly source: string; readonly count: number }[];
  /** When the pools were last looked at and acted upon; undefined = never. */
  readonly reconciledAt: number | undefined;
}
