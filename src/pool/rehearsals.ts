import { join } from 'node:path';
import { describeReplacement } from '../domain/guard.ts';
import type { PoolSnapshot } from '../domain/snapshot.ts';
import { isEligible } from '../domain/stock.ts';
import { isPrebuild, type Workspace } from '../domain/types.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { RehearsalVerdict } from '../store/store.ts';
import { clearRehearsal, mayRehearse, rehearseClaim } from '../workspace/rehearse.ts';
import type { Background } from './background.ts';
import type { PoolDeps } from './deps.ts';

const MINUTE = 60_000;
/** A plan that takes longer is given up. */
const LONGEST_MS = 5 * MINUTE;
/** A rehearsal that failed is not made again in every pass. */
const AGAIN_AFTER_MS = 30 * MINUTE;
/** How soon a rehearsal notices that its prebuild was reserved. */
const LOOK_MS = 200;
/** From the row of a run to the first sign of its process. */
const STARTS_WITHIN_MS = 30_000;

interface Host {
  readonly deps: PoolDeps;
  readonly background: Background;
  readonly providerSession: boolean;
}

/** Starts what is to be rehearsed in a pool (spec 6.4): ready stock of which nothing is known, as far as job slots are free. */
export async function rehearseStock({ deps, background, providerSession }: Host, snapshot: PoolSnapshot): Promise<void> {
  const { activeVersionId } = snapshot;
  if (!deps.policyOf(snapshot.templateName, snapshot.pool.presetName).rehearsal || activeVersionId === undefined) return;
  const now = deps.clock.now();
  const stock = snapshot.stock
    .filter((item) => isEligible(item, snapshot, now))
    .map((item) => item.workspace)
    .filter((one) => one.claimSafety === 'unknown' && one.versionId === activeVersionId)
    .filter((one) => one.rehearsedAt === undefined || now - one.rehearsedAt > AGAIN_AFTER_MS);
  if (stock.length === 0 || !mayRehearse((await deps.store.getVersion(activeVersionId)).facts)) return;
  for (const workspace of stock) {
    const key = `rehearsal of ${workspace.name}`;
    if (background.has(key)) continue;
    const id = deps.ids.uuid();
    const folder = join(workspacePaths(deps.home, workspace.id).runs, `rehearse-${id}`);
    const run = { id, workspaceId: workspace.id, folder, createdAt: deps.clock.now() };
    // Begun here and not in the background: something there that ends at once would wake the pass for ever.
    if (!(await deps.store.beginRehearsal(run, deps.lanes.pool))) return;
    background.run(key, (signal) => rehearseOne(deps, workspace, run, { providerSession, signal }));
  }
}

async function rehearseOne(
  deps: PoolDeps,
  workspace: Workspace,
  run: Parameters<PoolDeps['store']['beginRehearsal']>[0],
  { providerSession, signal }: { readonly providerSession: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const stop = new AbortController();
  const watched = watch(deps, workspace.id, stop, AbortSignal.any([signal, stop.signal]));
  try {
    const end = await rehearseClaim(deps, workspace, run, { signal: AbortSignal.any([signal, stop.signal]), providerSession });
    const slow: RehearsalVerdict | undefined =
      stop.signal.reason === 'slow' ? { safety: 'unknown', reason: 'the plan took longer than 5 minutes' } : undefined;
    const verdict = end.verdict ?? slow;
    const kept = await deps.store.endRehearsal(run.id, end.exitCode, verdict);
    if (kept && verdict !== undefined) say(deps, workspace, verdict);
  } finally {
    stop.abort();
    await watched;
    await deps.store.endRehearsal(run.id, undefined, undefined);
  }
}

/** Ends a rehearsal the moment its prebuild is reserved, deleted or held by somebody else, or when it takes too long. */
async function watch(deps: PoolDeps, workspaceId: string, stop: AbortController, over: AbortSignal): Promise<void> {
  const until = deps.clock.monotonic() + LONGEST_MS;
  const isOver = (): boolean => over.aborted;
  while (!isOver()) {
    const workspace = await deps.store.getWorkspace(workspaceId);
    // A claim may be over between two looks.
    if (workspace.phase !== 'ready' || !isPrebuild(workspace)) stop.abort('taken');
    else if (deps.clock.monotonic() > until) stop.abort('slow');
    await deps.clock.sleep(LOOK_MS, over);
  }
}

function say(deps: PoolDeps, workspace: Workspace, verdict: RehearsalVerdict): void {
  const fields = { prebuild: workspace.name };
  switch (verdict.safety) {
    case 'safe':
      deps.logger.info('coderd.prebuilds: a claim would rebuild nothing', fields);
      return;
    case 'unsafe':
      deps.logger.warn('coderd.prebuilds: a claim would rebuild resources', {
        ...fields,
        resources: verdict.changes.map(describeReplacement).join('; '),
      });
      return;
    case 'unknown':
      deps.logger.warn('coderd.prebuilds: the rehearsal of a claim failed', { ...fields, reason: verdict.reason });
  }
}

/** Rehearsals whose process was killed, or which hang: ended and closed, so that they are made again. */
export async function closeLeftRehearsals({ deps, background }: Pick<Host, 'deps' | 'background'>): Promise<void> {
  const { runner } = deps.engine;
  for (const run of await deps.store.openRehearsals()) {
    const age = deps.clock.now() - run.createdAt;
    const alive = runner.isRunAlive(run.folder);
    if (alive ? age <= LONGEST_MS + MINUTE : age <= STARTS_WITHIN_MS) continue;
    const workspace = await deps.store.getWorkspace(run.workspaceId);
    if (background.has(`rehearsal of ${workspace.name}`)) continue;
    if (alive) await runner.interrupt(run.folder, 1000);
    await clearRehearsal(run);
    await deps.store.endRehearsal(run.id, undefined, undefined);
  }
}
