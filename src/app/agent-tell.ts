import type { ClaimedAgent } from '../api/app.ts';
import type { Agent } from '../domain/agent.ts';
import type { Workspace } from '../domain/types.ts';
import { waitForAgents, type AgentsEnd } from '../pool/agents.ts';
import { hostAgents } from './agent-host.ts';
import type { Context } from './context.ts';

/** How long a person waits for start scripts that run again, in milliseconds; they go on without it. */
const WAIT_MS = 60_000;

interface Waiting {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Agents of a person's workspace that was claimed or started learn of it from this process when no other one hears them (spec 5.8), and get a
 * minute for their start scripts. Returns the workspace as it is then: still `warming` if that was not enough.
 */
export async function tellAgents(context: Context, workspace: Workspace, waiting: Waiting): Promise<Workspace> {
  const { store, config } = context;
  if (config.agentListen === undefined) return workspace;
  const agents = await store.listAgents(workspace.id);
  if (agents.length === 0) return workspace;
  if (workspace.phase !== 'warming' && !agents.some((agent) => isBehind(agent, workspace))) return workspace;
  waiting.onStep?.('waiting for its agents');
  const end = await hear(context, workspace, waiting.signal);
  if (end.state === 'failed') {
    await store.markReady(workspace.id, end.reason, 'error');
    const fields = { workspace: workspace.name, reason: end.reason };
    context.logger.warn('coderd.prebuilds: an agent of a workspace that is in use failed', fields);
  }
  return store.getWorkspace(workspace.id);
}

/** A process that lives and does not know yet whose workspace it is in. */
const isBehind = (agent: Agent, { generation }: Workspace): boolean =>
  agent.processKey !== undefined && agent.generation < generation;

async function hear(context: Context, workspace: Workspace, signal: AbortSignal | undefined): Promise<AgentsEnd> {
  const leave = await hostAgents(context);
  const late = new AbortController();
  const over = AbortSignal.any([late.signal, ...(signal === undefined ? [] : [signal])]);
  const timer = context.clock.sleep(WAIT_MS, over).then(() => {
    late.abort();
  });
  return waitForAgents(context.pool, workspace, { signal: over }).finally(async () => {
    late.abort();
    await timer;
    await leave();
  });
}

/** How far the agents of a claimed workspace are. */
export async function agentsOf({ store }: Context, workspace: Workspace): Promise<readonly ClaimedAgent[]> {
  return (await store.listAgents(workspace.id)).map((agent): ClaimedAgent => {
    const current = agent.processKey !== undefined && agent.generation >= workspace.generation;
    const bad = agent.results.find(({ exit }) => exit !== 0);
    return {
      name: agent.name,
      status: current ? agent.life : 'created',
      // All scripts start together, so the longest is how long they took.
      seconds: current && agent.results.length > 0 ? Math.max(...agent.results.map(({ seconds }) => seconds)) : undefined,
      failed: current && bad !== undefined ? { script: bad.id, exit: bad.exit } : undefined,
    };
  });
}
