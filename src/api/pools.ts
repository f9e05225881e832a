import type { Action } from '../domain/decide.ts';
import type { Hindrance } from '../domain/hindrance.ts';
import type { HistoryColumns } from '../domain/pool-history.ts';
import type { PoolSummary } from '../domain/summarise.ts';
import type { RunOptions } from './run-options.ts';

/** A pool as its decision counts it, and what else people want to know of it. */
export interface PoolStatus extends PoolSummary {
  readonly organization: string;
  readonly template: string;
  readonly preset: string;
  readonly maxSize: number | undefined;
  readonly paused: boolean;
  readonly draining: boolean;
  /** What keeps it from being as it should now, in one word and in words. */
  readonly hindrance: Hindrance | undefined;
  readonly heldPrebuilds: readonly HeldPrebuild[];
  readonly breaker: string;
  readonly failures: number;
  readonly nextTryAt: number | undefined;
  readonly lastError: string | undefined;
  /** Ready prebuilds that a claim would rebuild, with the reason of one of them. */
  readonly unsafe: number;
  readonly unsafeReason: string | undefined;
  /** Ready prebuilds whose rehearsal says that a claim rebuilds nothing. */
  readonly safe: number;
  /** Stock is refused because a claim would rebuild it (`on_replace: refuse`). */
  readonly degraded: boolean;
  /** Claims of the last week that asked this pool and came to an end. */
  readonly claims: number;
  /** Of these, those that got none of its prebuilds: built cold, or refused. */
  readonly misses: number;
  /** 0..1; undefined when nothing was asked for. */
  readonly hitRate: number | undefined;
  readonly p50ClaimMs: number | undefined;
  readonly p95ClaimMs: number | undefined;
  readonly nextChange: { readonly at: number; readonly instances: number } | undefined;
}

export interface HeldPrebuild {
  readonly name: string;
  readonly heldAt: number;
  readonly heldBy: string | undefined;
  readonly reason: string | undefined;
}

export interface PlannedPool {
  readonly template: string;
  readonly preset: string;
  readonly actions: readonly Action[];
  readonly hindrance: Hindrance | undefined;
}

export interface PrunedPrebuild {
  readonly template: string;
  readonly preset: string;
  readonly name: string;
  readonly failedAt: number | undefined;
  readonly lastError: string | undefined;
  /** false with `dryRun`, and when its destroy failed. */
  readonly deleted: boolean;
}

export interface ReconcileReport {
  readonly created: number;
  readonly deleted: number;
  readonly failed: number;
  readonly canceled: number;
  /** Repairs of what earlier processes left. */
  readonly repaired: number;
  /** Waiting claims without a process that were served. */
  readonly served: number;
  /** Builds whose engines go on alone after an interrupt; the next call looks after them. */
  readonly left?: number | undefined;
  readonly timedOut: boolean;
  readonly paused: boolean;
  readonly pools: readonly PoolStatus[];
}

/** How large each pool was, in equal steps that end now (spec 8.4). */
export interface PoolHistory {
  /** Start of the first step, milliseconds UTC. */
  readonly from: number;
  readonly stepMs: number;
  readonly pools: readonly PoolSeries[];
}

/** Columns of one number per step, as domain/pool-history.ts makes them. */
export interface PoolSeries extends HistoryColumns {
  readonly organization: string;
  readonly template: string;
  readonly preset: string;
}

export interface PoolApi {
  plan(pool?: string): Promise<readonly PlannedPool[]>;
  reconcile(options: RunOptions & { pool?: string | undefined; timeoutMs?: number | undefined }): Promise<ReconcileReport>;
  /** Reconciles until the signal aborts. */
  watch(
    options: RunOptions & { pool?: string | undefined; intervalMs: number; onPass: (report: ReconcileReport) => void },
  ): Promise<void>;
  status(pool?: string): Promise<readonly PoolStatus[]>;
  /** Sizes of the last `hours` (1 to 168); UserError bad_hours for anything else. */
  history(hours: number): Promise<PoolHistory>;
  isPaused(): Promise<boolean>;
  /** Everything, or one pool; resuming a pool also ends its drain. */
  setPaused(paused: boolean, pool?: string): Promise<void>;
  retry(pool: string): Promise<void>;
  /** Empties pools and keeps them empty until they are resumed; with `wait` the deletes are done here. */
  drain(pool: string, options: RunOptions & { wait: boolean }): Promise<ReconcileReport | undefined>;
  /**
   * Marks the stock of a pool, or one prebuild, as not to be handed out any more, or with `rolling` as to be replaced first; with
   * `wait` the pools are reconciled here. Answers the names that were marked.
   */
  invalidate(
    target: string,
    options: RunOptions & { rolling: boolean; wait: boolean },
  ): Promise<{ marked: readonly string[]; report: ReconcileReport | undefined }>;
  /** Destroys failed prebuilds that are kept as evidence. */
  prune(options: RunOptions & { pool: string | undefined; dryRun: boolean }): Promise<readonly PrunedPrebuild[]>;
}
