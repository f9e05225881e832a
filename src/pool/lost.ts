import { judgeHealth, type HealthCheck } from '../domain/health.ts';
import type { PoolSnapshot, StockItem } from '../domain/snapshot.ts';
import { isHandsOff } from '../domain/stock.ts';
import type { PoolDeps } from './deps.ts';

interface Missed {
  readonly item: StockItem;
  readonly snapshot: PoolSnapshot;
}

/**
 * Ready prebuilds whose agent is lost (agent-protocol 5.7, SM W23): dead, and replaced. They are not handed out meanwhile (isEligible). A
 * server that was up missed each for 90 s, so there is nothing more to check. If that is most of the stock at once, nothing is
 * destroyed and their pools hold (spec 7.5): it is the network or this host, not the workspaces. Returns whether something changed.
 */
export async function retireLost(deps: PoolDeps, snapshots: readonly PoolSnapshot[]): Promise<boolean> {
  const ready = snapshots.flatMap((snapshot) => snapshot.stock.filter(isJudged).map((item): Missed => ({ item, snapshot })));
  const missed = ready.filter(({ item }) => item.agentLost);
  if (missed.length === 0) return false;
  const checks = ready.map(({ item }): HealthCheck => ({
    id: item.workspace.id,
    healthy: !item.agentLost,
    failures: 0,
    limit: 1,
  }));
  const { mass, dead } = judgeHealth(checks, []);
  let changed = mass && (await hold(deps, missed));
  for (const { item, snapshot } of missed.filter(({ item: { workspace } }) => dead.includes(workspace.id))) {
    const reason = 'its agent is not heard any more';
    if (!(await deps.store.markFailed(item.workspace.id, reason, 'environment', false))) continue;
    changed = true;
    deps.logger.warn('coderd.prebuilds: prebuild is dead and is replaced', {
      template: snapshot.templateName,
      preset: snapshot.pool.presetName,
      prebuild: item.workspace.name,
      reason,
    });
  }
  return changed;
}

const isJudged = (item: StockItem): boolean => item.workspace.phase === 'ready' && !item.hasLiveBuild && !isHandsOff(item);

/** Once for as long as it lasts: a pool that holds already is not told again. */
async function hold(deps: PoolDeps, missed: readonly Missed[]): Promise<boolean> {
  const now = deps.clock.now();
  const isHeld = ({ snapshot: { pool } }: Missed): boolean =>
    pool.breaker === 'open' || (pool.breaker === 'holding' && (pool.nextTryAt ?? 0) > now);
  const free = missed.filter((one) => !isHeld(one));
  if (free.length === 0) return false;
  const pools = [...new Map(free.map(({ snapshot: { pool } }) => [`${pool.templateId}/${pool.presetName}`, pool])).values()];
  const wait = Math.min(
    ...free.map(({ snapshot }) => deps.policyOf(snapshot.templateName, snapshot.pool.presetName).healthIntervalMs),
  );
  const count = String(missed.length);
  const reason = `the agents of ${count} ready prebuilds fell silent at once; nothing is replaced, look at the host or network`;
  await deps.store.holdPools(pools, { untilAt: now + wait, reason, workspaceIds: missed.map(({ item }) => item.workspace.id) });
  deps.logger.error('coderd.prebuilds: most of the stock looks dead at once, holding', { prebuilds: missed.length, reason });
  return true;
}
