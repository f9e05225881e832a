import { isAbandonedClaim, repairClaim } from '../claim/repair.ts';
import { decide, type PoolSnapshot } from '../domain/decide.ts';
import { SYSTEM_USER, type Build } from '../domain/types.ts';
import { messageOf } from '../kit/errors.ts';
import type { BuildEnd } from '../workspace/conclude.ts';
import type { DriveOptions } from '../workspace/drive.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import type { PoolDeps } from './deps.ts';
import { executeAction } from './execute.ts';
import { finishPoolBuild, makeReady } from './prebuild.ts';

export interface PassOptions extends Pick<DriveOptions, 'signal' | 'onProgress' | 'providerSession'> {
  /** Only this pool; undefined = all. */
  readonly only?: ((snapshot: PoolSnapshot) => boolean) | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface PassCounts {
  created: number;
  deleted: number;
  failed: number;
  canceled: number;
  repaired: number;
  timedOut: boolean;
}

interface Pass {
  readonly deps: PoolDeps;
  readonly options: PassOptions;
  readonly counts: PassCounts;
  /** Builds that this process drives now, by build id. */
  readonly running: Map<string, Promise<void>>;
  /** Workspaces that this process works on, from the first step to readiness. */
  readonly busy: Set<string>;
}

/** How often a pass looks at the world while its own builds run. */
const LOOK_AGAIN_MS = 1000;

/**
 * Makes the pools match (spec 5): repair what killed processes left, decide from a fresh snapshot, execute, and again until
 * nothing is left to do, the time is over or the caller is interrupted. Any number of passes may overlap: each change is a
 * compare-and-set, and a pass never waits for builds that another live process drives.
 */
export async function reconcile(deps: PoolDeps, options: PassOptions): Promise<PassCounts> {
  const counts: PassCounts = { created: 0, deleted: 0, failed: 0, canceled: 0, repaired: 0, timedOut: false };
  const pass: Pass = { deps, options, counts, running: new Map(), busy: new Set() };
  const deadline = options.timeoutMs === undefined ? Infinity : deps.clock.monotonic() + options.timeoutMs;
  for (;;) {
    const stopping = options.signal?.aborted === true || deps.clock.monotonic() > deadline;
    if (!stopping) await look(pass);
    if (pass.running.size === 0) break;
    if (options.signal?.aborted === true) {
      await Promise.allSettled(pass.running.values());
      break;
    }
    if (deps.clock.monotonic() > deadline) {
      counts.timedOut = true;
      break;
    }
    const waker = new AbortController();
    await Promise.race([...pass.running.values(), deps.clock.sleep(LOOK_AGAIN_MS, waker.signal)]);
    waker.abort();
  }
  return counts;
}

/** One look at the world: repairs first, then people's leftovers, then the pools. One pool's failure never stops another's. */
async function look(pass: Pass): Promise<void> {
  const { deps } = pass;
  await repairLeftovers(pass);
  if (await deps.store.isPaused()) return;
  const snapshots = await deps.store.snapshot((template, preset) => deps.policyOf(template, preset));
  for (const snapshot of snapshots.filter(pass.options.only ?? (() => true))) {
    try {
      await lookAtPool(pass, snapshot);
    } catch (error) {
      deps.logger.error('coderd.prebuilds: reconciling a pool failed', {
        template: snapshot.templateName,
        preset: snapshot.pool.presetName,
        error: messageOf(error),
      });
    }
  }
}

async function lookAtPool(pass: Pass, snapshot: PoolSnapshot): Promise<void> {
  const { deps } = pass;
  for (const { workspace, hasLiveBuild } of snapshot.stock) {
    if (workspace.phase === 'warming' && !hasLiveBuild && !pass.busy.has(workspace.id)) warm(pass, workspace.id);
  }
  for (const action of decide(snapshot, deps.clock.now())) {
    const builds = await executeAction(deps, snapshot, action, Math.max(0, deps.jobs - pass.running.size));
    if (action.kind === 'cancel') pass.counts.canceled += 1;
    for (const build of builds) start(pass, build);
  }
}

/** A prebuild whose creator was killed between its apply and its readiness goes on here. */
function warm(pass: Pass, workspaceId: string): void {
  track(pass, workspaceId, workspaceId, async () => {
    await makeReady(pass.deps, await pass.deps.store.getWorkspace(workspaceId), pass.options.signal);
  });
}

async function repairLeftovers(pass: Pass): Promise<void> {
  const { deps, counts, options } = pass;
  for (const claim of await deps.store.openClaims()) {
    if (!isAbandonedClaim(claim) || pass.running.has(claim.id)) continue;
    track(pass, claim.id, claim.workspaceId, async () => {
      if ((await repairClaim(deps, claim, options, false)) === 'repaired') counts.repaired += 1;
    });
  }
  for (const build of await deps.store.liveBuilds()) {
    if (build.stage === 'claim' || pass.running.has(build.id) || !isAbandoned(build)) continue;
    if (build.initiatorId === SYSTEM_USER.id) {
      if (build.state !== 'queued') counts.repaired += 1;
      start(pass, build);
      continue;
    }
    track(pass, build.id, build.workspaceId, async () => {
      const end = await repairBuild(deps, build, options);
      if (end.state === 'succeeded' || end.state === 'failed') counts.repaired += 1;
    });
  }
}

/** Drives one of the pool's builds as soon as one of the host's job slots is free. */
function start(pass: Pass, build: Build): void {
  const { deps, options } = pass;
  if (pass.running.has(build.id)) return;
  track(pass, build.id, build.workspaceId, async () => {
    while (!(await deps.store.takeSlot(build.id, deps.jobs))) {
      if (options.signal?.aborted === true) return;
      await deps.clock.sleep(100, options.signal);
    }
    count(pass.counts, build, await finishPoolBuild(deps, build, options));
  });
}

function count(counts: PassCounts, build: Build, end: BuildEnd): void {
  if (end.state === 'succeeded' && build.transition === 'delete') counts.deleted += 1;
  if (end.state === 'succeeded' && build.stage === 'create') counts.created += 1;
  if (end.state === 'failed') counts.failed += 1;
  if (end.state === 'canceled') counts.canceled += 1;
}

function track(pass: Pass, key: string, workspaceId: string | undefined, work: () => Promise<void>): void {
  if (workspaceId !== undefined) pass.busy.add(workspaceId);
  const running = work()
    .catch((error: unknown) => {
      pass.deps.logger.error('coderd.prebuilds: a build could not be driven', { error: messageOf(error) });
      pass.counts.failed += 1;
    })
    .finally(() => {
      pass.running.delete(key);
      if (workspaceId !== undefined) pass.busy.delete(workspaceId);
    });
  pass.running.set(key, running);
}
