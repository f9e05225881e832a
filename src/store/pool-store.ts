import type { PassTime } from '../domain/clock-jump.ts';
import type { PoolPolicy, PoolSnapshot } from '../domain/decide.ts';
import type { CounterRow } from '../domain/measurements.ts';
import type { PoolCounts, PoolSample } from '../domain/pool-history.ts';
import type { Build, ParameterValues, Pool, Workspace } from '../domain/types.ts';
import type { Actor } from './actor.ts';

export interface PoolStore {
  getPool(templateId: string, presetName: string): Promise<Pool | undefined>;
  /** Every pool of every template not deleted, in template and preset order. `policyOf` gives each its policy. */
  snapshot(policyOf: (template: string, preset: string) => PoolPolicy): Promise<readonly PoolSnapshot[]>;
  isPaused(): Promise<boolean>;
  setPaused(paused: boolean, actor: Actor): Promise<void>;
  /** Pauses or resumes one pool; resuming also ends a drain. false = it was so already. */
  setPoolPaused(templateId: string, presetName: string, paused: boolean, actor: Actor): Promise<boolean>;
  /** From here the pool's unclaimed stock goes and none is made, until it is resumed. false = it was so already. */
  drainPool(templateId: string, presetName: string, actor: Actor): Promise<boolean>;
  /**
   * Marks prebuilds as to be deleted at once, or with `rolling` as to be replaced and claimable until then. Held and reserved ones are
   * marked too, which counts when they are stock again. Returns those that were marked now.
   */
  invalidatePrebuilds(workspaceIds: readonly string[], rolling: boolean, actor: Actor): Promise<readonly string[]>;
  /** Remembers when this pass was; tells a jump of the clock since the last one as an event `clock_jump` (SM R10). */
  beginPass(time: Omit<PassTime, 'wallAt'>): Promise<{ jumped: boolean }>;
  /** Closes the breaker, failures = 0. */
  retryPool(templateId: string, presetName: string, actor: Actor): Promise<void>;
  /** Writes breaker and next try of a pool that failed or backs off. */
  setPoolBreaker(
    templateId: string,
    presetName: string,
    next: Pick<Pool, 'breaker' | 'nextTryAt'>,
    reason: string,
  ): Promise<void>;
  /** W1: one prebuild on the lowest free slot below `slotLimit`, with build 1 `start/create` queued; undefined when the guard says no. */
  createPrebuild(input: {
    presetId: string;
    slotLimit: number;
    name: string;
    parameters: ParameterValues;
    accessUrl: string;
    reason: string;
    /** Claimed and unclaimed of this pool at most, counted again in the transaction. */
    maxSize?: number | undefined;
    /** Set for the one that tries again: an open breaker that opened before this instant becomes half open (SM 4). */
    probeOpenedBefore?: number | undefined;
  }): Promise<{ workspace: Workspace; build: Build } | undefined>;
  counters(): Promise<readonly CounterRow[]>;
  /** Remembers how large pools are, where it changed or was not noted for some minutes (domain/pool-history.ts). */
  recordPoolSizes(pools: readonly SizedPool[]): Promise<void>;
  /** What is remembered from `since` on, by organisation, template and preset, oldest first. */
  poolSamples(since: number): Promise<readonly NamedSample[]>;
}

export type PoolKey = Pick<Pool, 'templateId' | 'presetName'>;

export interface SizedPool extends PoolKey {
  readonly counts: PoolCounts;
}

export interface NamedSample extends PoolSample, PoolKey {
  readonly organization: string;
  readonly template: string;
}
