import { judgeHealth, type HealthCheck } from '../domain/health.ts';
import type { EffectivePolicy, Probe } from '../domain/policy.ts';
import type { PoolSnapshot } from '../domain/snapshot.ts';
import { isHandsOff } from '../domain/stock.ts';
import type { Workspace } from '../domain/types.ts';
import { probeOnce } from '../workspace/probe.ts';
import type { Background } from './background.ts';
import type { PoolDeps } from './deps.ts';

const KEY = 'health checks';
const AT_ONCE = 8;

interface Checked {
  readonly workspace: Workspace;
  readonly probe: Probe;
  readonly policy: EffectivePolicy;
  readonly snapshot: PoolSnapshot;
}

/**
 * Checks ready prebuilds whose last check is older than `health_interval` (spec 5.8, SM W23), a few at a time beside the builds. Stock that
 * counts as ready without a probe is checked when it is claimed.
 */
export function checkHealth(
  { deps, background }: { readonly deps: PoolDeps; readonly background: Background },
  snapshots: readonly PoolSnapshot[],
): void {
  if (background.has(KEY)) return;
  const stock = snapshots.flatMap((snapshot) => probed(deps, snapshot));
  const now = deps.clock.now();
  const isDue = ({ workspace, policy }: Checked): boolean => now - lastCheck(workspace) >= policy.healthIntervalMs;
  const due = stock.filter(isDue);
  if (due.length === 0) return;
  const rest = stock.filter((one) => !isDue(one)).map((one) => one.workspace.healthFailures);
  background.run(KEY, (signal) => round(deps, due, rest, signal));
}

const lastCheck = ({ healthAt, readyAt }: Workspace): number => healthAt ?? readyAt ?? 0;

function probed(deps: PoolDeps, snapshot: PoolSnapshot): readonly Checked[] {
  const policy = deps.policyOf(snapshot.templateName, snapshot.pool.presetName);
  const { probe } = policy;
  if (probe === undefined || policy.readiness === 'provisioned') return [];
  return snapshot.stock
    .filter((item) => item.workspace.phase === 'ready' && !item.hasLiveBuild && !isHandsOff(item))
    .map(({ workspace }) => ({ workspace, probe, policy, snapshot }));
}

async function round(deps: PoolDeps, due: readonly Checked[], rest: readonly number[], signal: AbortSignal): Promise<void> {
  const reasons = new Map<string, string>();
  const checks = await inTurn(due, async ({ workspace, probe, policy }): Promise<HealthCheck> => {
    const result = await probeOnce(probe, workspace);
    if (!result.healthy) reasons.set(workspace.id, result.reason);
    return { id: workspace.id, healthy: result.healthy, failures: workspace.healthFailures, limit: policy.healthFailures };
  });
  if (signal.aborted) return;
  for (const check of checks) await deps.store.recordHealth(check.id, check.healthy);
  const { mass, dead } = judgeHealth(checks, rest);
  if (mass) await hold(deps, due, checks);
  for (const { workspace, snapshot } of due.filter((one) => dead.includes(one.workspace.id))) {
    const reason = `its health check failed: ${reasons.get(workspace.id) ?? 'no answer'}`;
    if (!(await deps.store.markFailed(workspace.id, reason, 'environment', false))) continue;
    deps.logger.warn('coderd.prebuilds: prebuild is dead and is replaced', {
      template: snapshot.templateName,
      preset: snapshot.pool.presetName,
      prebuild: workspace.name,
      reason,
    });
  }
}

async function hold(deps: PoolDeps, due: readonly Checked[], checks: readonly HealthCheck[]): Promise<void> {
  const failing = due.filter((one) => checks.some(({ id, healthy }) => !healthy && id === one.workspace.id));
  const pools = [...new Map(failing.map(({ snapshot: { pool } }) => [`${pool.templateId}/${pool.presetName}`, pool])).values()];
  const reason = `${String(failing.length)} of the ready prebuilds do not answer at once; nothing is replaced, look at the host or network`;
  const wait = Math.min(...failing.map(({ policy }) => policy.healthIntervalMs));
  const workspaceIds = failing.map(({ workspace }) => workspace.id);
  await deps.store.holdPools(pools, { untilAt: deps.clock.now() + wait, reason, workspaceIds });
  deps.logger.error('coderd.prebuilds: most of the stock looks dead at once, holding', { prebuilds: failing.length, reason });
}

/** All of them, a bounded number at once, results in order. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}
