import type { PoolSnapshot } from '../domain/decide.ts';
import { isPrebuild, type Workspace } from '../domain/types.ts';
import { AppError, UserError } from '../kit/errors.ts';
import type { PoolApi, PrunedPrebuild, RunOptions } from '../api/app.ts';
import { actorOf, type Context } from './context.ts';
import { destroyNow } from './destroy.ts';
import { findWorkspace } from './names.ts';

type Snapshots = (pool: string | undefined) => Promise<readonly PoolSnapshot[]>;

/** The operator's verbs on pools: pause, resume, drain, invalidate, prune (spec 5.2, 5.6, 5.7). Each writes its event. */
export function poolVerbs(
  context: Context,
  snapshots: Snapshots,
  reconcile: PoolApi['reconcile'],
): Pick<PoolApi, 'setPaused' | 'drain' | 'invalidate' | 'prune'> {
  const { store } = context;
  return {
    setPaused: async (paused, pool) => {
      const actor = await actorOf(context);
      if (pool === undefined) return store.setPaused(paused, actor);
      for (const { pool: one } of await snapshots(pool)) {
        await store.setPoolPaused(one.templateId, one.presetName, paused, actor);
      }
    },
    drain: async (pool, options) => {
      const actor = await actorOf(context);
      for (const { pool: one } of await snapshots(pool)) await store.drainPool(one.templateId, one.presetName, actor);
      return options.wait ? reconcile({ ...options, pool }) : undefined;
    },
    invalidate: async (target, options) => {
      const { pool, workspaces } = await targetOf(context, snapshots, target);
      const names = new Map(workspaces.map(({ id, name }) => [id, name]));
      const marked = await store.invalidatePrebuilds([...names.keys()], options.rolling, await actorOf(context));
      const report = options.wait && pool !== undefined ? await reconcile({ ...options, pool }) : undefined;
      return { marked: marked.map((id) => names.get(id) ?? id), report };
    },
    prune: (options) => prune(context, snapshots, options),
  };
}

interface Target {
  /** The pool to reconcile; undefined = it exists no more. */
  readonly pool: string | undefined;
  readonly workspaces: readonly Workspace[];
}

/** POOL or NAME: a pool of that name comes first. */
async function targetOf(context: Context, snapshots: Snapshots, target: string): Promise<Target> {
  const pools = await snapshots(target).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (pools !== undefined) return { pool: target, workspaces: pools.flatMap(({ stock }) => stock.map((item) => item.workspace)) };
  const workspace = await prebuildNamed(context, target);
  const own = (await snapshots(undefined)).find(({ stock }) => stock.some((item) => item.workspace.id === workspace.id));
  return { pool: own === undefined ? undefined : `${own.templateName}/${own.pool.presetName}`, workspaces: [workspace] };
}

async function prebuildNamed(context: Context, name: string): Promise<Workspace> {
  const workspace = await findWorkspace(context.store, context.caller, name).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'unknown_workspace') throw error;
    throw new UserError('unknown_target', `there is no pool and no prebuild "${name}"`, {
      hint: 'see `prebuilds presets` and `prebuilds list --search owner:prebuilds`',
    });
  });
  if (isPrebuild(workspace)) return workspace;
  throw new UserError(
    'not_a_prebuild',
    `${workspace.ownerName}/${workspace.name} belongs to a person: only prebuilds are invalidated`,
    {
      hint: 'see `prebuilds list --search owner:prebuilds`',
    },
  );
}

/** Evidence is destroyed by hand also while its pool is paused: a pause stops the pool, not people. */
async function prune(
  context: Context,
  snapshots: Snapshots,
  options: RunOptions & { pool: string | undefined; dryRun: boolean },
): Promise<readonly PrunedPrebuild[]> {
  const pruned: PrunedPrebuild[] = [];
  for (const { templateName, pool, stock } of await snapshots(options.pool)) {
    for (const { workspace } of stock) {
      const failed = workspace.phase === 'failed' || workspace.phase === 'quarantined';
      if (!failed || workspace.heldAt !== undefined || options.signal?.aborted === true) continue;
      const deleted = !options.dryRun && (await destroyNow(context, workspace, 'pruned by hand', options));
      const { name, failedAt, lastError } = workspace;
      pruned.push({ template: templateName, preset: pool.presetName, name, failedAt, lastError, deleted });
    }
  }
  return pruned;
}
