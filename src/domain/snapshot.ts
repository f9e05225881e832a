import type { Pool, Preset, Workspace } from './types.ts';

/** Policy of one pool as configured (spec 3, "Pool policy"); durations in ms. */
export interface PoolPolicy {
  readonly failuresLimit: number;
  /** Failed prebuilds kept as evidence, per pool, and for how long (spec 5.2). */
  readonly failuresKeep: number;
  readonly failuresKeepForMs: number;
  /** Claimed and unclaimed workspaces of the pool at most; undefined = no limit. */
  readonly maxSize: number | undefined;
  /** Prebuilds above the desired number while expired or old ones are replaced (spec 5.2, 5.5). */
  readonly surge: number;
  readonly rollout: 'recreate' | 'rolling';
  /** Whether a claim may rebuild something (spec 6.3); `refuse` makes a prebuild that would be rebuilt ineligible. */
  readonly onReplace: 'allow' | 'refuse';
  /** Prebuilds started per minute at most; undefined = no limit. */
  readonly startRate: number | undefined;
  /** Fill a growing pool so early that it is full when its schedule says so. */
  readonly readyBy: boolean;
  readonly backoff: { readonly baseMs: number; readonly factor: number; readonly capMs: number };
  /** Builds that the pools of this host make at once (lane pool, spec 5.4). */
  readonly poolJobs: number;
  /** Where agents of new builds report to: a change of it changes what a claim of a template with agents does (spec 4.3). */
  readonly accessUrl: string;
}

/** Facts of one pool at one instant: everything the decision may look at. */
export interface PoolSnapshot {
  readonly pool: Pool;
  readonly templateName: string;
  readonly organization: string;
  /** Template neither deprecated nor being deleted. */
  readonly templateActive: boolean;
  readonly activeVersionId: string | undefined;
  readonly activeFingerprint: string | undefined;
  /** The active version has agents, so that its workspaces depend on the access URL. */
  readonly activeAgents: boolean;
  /** The preset of the active version; undefined when the active version has no preset of this name. */
  readonly preset: Preset | undefined;
  /** All workspaces of this pool (any version, same preset name) that are owned by `prebuilds` and not deleted. */
  readonly stock: readonly StockItem[];
  /** Workspaces of this template and preset name that people have. */
  readonly claimed: number;
  /** Claims that wait for this pool: it makes one prebuild more for each (SM section 3). */
  readonly waiting: number;
  /** When the prebuilds of the last minute were started, oldest first; read only where a start rate is set. */
  readonly recentStarts: readonly number[];
  /** How long the last prebuilds took from start to ready, in ms; read only where `readyBy` is set. */
  readonly buildTimesMs: readonly number[];
  readonly paused: boolean;
  /** The clock jumped before this pass: nothing is done because of an age or of a size (SM R10). */
  readonly clockJumped: boolean;
  readonly policy: PoolPolicy;
}

export interface StockItem {
  readonly workspace: Workspace;
  /** TTL of the preset row it was built from. */
  readonly ttlMs: number | undefined;
  readonly hasLiveBuild: boolean;
  /** The live build is queued: nothing real exists yet. */
  readonly buildQueued: boolean;
  /** Its preset has the same parameters as that of the active version, and the versions have the same parameter schema (SM 1). */
  readonly sameShape: boolean;
  /** Access URL that it was built with. */
  readonly accessUrl: string;
  /** An agent of it was heard once, and a server that was up misses it (SM R11). */
  readonly agentLost: boolean;
}
