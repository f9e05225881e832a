import { hasStopped, STOP_SECONDS, type Agent } from '../domain/agent.ts';
import { isPrebuild } from '../domain/types.ts';
import type { WorkspaceDeps } from './deps.ts';
import type { DriveOptions } from './drive-options.ts';
import type { Driving } from './engine-run.ts';

const LOOK_MS = 250;
/** What an agent gets beyond its stop scripts, to hear of the stop and to send its logs. */
const MARGIN_MS = 5000;
const LIMIT_MS = STOP_SECONDS * 1000 + MARGIN_MS;

/**
 * Before the engine takes a person's machines away their stop scripts run (spec 8.1, agent-protocol 5.11): the phase of the workspace tells
 * every agent to stop, and this waits until each says that it has, or its time is over. Never for stock that nobody had, for agents without
 * stop scripts, and for those that were never heard or are lost. Waiting again after a kill is harmless: who has stopped stays so.
 */
export async function awaitStopScripts(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<void> {
  const { build, workspace } = driving.operation;
  if (build.transition === 'start' || isPrebuild(workspace) || !deps.mayHearAgents) return;
  const names = new Set(deps.engine.readAgents(driving.paths.state).flatMap((one) => (one.hasStopScripts ? [one.name] : [])));
  if (names.size === 0) return;
  const left = async (): Promise<readonly Agent[]> =>
    (await deps.store.listAgents(workspace.id)).filter((agent) => names.has(agent.name) && isAwaited(agent));
  const first = await left();
  if (first.length === 0) return;
  driving.report('stopping', undefined, `stop scripts of ${first.map((agent) => agent.name).join(', ')}`);
  const leave = await deps.hostAgents();
  const startedAt = deps.clock.monotonic();
  try {
    const late = await waitFor(deps, left, options.signal);
    const ms = deps.clock.monotonic() - startedAt;
    options.onPhase?.('stop_scripts', ms);
    if (options.signal?.aborted !== true) await tell(deps, driving, { first, late, ms });
  } finally {
    await leave();
  }
}

const isAwaited = (agent: Agent): boolean =>
  agent.processKey !== undefined && agent.lostAt === undefined && !hasStopped(agent.life);

/** Those that are late in the end. Who begins late, because nobody listened before, gets its time from there on. */
async function waitFor(
  { clock }: WorkspaceDeps,
  left: () => Promise<readonly Agent[]>,
  signal: AbortSignal | undefined,
): Promise<readonly Agent[]> {
  const begun = new Set<string>();
  let until = clock.monotonic() + LIMIT_MS;
  for (;;) {
    const agents = await left();
    for (const { name } of agents.filter((agent) => agent.life === 'shutting_down' && !begun.has(agent.name))) {
      begun.add(name);
      until = clock.monotonic() + LIMIT_MS;
    }
    if (agents.length === 0 || signal?.aborted === true || clock.monotonic() >= until) return agents;
    await clock.sleep(LOOK_MS, signal);
  }
}

async function tell(
  deps: WorkspaceDeps,
  { operation: { workspace, template } }: Driving,
  { first, late, ms }: { readonly first: readonly Agent[]; readonly late: readonly Agent[]; readonly ms: number },
): Promise<void> {
  const seconds = (ms / 1000).toFixed(1);
  const words = late.map((agent) => agent.name).join(', ');
  const reason =
    late.length === 0 ? `its stop scripts ended after ${seconds} s` : `agent ${words} did not stop within ${seconds} s`;
  const agents = Object.fromEntries((await deps.store.listAgents(workspace.id)).map((agent) => [agent.name, agent.life]));
  if (late.length > 0) deps.logger.warn('stop scripts did not end in time', { workspace: workspace.name, agents: words });
  await deps.store.recordEvent({
    kind: 'workspace.stop_scripts',
    template: template.name,
    workspaceId: workspace.id,
    reason,
    data: { agents, awaited: first.map((agent) => agent.name), durationMs: Math.round(ms) },
  });
}
