import type { Workspace } from '../domain/types.ts';
import { judgeAgents, waitForAgents } from './agents.ts';
import type { PoolDeps } from './deps.ts';

/** How long a pass listens for the agents of one workspace that somebody has; the next pass listens again. */
const LISTEN_MS = 60_000;

/**
 * People's workspaces that wait for their agents (W5, W12). What their agents say makes them ready in the store itself; a pass gives agents
 * somebody to talk to, through `listen`, and lets go of those that nobody will ever hear: W8 leaves them to their owners.
 */
export async function settlePeople(
  deps: PoolDeps,
  listen: (workspace: Workspace, work: (signal: AbortSignal | undefined) => Promise<void>) => void,
): Promise<void> {
  for (const workspace of await deps.store.warmingOfPeople()) {
    const { template, preset } = await namesOf(deps, workspace);
    if (!deps.judgedByAgents(template, preset) || (await deps.store.listAgents(workspace.id)).length === 0) {
      await deps.store.markReady(workspace.id, 'provisioned');
      continue;
    }
    const { agentTimeoutMs } = deps.policyOf(template, preset);
    const verdict = await judgeAgents(deps, workspace, agentTimeoutMs);
    if (verdict.state === 'waiting') listen(workspace, (signal) => hear(deps, workspace, signal, agentTimeoutMs));
    else await settle(deps, workspace, verdict);
  }
}

async function hear(deps: PoolDeps, workspace: Workspace, signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
  void deps.hearsAgents();
  const late = new AbortController();
  const timer = deps.clock.sleep(LISTEN_MS, late.signal).then(() => {
    late.abort();
  });
  const over = AbortSignal.any([late.signal, ...(signal === undefined ? [] : [signal])]);
  const end = await waitForAgents(deps, workspace, { signal: over, timeoutMs }).finally(() => {
    late.abort();
  });
  await timer;
  if (end.state !== 'left') await settle(deps, workspace, end);
}

async function settle(
  deps: PoolDeps,
  workspace: Workspace,
  end: { readonly state: 'ready' } | { readonly state: 'failed'; readonly reason: string },
): Promise<void> {
  if (end.state === 'ready') await deps.store.markReady(workspace.id, 'its agents are ready');
  else await deps.store.markReady(workspace.id, end.reason, 'error');
}

async function namesOf({ store }: PoolDeps, { templateId, presetId }: Workspace) {
  const { name: template } = await store.getTemplate(templateId);
  return { template, preset: presetId === undefined ? undefined : (await store.getPreset(presetId)).name };
}
