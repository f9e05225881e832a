import type { Pool, Preset, Workspace } from './types.ts';

/** Policy of one pool as configured (spec 3, "Pool policy"); durations in ms. */
export interface PoolPolicy {
  readonly failuresLimit: number;
  readonly backoff: { readonly baseMs: number; readonly factor: number; readonly capMs: number };
}

/** Facts of one pool at one instant: everything the decision may look at. */
export interface PoolSnapshot {
  readonly pool: Pool;
  readonly templateName: string;
  /** Template neither deprecated nor being deleted. */
  readonly templateActive: boolean;
  readonly activeVersionId: string | undefined;
  /** The preset of the active version; undefined when the active version has no preset of this name. */
  readonly preset: Preset | undefined;
  /** All workspaces of this pool (any version, same preset name) that are owned by `prebuilds` and not deleted. */
  readonly stock: readonly StockItem[];
  readonly paused: boolean;
  readonly policy: PoolPolicy;
}

export interface StockItem {
  readonly workspace: Workspace;
  /** TTL of the preset row it was built from. */
  readonly ttlMs: number | undefined;
  readonly hasLiveBuild: boolean;
  /** The live build is queued: nothing real exists yet. */
  readonly buildQueued: boolean;
}
