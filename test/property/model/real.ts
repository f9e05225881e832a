import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createEnginePort } from '../../../src/app/engine-port.ts';
import type { PoolApi, TemplateApi, WorkspaceApi } from '../../../src/api/app.ts';
import type { Config } from '../../../src/app/config.ts';
import type { Context } from '../../../src/app/context.ts';
import { createPoolApi } from '../../../src/app/pools.ts';
import { createPulse } from '../../../src/app/pulse.ts';
import { createTemplateApi } from '../../../src/app/templates.ts';
import { createWorkspaceApi } from '../../../src/app/workspaces.ts';
import { DEFAULT_POLICY } from '../../../src/app/policy.ts';
import type { JobLanes } from '../../../src/domain/lanes.ts';
import type { EffectivePolicy } from '../../../src/domain/policy.ts';
import type { Driver } from '../../../src/domain/types.ts';
import { DEFAULT_RETENTION } from '../../../src/keep/retention.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { ConflictError, EngineError, InterruptedError, StoreError, UserError } from '../../../src/kit/errors.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import type { Logger } from '../../../src/kit/logger.ts';
import type { PoolDeps } from '../../../src/pool/deps.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { environmentOf, newWorld, scriptedRunner, type World } from './world.ts';

/** Processes that count as alive, by pid; `kit/process` is replaced by this in the test file. */
export const alive = new Set<number>();
let nextPid = 1;
/** Steps (store calls and engine commands) of all simulated processes so far, and those at which another one came in between. */
export const steps = { taken: 0, overtaken: 0 };

/** Thrown into a simulated process that was killed; it never gets an answer from the store again. */
class Killed extends Error {}

/** The process is killed, or for a moment the store refuses what it asks, as on a full disk, or a whole other process comes in between. */
export interface Trouble {
  readonly what: 'killed' | 'disk full' | 'overtaken';
  readonly at: number;
  /** What the other process does; a pass if absent. */
  readonly by?: (tool: Tool) => Promise<unknown>;
}

/** The application as one process of the command line has it. */
export interface Tool {
  readonly pools: PoolApi;
  readonly workspaces: WorkspaceApi;
  readonly templates: TemplateApi;
  readonly store: Store;
}

export interface Real {
  readonly world: World;
  readonly clock: Clock & { jump(ms: number): void };
  readonly store: Store;
  readonly db: Database.Database;
  readonly home: string;
  /** What a process sees that has just been started: pools and workspaces. */
  seenAfresh(): Promise<readonly unknown[]>;
  /** The same seen by the one that all simulated processes share. */
  seen(): Promise<readonly unknown[]>;
  /** Errors that a pass swallowed and logged. */
  readonly swallowed: string[];
  /** Runs `work` as a process of `owner`. `trouble`: what befalls it at this store call or engine command, counted from 1. */
  asProcess<T>(owner: string, work: (tool: Tool) => Promise<T>, trouble?: Trouble): Promise<T | 'killed' | 'refused'>;
  close(): Promise<void>;
}

const ACCESS_URL = 'http://127.0.0.1:7780';
/** One of each, so that a slot that is kept for ever stops everything. */
const LANES: JobLanes = { pool: 1, people: 1, delete: 1 };
export const POLICY: EffectivePolicy = {
  ...DEFAULT_POLICY,
  poolJobs: 1,
  accessUrl: ACCESS_URL,
  failuresKeep: 0,
  failuresLimit: 4,
  rehearsal: false,
};

export async function openReal(): Promise<Real> {
  const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'prebuilds-model-'));
  mkdirSync(join(home, 'versions', '1', 'source'), { recursive: true });
  const world = newWorld();
  const clock = jumpingClock();
  const path = join(home, 'prebuilds.db');
  const store = await openSqliteStore(path, { clock, ids: systemIds });
  const db = new Database(path);
  const swallowed: string[] = [];
  return {
    world,
    clock,
    store,
    db,
    home,
    swallowed,
    seenAfresh: async () => {
      const fresh = await openSqliteStore(path, { clock, ids: systemIds });
      const all = await worldOf(fresh);
      await fresh.close();
      return all;
    },
    seen: () => worldOf(store),
    asProcess: async (owner, work, trouble) => {
      const { deps, end, wasKilled } = simulate({ home, world, clock, store, swallowed }, trouble);
      try {
        return await work(toolOf(deps, owner));
      } catch (error) {
        if (error instanceof Killed || wasKilled()) return 'killed';
        if (isRefusal(error) && !isTakenAway(error)) return 'refused';
        throw error;
      } finally {
        await end();
      }
    },
    close: async () => {
      db.close();
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const worldOf = (store: Store): Promise<readonly unknown[]> =>
  Promise.all([store.snapshot(() => POLICY), store.namedWorkspaces()]);

function toolOf(deps: PoolDeps, owner: string): Tool {
  const { store, clock, ids, logger } = deps;
  const caller = { env: { PREBUILDS_OWNER: owner } };
  const context: Context = {
    config: configOf(deps.home),
    organization: undefined,
    store,
    clock,
    ids,
    logger,
    env: caller.env,
    caller,
    pulse: createPulse(),
    hostsAgents: false,
    pool: deps,
    script: '',
  };
  return {
    pools: createPoolApi(context),
    workspaces: createWorkspaceApi(context),
    templates: createTemplateApi(context),
    store,
  };
}

const configOf = (home: string): Config => ({
  home,
  file: undefined,
  engine: undefined,
  env: {},
  lanes: LANES,
  hooks: { on_ready: [], on_claim: [], on_release: [], on_replace: [], on_limit: [], on_expiring: [] },
  named: [],
  sweepOf: () => undefined,
  retention: DEFAULT_RETENTION,
  accessUrl: ACCESS_URL,
  agentListen: undefined,
  agentHearing: 'off',
  listen: { host: '127.0.0.1', port: 0 },
  allowedHosts: [],
  providerSession: false,
  policy: () => POLICY,
});

const isRefusal = (error: unknown): boolean =>
  [ConflictError, EngineError, InterruptedError, StoreError, UserError].some((kind) => error instanceof kind);

/** What a process that lives has begun is its own: no other one may take the build over. */
const isTakenAway = (error: unknown): boolean => error instanceof ConflictError && error.code === 'being_built';

/** Wall clock that jumps, and a monotonic one that only goes on; waiting costs no time. */
function jumpingClock(): Real['clock'] {
  let [now, steady] = [1_700_000_000_000, 0];
  const tick = (): number => (steady += 0.1);
  return {
    now: () => Math.round(now + tick()),
    monotonic: tick,
    sleep: () =>
      new Promise((resolve) => {
        setTimeout(resolve, 4);
      }),
    jump: (ms) => {
      now += ms;
    },
  };
}

type Parts = Pick<Real, 'home' | 'world' | 'clock' | 'store' | 'swallowed'>;

/**
 * Nobody sees that a process is gone before the file operations that it had begun are over: a real one takes them along, and here they would hit
 * whoever went on with its work.
 */
async function filesAreQuiet(): Promise<void> {
  const isBusy = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
  // Others work on; a moment without any operation is enough, and a hundred turns are a long time for one.
  for (let turn = 0; turn < 100 && isBusy(); turn += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
}

function simulate(
  parts: Parts,
  trouble: Trouble | undefined,
): { deps: PoolDeps; end: () => Promise<void>; wasKilled: () => boolean } {
  const me: Driver = { bootId: 'boot', pid: nextPid++, startTicks: 1 };
  alive.add(me.pid);
  let [step, dead, over] = [0, false, false];
  let overtaker: Promise<void> | undefined;
  const counted = async (place: 'store' | 'engine'): Promise<void> => {
    // Others get their turn between any two steps.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    step += 1;
    steps.taken += 1;
    if (trouble?.what === 'killed' && step === trouble.at) {
      dead = true;
      await filesAreQuiet();
      alive.delete(me.pid);
    }
    if (trouble?.what === 'overtaken' && step === trouble.at) {
      steps.overtaken += 1;
      overtaker = overtake(parts, trouble.by ?? aPass);
      await Promise.race([overtaker, aWhile()]);
    }
    if (dead || over) throw new Killed();
    if (trouble?.what === 'disk full' && place === 'store' && step >= trouble.at && step < trouble.at + 2)
      throw new StoreError('store_full', 'no space left');
  };
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message, fields) => {
      if (!dead && !over && trouble?.what !== 'disk full') parts.swallowed.push(`${message} ${JSON.stringify(fields)}`);
    },
  };
  const deps: PoolDeps = {
    ...parts,
    store: guarded(parts.store, counted),
    ids: systemIds,
    logger,
    mayHearAgents: false,
    judgedByAgents: () => false,
    hostAgents: () => Promise.resolve(() => Promise.resolve()),
    hearsAgents: () => Promise.resolve(false),
    me,
    engine: enginePort(parts, logger, counted),
    policyOf: () => POLICY,
    accessUrl: ACCESS_URL,
    lanes: LANES,
    uptimeMs: () => parts.clock.monotonic(),
    random: () => 0.5,
    prebuildParameters: async (preset) => preset.parameters,
  };
  // What it still did in the background ends with it.
  const end = async (): Promise<void> => {
    await overtaker;
    over = true;
    await filesAreQuiet();
    alive.delete(me.pid);
  };
  return { deps, end, wasKilled: () => dead };
}

/** What a process that nothing befalls does in between. */
async function overtake(parts: Parts, by: NonNullable<Trouble['by']>): Promise<void> {
  const { deps, end } = simulate(parts, undefined);
  try {
    await by(toolOf(deps, 'anna'));
  } catch (error) {
    if (!isRefusal(error) || isTakenAway(error)) throw error;
  } finally {
    await end();
  }
}

const aPass = ({ pools }: Tool): Promise<unknown> => pools.reconcile({});

/** Long enough for most of them; one that waits for what the overtaken process holds must not keep it waiting. */
const aWhile = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 200);
  });

/** Every call of the store is a step at which the process may be killed: before the call, hence after the one before it. */
function guarded(store: Store, counted: (place: 'store' | 'engine') => Promise<void>): Store {
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await counted('store');
        return method.apply(target, args);
      };
    },
  });
}

/** The real arguments and judgements of the engine room, with the scripted engine in it. */
function enginePort(parts: Parts, logger: Logger, counted: (place: 'store' | 'engine') => Promise<void>): PoolDeps['engine'] {
  const runner = scriptedRunner(parts.world);
  return {
    ...createEnginePort(configOf(parts.home), {}, parts.clock, logger),
    environment: ({ build, beneficiary, version }) =>
      environmentOf({ transition: build.transition, owner: beneficiary.username, version: String(version.number) }),
    isThere: () => true,
    replacePaths: () => Promise.resolve(new Map()),
    runner: {
      ...runner,
      // Killed before the engine was started, or while it worked: then it goes on alone, and its result is on disk.
      run: async (spec) => {
        await counted('engine');
        const result = await runner.run(spec);
        await counted('engine');
        return result;
      },
    },
  };
}
