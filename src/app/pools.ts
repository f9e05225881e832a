import { decide, hindranceNow, type PoolSnapshot } from '../domain/decide.ts';
import { parsePoolName } from '../domain/names.ts';
import { UserError } from '../kit/errors.ts';
import { collectHourly } from '../keep/collect.ts';
import { reconcile } from '../pool/reconcile.ts';
import type { ClaimTime } from '../store/store.ts';
import type { PlannedPool, PoolApi, PoolStatus } from '../api/app.ts';
import { hostAgents, withAgents } from './agent-host.ts';
import { actorOf, keepDeps, type Context } from './context.ts';
import { driveOptions } from './drive-options.ts';
import { withNotifications } from './hooks.ts';
import { findTemplate } from './names.ts';
import { poolHistory } from './pool-history.ts';
import { poolVerbs } from './pool-verbs.ts';
import { ofOrganization } from './organization.ts';
import { poolStatus } from './status.ts';
import { sweepDue } from './sweep.ts';

const WEEK_MS = 7 * 86_400_000;

/** The operator's side: reconcile, plan, status, pause, retry. */
export function createPoolApi(context: Context): PoolApi {
  const { store, clock, config } = context;
  const snapshots = async (pool: string | undefined): Promise<readonly PoolSnapshot[]> => {
    const only = await filterOf(context, pool);
    const all = (await store.snapshot(config.policy)).filter(only);
    if (pool !== undefined && all.length === 0) throw unknownPool(pool);
    return all;
  };
  const statusOf = async (pools: readonly PoolSnapshot[]): Promise<readonly PoolStatus[]> => {
    const now = clock.now();
    const claims = byPool(await store.claimTimes(now - WEEK_MS));
    return pools.map((snapshot) => poolStatus(snapshot, claims.get(keyOf(snapshot.pool)) ?? [], now));
  };
  const status = async (pool?: string): Promise<readonly PoolStatus[]> =>
    (await statusOf(await snapshots(pool))).filter(await ofOrganization(context));
  const once: PoolApi['reconcile'] = async (options) => {
    const only = await filterOf(context, options.pool);
    if (options.pool !== undefined) await snapshots(options.pool);
    const { world, ...counts } = await withNotifications(context, options.signal, () =>
      withAgents(context, (deps) => reconcile(deps, { ...driveOptions(context, options), only, timeoutMs: options.timeoutMs })),
    );
    await sweepDue(context, options.signal);
    if (options.pool === undefined && options.signal?.aborted !== true) await collectHourly(keepDeps(context));
    const pools = world?.filter(only) ?? (await snapshots(options.pool));
    return { ...counts, paused: await store.isPaused(), pools: await statusOf(pools) };
  };
  return {
    plan: async (pool) => {
      const now = clock.now();
      return (await snapshots(pool)).map((snapshot) => planOf(snapshot, now));
    },
    reconcile: once,
    watch: async (options) => {
      // Between passes too: agents wait for their claims, and are missed when they fall silent.
      const leave = await hostAgents(context);
      try {
        while (options.signal?.aborted !== true) {
          options.onPass(await once(options));
          await clock.sleep(options.intervalMs, options.signal);
        }
      } finally {
        await leave();
      }
    },
    status,
    history: (hours) => poolHistory(store, clock.now(), hours),
    isPaused: () => store.isPaused(),
    ...poolVerbs(context, snapshots, once),
    retry: async (pool) => {
      for (const snapshot of await snapshots(pool)) {
        await store.retryPool(snapshot.pool.templateId, snapshot.pool.presetName, await actorOf(context));
      }
    },
  };
}

const keyOf = (pool: Pick<ClaimTime, 'templateId' | 'presetName'>): string => `${pool.templateId}/${pool.presetName}`;

function byPool(claims: readonly ClaimTime[]): ReadonlyMap<string, readonly ClaimTime[]> {
  const pools = new Map<string, ClaimTime[]>();
  for (const claim of claims) {
    const mine = pools.get(keyOf(claim));
    if (mine === undefined) pools.set(keyOf(claim), [claim]);
    else mine.push(claim);
  }
  return pools;
}

const planOf = (snapshot: PoolSnapshot, now: number): PlannedPool => ({
  template: snapshot.templateName,
  preset: snapshot.pool.presetName,
  actions: decide(snapshot, now),
  hindrance: hindranceNow(snapshot, now),
});

async function filterOf(context: Context, pool: string | undefined): Promise<(snapshot: PoolSnapshot) => boolean> {
  if (pool === undefined) return () => true;
  const { template, preset } = parsePoolName(pool);
  const { id } = await findTemplate(context.store, template);
  return (snapshot) => snapshot.pool.templateId === id && (preset === undefined || snapshot.pool.presetName === preset);
}

const unknownPool = (pool: string): UserError =>
  new UserError('unknown_pool', `there is no pool "${pool}"`, {
    hint: 'a pool is named template/preset; see `prebuilds presets`',
  });
