import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import { workspacePaths } from '../kit/paths.ts';
import { AGING, type Aging, type Store } from '../store/store.ts';
import { discard, findLeftovers } from './folders.ts';
import { CLEAN_UP_EVERY_MS, NOTIFICATIONS_MS, SAMPLES_MS, type Retention } from './retention.ts';

export interface KeepDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly home: string;
  readonly retention: Retention;
}

/** What was removed, or would be. */
export interface Collected {
  /** `template` and number of each version whose folder goes. */
  readonly versions: readonly { readonly template: string; readonly version: number }[];
  /** Rows by kind. */
  readonly rows: Readonly<Record<Aging, number>>;
  /** Folders of engine runs. */
  readonly runs: number;
  /** Other folders that nothing needs: of retired versions, of deleted workspaces, of killed commands. */
  readonly folders: number;
}

export interface CollectOptions {
  /** Only says what would be removed. */
  readonly dryRun: boolean;
  /** Batches of each kind in one call; the rest waits for the next one. */
  readonly batches: number;
}

const BATCH = 500;
const HOURLY_BATCHES = 10;

/**
 * Removes what is over (spec 7.1a, SM section 2 "folder trash"): versions that nobody needs, folders whose rows are final, old rows, old
 * engine logs. Rows first say that something is over, then its folder goes, so a kill in between leaves work for the next call only.
 */
export async function collect(deps: KeepDeps, options: CollectOptions): Promise<Collected> {
  const versions = await retire(deps, options);
  const folders = await sweep(deps, options);
  const rows = Object.fromEntries(
    await inOrder(AGING, async (kind) => [kind, await age(deps, kind, options)] as const),
  ) as Collected['rows'];
  const runs = await trimRuns(deps, options);
  const collected = { versions, rows, runs, folders };
  if (!options.dryRun && isAnything(collected)) await tell(deps, collected);
  return collected;
}

/** The same once an hour over all processes, a bounded part at a time; what fails is only logged, since nobody waits for it. */
export async function collectHourly(deps: KeepDeps & { readonly logger: Logger }): Promise<void> {
  try {
    if (!(await deps.store.takeCleanUp(CLEAN_UP_EVERY_MS))) return;
    await collect(deps, { dryRun: false, batches: HOURLY_BATCHES });
  } catch (error) {
    deps.logger.error('cleaning up failed', { error: messageOf(error) });
  }
}

const isAnything = ({ versions, rows, runs, folders }: Collected): boolean =>
  versions.length + runs + folders + Object.values(rows).reduce((sum, n) => sum + n, 0) > 0;

async function retire({ store, retention }: KeepDeps, { dryRun }: CollectOptions): Promise<Collected['versions']> {
  const old = await store.oldVersions(retention.versions);
  const gone = await inOrder(old, async ({ id, template, number }) =>
    dryRun || (await store.retireVersion(id, retention.versions)) ? [{ template, version: number }] : [],
  );
  return gone.flat();
}

async function sweep({ store, home, clock }: KeepDeps, { dryRun }: CollectOptions): Promise<number> {
  const leftovers = (await findLeftovers(home, store, clock.now())).filter(({ kind }) => !kind.startsWith('orphan'));
  if (!dryRun) for (const leftover of leftovers) await discard(home, leftover);
  return leftovers.length;
}

async function age({ store, clock, retention }: KeepDeps, kind: Aging, { dryRun, batches }: CollectOptions): Promise<number> {
  const keptMs: Readonly<Record<Aging, number>> = {
    claims: retention.deletedMs,
    workspaces: retention.deletedMs,
    events: retention.eventsMs,
    notifications: NOTIFICATIONS_MS,
    samples: SAMPLES_MS,
  };
  const before = clock.now() - keptMs[kind];
  if (dryRun) return store.countOld(kind, before);
  let removed = 0;
  for (let n = 0; n < batches; n += 1) {
    const batch = await store.purgeOld(kind, before, BATCH);
    removed += batch;
    if (batch < BATCH) break;
  }
  return removed;
}

/** Rows of runs stay: they say that something was applied. Only what the engine printed goes. */
async function trimRuns({ store, home, retention }: KeepDeps, { dryRun, batches }: CollectOptions): Promise<number> {
  let removed = 0;
  for (const { workspaceId, upTo } of (await store.buildsBeyond(retention.runs)).slice(0, batches * BATCH)) {
    const { runs } = workspacePaths(home, workspaceId);
    for (const name of await readdir(runs).catch(() => [])) {
      const build = /^(\d+)-/.exec(name)?.[1];
      if (build === undefined || Number(build) > upTo) continue;
      if (!dryRun) await rm(join(runs, name), { recursive: true, force: true });
      removed += 1;
    }
  }
  return removed;
}

async function tell({ store }: KeepDeps, { versions, rows, runs, folders }: Collected): Promise<void> {
  const data = { versions: versions.length, ...rows, runs, folders };
  await store.recordEvent({ kind: 'store.cleaned', reason: 'what is over was removed', data });
}

async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
