import { setImmediate as turn } from 'node:timers/promises';
import { isInLine, serveInLine } from '../claim/detached.ts';
import { isAbandonedClaim, repairClaim } from '../claim/repair.ts';
import type { PoolSnapshot } from '../domain/decide.ts';
import { summarise } from '../domain/summarise.ts';
import { SYSTEM_USER, type Build, type Claim } from '../domain/types.ts';
import { messageOf, StoreError } from '../kit/errors.ts';
import type { DriveOptions } from '../workspace/drive-options.ts';
import { collectGarbage } from '../workspace/garbage.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import { actOnPools } from './act.ts';
import type { PoolDeps } from './deps.ts';
import { createBackground, type Background } from './background.ts';
import { endExpired } from './expiry.ts';
import { checkHealth } from './health.ts';
import { retireLost } from './lost.ts';
import { settlePeople } from './people.ts';
import { finishPoolBuild, makeReady } from './prebuild.ts';
import { closeLeftRehearsals, rehearseStock } from './rehearsals.ts';
import { createTries, type Tries } from './tries.ts';

export interface PassOptions extends Pick<DriveOptions, 'signal' | 'onProgress' | 'providerSession'> {
  /** Only this pool; undefined = all. */
  readonly only?: ((snapshot: PoolSnapshot) => boolean) | undefined;
  readonly timeoutMs?: number | undefined;
  /**
   * Resolves when something happened in the store, not before `afterMs`, or when the signal aborts: the pass looks again then, and not only when a
   * second is over. Absent = only then.
   */
  readonly news?: ((afterMs: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Leftovers on disk stay: whoever runs passes all the time removes them now and then. */
  readonly untidy?: boolean | undefined;
}

export interface PassCounts {
  created: number;
  deleted: number;
  failed: number;
  canceled: number;
  repaired: number;
  /** Waiting claims without a process that were served. */
  served: number;
  /** Builds whose engines go on without this process, which was interrupted. */
  left: number;
  timedOut: boolean;
  /** All pools as they are at the end, where the last look found nothing to do and so knows them. */
  world: readonly PoolSnapshot[] | undefined;
}

interface Pass {
  readonly deps: PoolDeps;
  readonly options: PassOptions;
  readonly counts: PassCounts;
  /** Builds that this process drives now, by build id. */
  readonly running: Map<string, Promise<void>>;
  /** Workspaces that this process works on, from the first step to readiness. */
  readonly busy: Set<string>;
  /** What could not be driven: not tried again in this pass, or it would begin again at once for ever. */
  readonly left: Set<string>;
  /** Built, and nobody can hear their agents: a later call may. */
  readonly unheard: Set<string>;
  /** How many of `running` have ended. */
  ended: number;
  /** Builds of one kind ask for a job slot one after the other. */
  readonly turns: Map<Build['transition'], Promise<void>>;
  readonly tries: Tries;
  /** The removal of leftovers, once it has begun. */
  cleaning: Promise<void> | undefined;
  /** The clock jumped before or during this call, so nothing expires and nothing is trimmed in it (SM R10). */
  clockJumped: boolean;
  /** People's workspaces whose agents this call has listened for. */
  readonly heard: Set<string>;
  /** Rehearsals and health checks. */
  readonly background: Background;
  /** The store refused a write, as on a full disk: what it concerned stays this process's until the process ends, so the pass ends too. */
  broken: StoreError | undefined;
}

/** How often a pass looks at the world while its own builds run. */
const LOOK_AGAIN_MS = 1000;
/** What happens is looked at after this many times of what the look before took, but not later than this. */
const REST = 4;
const LONGEST_REST_MS = 4000;

/**
 * Makes the pools match (spec 5): repair what killed processes left, decide from a fresh snapshot, execute, and again until
 * nothing is left to do, the time is over or the caller is interrupted. Any number of passes may overlap: each change is a
 * compare-and-set, and a pass never waits for builds that another live process drives.
 */
export async function reconcile(deps: PoolDeps, options: PassOptions): Promise<PassCounts> {
  const counts = newCounts();
  const pass: Pass = { deps, options, counts, ...newPass(options), background: createBackground(deps.logger, options.signal) };
  const deadline = options.timeoutMs === undefined ? Infinity : deps.clock.monotonic() + options.timeoutMs;
  for (;;) {
    const stopping = isStopping(pass) || deps.clock.monotonic() > deadline;
    const before = endedOf(pass);
    const lookMs = stopping ? 0 : await timedLook(pass);
    tidy(pass);
    // What ended while the world was looked at may not have been seen: nothing ends in the last look.
    if (isIdle(pass) && (stopping || endedOf(pass) === before)) break;
    counts.world = undefined;
    if (options.signal?.aborted === true) {
      await Promise.allSettled(pass.running.values());
      break;
    }
    if (deps.clock.monotonic() > deadline) {
      counts.timedOut = true;
      break;
    }
    await untilSomethingEnds(pass, lookMs);
  }
  await pass.background.end();
  await pass.cleaning;
  if (pass.broken !== undefined) throw pass.broken;
  return counts;
}

/** Nobody waits for what is left over on disk, so it goes after the first look: the first engines come before it. */
function tidy(pass: Pass): void {
  if (pass.options.untidy !== true) pass.cleaning ??= collectGarbage(pass.deps);
}

/**
 * A build or work in the background ends, something happened, or a second is over. A server has others to serve, so there a look is followed by a rest
 * that is longer than it, whatever happens: with many workspaces, looks without a rest are all that the process would do.
 */
async function untilSomethingEnds(pass: Pass, lookMs: number): Promise<void> {
  const { deps, options, running, background } = pass;
  const waker = new AbortController();
  const { signal } = waker;
  // All may be over by now.
  const ends = isIdle(pass) ? Promise.resolve() : Promise.race([...running.values(), ...background.work()]);
  if (options.news === undefined) await Promise.race([ends, deps.clock.sleep(LOOK_AGAIN_MS, signal)]);
  else {
    const restMs = Math.min(LONGEST_REST_MS, lookMs * REST);
    const rested = deps.clock.sleep(restMs, AbortSignal.any([signal, ...(options.signal === undefined ? [] : [options.signal])]));
    const again = deps.clock.sleep(Math.max(LOOK_AGAIN_MS, restMs), signal);
    await Promise.race([ends.then(() => rested), options.news(restMs, signal), again]);
  }
  waker.abort();
}

const newCounts = (): PassCounts => ({
  created: 0,
  deleted: 0,
  failed: 0,
  canceled: 0,
  repaired: 0,
  served: 0,
  left: 0,
  timedOut: false,
  world: undefined,
});

const newPass = ({ news }: PassOptions): Omit<Pass, 'deps' | 'options' | 'counts' | 'background'> => ({
  running: new Map(),
  busy: new Set(),
  left: new Set(),
  unheard: new Set(),
  ended: 0,
  turns: new Map(),
  heard: new Set(),
  tries: createTries({ endless: news !== undefined }),
  cleaning: undefined,
  clockJumped: false,
  broken: undefined,
});

const isIdle = ({ running, background }: Pass): boolean => running.size === 0 && background.work().length === 0;
const endedOf = ({ ended, background }: Pass): number => ended + background.ended();

const isStopping = ({ options, broken }: Pass): boolean => options.signal?.aborted === true || broken !== undefined;

async function timedLook(pass: Pass): Promise<number> {
  const startedAt = pass.deps.clock.monotonic();
  await look(pass);
  return pass.deps.clock.monotonic() - startedAt;
}

/** One look at the world: repairs first, then people's leftovers, then the pools. */
async function look(pass: Pass): Promise<void> {
  const { deps } = pass;
  const startedAt = deps.clock.monotonic();
  const { jumped } = await deps.store.beginPass({ uptimeMs: deps.uptimeMs(), bootId: deps.me.bootId });
  if (jumped) pass.clockJumped = true;
  await repairLeftovers(pass);
  await hearPeople(pass);
  if (!pass.clockJumped) {
    await endExpired(deps, (build) => {
      start(pass, build);
    });
  }
  const all = await readWorld(deps);
  if (all === undefined) return;
  // The store answers without a turn of the event loop: others of this process get one between the parts of a look.
  await turn();
  const pools = all.filter(pass.options.only ?? (() => true)).map((one) => ({ ...one, clockJumped: pass.clockJumped }));
  warmLeft(pass, pools);
  const acted = await actOnPools(deps, pools, roomFor(all, deps.lanes.pool), {
    tries: pass.tries,
    canceled: () => {
      pass.counts.canceled += 1;
    },
    queued: (build) => {
      start(pass, build);
    },
  });
  if (!acted) pass.counts.world = all;
  for (const { workspace } of pools.flatMap(withoutSlot)) await deps.store.regainSlot(workspace.id);
  await deps.store.recordLook(deps.clock.monotonic() - startedAt);
  await turn();
  checkHealth(pass, all);
  for (const pool of pools) await rehearseStock({ ...pass, providerSession: pass.options.providerSession }, pool);
}

/** The pools as they are; undefined while everything is paused. */
async function readWorld(deps: PoolDeps): Promise<readonly PoolSnapshot[] | undefined> {
  const read = () => deps.store.snapshot((template, preset) => deps.policyOf(template, preset));
  const found = await read();
  await noteSizes(deps, found);
  if (await deps.store.isPaused()) return undefined;
  return (await retireLost(deps, found)) ? read() : found;
}

/** Prebuilds that were built and that nobody makes ready. */
function warmLeft(pass: Pass, pools: readonly PoolSnapshot[]): void {
  for (const { workspace, hasLiveBuild } of pools.flatMap(({ stock }) => stock)) {
    const left = workspace.phase === 'warming' && !hasLiveBuild && !pass.busy.has(workspace.id);
    if (left && !pass.unheard.has(workspace.id)) warm(pass, workspace.id);
  }
}

/** For the bars of the last day: also while everything is paused, when claims go on and nothing comes after. */
function noteSizes({ store, clock }: PoolDeps, all: readonly PoolSnapshot[]): Promise<void> {
  const now = clock.now();
  return store.recordPoolSizes(all.map((one) => ({ ...one.pool, counts: summarise(one, now) })));
}

/** Ready stock that a claim gave back while its slot was taken. */
const withoutSlot = ({ stock, preset }: PoolSnapshot): PoolSnapshot['stock'] =>
  stock.filter(
    ({ workspace, hasLiveBuild }) =>
      workspace.phase === 'ready' &&
      workspace.slot === undefined &&
      workspace.heldAt === undefined &&
      workspace.presetId === preset?.id &&
      !hasLiveBuild,
  );

/** Creates that the pool lane has room for, over all pools and processes; those that only wait for readiness need none. */
function roomFor(all: readonly PoolSnapshot[], slots: number): number {
  const building = all
    .flatMap(({ stock }) => stock)
    .filter(({ workspace, hasLiveBuild }) => hasLiveBuild && ['queued', 'provisioning'].includes(workspace.phase));
  return Math.max(0, slots - building.length);
}

/** Agents of claimed and started workspaces are heard while this call goes on, each for a while; a process that stays hears them anyhow. */
async function hearPeople(pass: Pass): Promise<void> {
  await settlePeople(pass.deps, (workspace, work) => {
    if (pass.options.news !== undefined || pass.busy.has(workspace.id) || pass.heard.has(workspace.id)) return;
    pass.heard.add(workspace.id);
    track(pass, workspace.id, workspace.id, () => work(pass.options.signal));
  });
}

/** A prebuild whose creator was killed between its apply and its readiness goes on here. */
function warm(pass: Pass, workspaceId: string): void {
  track(pass, workspaceId, workspaceId, async () => {
    const workspace = await pass.deps.store.getWorkspace(workspaceId);
    const readiness = await makeReady(pass.deps, workspace, pass.options.signal);
    if (readiness === 'unheard') pass.unheard.add(workspaceId);
    if (readiness === 'failed') pass.counts.failed += 1;
  });
}

const mayTry = ({ running, left }: Pass, key: string): boolean => !running.has(key) && !left.has(key);

async function repairLeftovers(pass: Pass): Promise<void> {
  const { deps, counts, options } = pass;
  await deps.store.dropStaleHolds();
  await closeLeftRehearsals(pass);
  for (const claim of await deps.store.openClaims()) {
    if (isInLine(claim)) {
      if (!pass.running.has(claim.id)) await serve(pass, claim);
      continue;
    }
    if (!isAbandonedClaim(claim) || !mayTry(pass, claim.id)) continue;
    track(pass, claim.id, claim.workspaceId, async () => {
      if ((await repairClaim(deps, claim, options, false)) === 'repaired') counts.repaired += 1;
    });
  }
  for (const build of await deps.store.liveBuilds()) {
    if (build.stage === 'claim' || !mayTry(pass, build.id) || !isAbandoned(build)) continue;
    if (build.initiatorId === SYSTEM_USER.id) {
      if (build.state !== 'queued') counts.repaired += 1;
      start(pass, build);
      continue;
    }
    track(pass, build.id, build.workspaceId, async () => {
      const end = await repairBuild(deps, build, options);
      if (end.state === 'succeeded' || end.state === 'failed') counts.repaired += 1;
      if (end.state === 'detached') counts.left += 1;
    });
  }
}

/** Claims that wait: only what takes long is tracked, so that a pass with nothing to do for them comes to its end. */
async function serve(pass: Pass, claim: Claim): Promise<void> {
  const later = await serveInLine(pass.deps, claim, pass.options);
  if (later === undefined) return;
  track(pass, claim.id, claim.workspaceId, async () => {
    if (await later()) pass.counts.served += 1;
  });
}

/** Drives one of the pool's builds as soon as one of the host's job slots is free. */
function start(pass: Pass, build: Build): void {
  const { deps, options } = pass;
  if (pass.running.has(build.id)) return;
  track(pass, build.id, build.workspaceId, async () => {
    await slotInTurn(pass, build);
    if (isStopping(pass)) return;
    count(pass.counts, build, await finishPoolBuild(deps, build, options));
  });
}

/** Waits for a job slot behind the builds of the same kind that asked before; a canceled build gets none and waits no more. */
function slotInTurn(pass: Pass, build: Build): Promise<void> {
  const { deps, options, turns } = pass;
  const ask = async (): Promise<void> => {
    while (!(await deps.store.takeSlot(build.id, deps.lanes))) {
      if (isStopping(pass) || (await deps.store.getBuild(build.id)).endedAt !== undefined) return;
      await deps.clock.sleep(100, options.signal);
    }
  };
  const mine = (turns.get(build.transition) ?? Promise.resolve()).then(ask);
  turns.set(
    build.transition,
    mine.catch(() => undefined),
  );
  return mine;
}

function count(counts: PassCounts, build: Build, end: Awaited<ReturnType<typeof finishPoolBuild>>): void {
  if (end.state === 'succeeded' && build.transition === 'delete') counts.deleted += 1;
  if (end.state === 'succeeded' && build.stage === 'create') counts.created += 1;
  if (end.state === 'failed' || end.state === 'unready') counts.failed += 1;
  if (end.state === 'canceled') counts.canceled += 1;
  if (end.state === 'detached') counts.left += 1;
}

function track(pass: Pass, key: string, workspaceId: string | undefined, work: () => Promise<void>): void {
  if (workspaceId !== undefined) pass.busy.add(workspaceId);
  const running = work()
    .catch((error: unknown) => {
      pass.deps.logger.error('coderd.prebuilds: a build could not be driven', { error: messageOf(error) });
      pass.counts.failed += 1;
      pass.left.add(key);
      if (error instanceof StoreError) pass.broken ??= error;
    })
    .finally(() => {
      pass.running.delete(key);
      pass.ended += 1;
      if (workspaceId !== undefined) pass.busy.delete(workspaceId);
    });
  pass.running.set(key, running);
}
