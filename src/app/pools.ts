import { decide, type PoolSnapshot } from '../domain/decide.ts';
import { parsePoolName } from '../domain/names.ts';
import { UserError } from '../kit/errors.ts';
import { reconcile } from '../pool/reconcile.ts';
import type { PlannedPool, PoolApi, PoolStatus, ReconcileReport, RunOptions } from './api.ts';
import { actorOf, type Context } from './context.ts';
import { findTemplate } from './names.ts';
import { poolStatus } from './status.ts';

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
  const status = async (pool?: string): Promise<readonly PoolStatus[]> => {
    const now = clock.now();
    const claims = await store.claimsSince(now - WEEK_MS);
    const presets = new Map<string, string>();
    for (const id of new Set(claims.flatMap((claim) => claim.presetId ?? []))) presets.set(id, (await store.getPreset(id)).name);
    return (await snapshots(pool)).map((snapshot) => {
      const mine = claims.filter(
        (claim) =>
          claim.templateId === snapshot.pool.templateId && presets.get(claim.presetId ?? '') === snapshot.pool.presetName,
      );
      return poolStatus(snapshot, mine, now);
    });
  };
  const once = async (options: Parameters<PoolApi['reconcile']>[0]): Promise<ReconcileReport> => {
    const only = await filterOf(context, options.pool);
    if (options.pool !== undefined) await snapshots(options.pool);
    const counts = await reconcile(context.pool, { ...driveOptions(context, options), only, timeoutMs: options.timeoutMs });
    return { ...counts, paused: await store.isPaused(), pools: await status(options.pool) };
  };
  return {
    plan: async (pool) => {
      const now = clock.now();
      return (await snapshots(pool)).map((snapshot) => planOf(snapshot, now));
    },
    reconcile: once,
    watch: async (options) => {
      while (options.signal?.aborted !== true) {
        options.onPass(await once(options));
        await clock.sleep(options.intervalMs, options.signal);
      }
    },
    status,
    isPaused: () => store.isPaused(),
    setPaused: async (paused) => {
      await store.setPaused(paused, await actorOf(context));
    },
    retry: async (pool) => {
      for (const snapshot of await snapshots(pool)) {
        await store.retryPool(snapshot.pool.templateId, snapshot.pool.presetName, await actorOf(context));
      }
    },
  };
}

const planOf = (snapshot: PoolSnapshot, now: number): PlannedPool => ({
  template: snapshot.templateName,
  preset: snapshot.pool.presetName,
  actions: decide(snapshot, now),
});

/** Options of an engine operation as the rooms want them; the configuration decides about provider sessions unless the caller does. */
export const driveOptions = (context: Context, options: RunOptions) => ({
  signal: options.signal,
  onProgress: options.onProgress,
  providerSession: options.providerSession ?? context.config.providerSession,
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
