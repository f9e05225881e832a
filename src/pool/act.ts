import { setImmediate as turn } from 'node:timers/promises';
import { decide, type Action, type PoolSnapshot } from '../domain/decide.ts';
import { shareRoom } from '../domain/fair.ts';
import { desiredOf } from '../domain/stock.ts';
import { summarise } from '../domain/summarise.ts';
import type { Build } from '../domain/types.ts';
import { messageOf } from '../kit/errors.ts';
import type { PoolDeps } from './deps.ts';
import { executeAction } from './execute.ts';
import type { Tries } from './tries.ts';

interface Told {
  readonly tries: Tries;
  readonly canceled: () => void;
  /** A build to be driven now. */
  readonly queued: (build: Build) => void;
}

interface Planned {
  readonly key: string;
  readonly snapshot: PoolSnapshot;
  readonly actions: readonly Action[];
}

/**
 * Decides and executes for all pools: first everything that has to go, in every pool, then what is missing, for which the room of the
 * host is shared so that the emptiest pool comes first (docs/pools.md). One pool's failure never stops another's. Answers whether there was
 * anything to do.
 */
export async function actOnPools(deps: PoolDeps, pools: readonly PoolSnapshot[], room: number, told: Told): Promise<boolean> {
  const now = deps.clock.now();
  const planned: Planned[] = [];
  for (const snapshot of pools) {
    await separately(deps, snapshot, async () => {
      const key = `${snapshot.templateName}/${snapshot.pool.presetName}`;
      const actions = decide(snapshot, now).filter(({ kind }) => kind !== 'create' || told.tries.allow(snapshot));
      const one = { key, snapshot, actions };
      await execute(deps, one, ({ kind }) => kind !== 'create', 0, told);
      planned.push(one);
    });
  }
  const shares = shareRoom(
    planned.map((one) => wantOf(one, now)),
    room,
  );
  for (const one of planned) {
    const share = shares.get(one.key) ?? 0;
    await separately(deps, one.snapshot, () => execute(deps, one, ({ kind }) => kind === 'create', share, told));
  }
  return planned.length < pools.length || planned.some(({ actions }) => actions.some(({ kind }) => kind !== 'backoff'));
}

function wantOf({ key, snapshot, actions }: Planned, now: number) {
  const { eligible, building, waiting } = summarise(snapshot, now);
  const missing = actions.reduce((sum, action) => sum + (action.kind === 'create' ? action.count : 0), 0);
  return { key, missing, desired: desiredOf(snapshot, now), eligible, underWay: building, waiting };
}

async function execute(
  deps: PoolDeps,
  { snapshot, actions }: Planned,
  which: (action: Action) => boolean,
  room: number,
  told: Told,
): Promise<void> {
  for (const action of actions.filter(which)) {
    const builds = await executeAction(deps, snapshot, action, room);
    if (action.kind === 'cancel') told.canceled();
    if (action.kind === 'create' && builds.length > 0) told.tries.note(snapshot);
    for (const build of builds) told.queued(build);
    // The store answers without a turn of the event loop: a thousand actions in a row would keep the first builds from their files.
    if (builds.length > 0) await turn();
  }
}

async function separately(deps: PoolDeps, snapshot: PoolSnapshot, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    deps.logger.error('coderd.prebuilds: reconciling a pool failed', {
      template: snapshot.templateName,
      preset: snapshot.pool.presetName,
      error: messageOf(error),
    });
  }
}
