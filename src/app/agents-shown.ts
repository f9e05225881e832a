import { isServedAgent } from '../domain/agent-kind.ts';
import type { Agent } from '../domain/agent.ts';
import type { Workspace } from '../domain/types.ts';
import { readStateAgents, type StateAgent } from '../engine/state-agents.ts';
import { readStateShown } from '../engine/state-shown.ts';
import { workspacePaths } from '../kit/paths.ts';
import { readAgentValues, type KeptValue } from '../server/agent-values.ts';
import type { AgentMetadataView, AgentScriptView, AgentView, AppView, MetadataView } from '../api/agents.ts';
import type { ResourceView } from '../api/app.ts';
import type { Context } from './context.ts';

/** The agents of the state with what they said last, in address order; one that is only in the store comes after them. */
export async function agentViews({ store, config }: Context, workspace: Workspace): Promise<readonly AgentView[]> {
  const { folder, state } = workspacePaths(config.home, workspace.id);
  const rows = await store.listAgents(workspace.id);
  const facts = readStateAgents(state);
  const names = [...new Set([...facts, ...rows].map(({ name }) => name))];
  return names.map((name) => {
    const row = rows.find((one) => one.name === name);
    const fact = facts.find((one) => one.name === name);
    const values = readAgentValues(folder, name);
    return viewOf(name, fact, row, values);
  });
}

function viewOf(name: string, fact: StateAgent | undefined, row: Agent | undefined, values: readonly KeptValue[]): AgentView {
  const served = fact === undefined || isServedAgent(fact);
  return {
    name,
    lifecycle: row?.life ?? (served ? 'created' : undefined),
    lifecycleAt: row?.lifeAt,
    generation: row?.processKey === undefined ? 0 : row.generation,
    heardAt: row?.seenAt,
    scripts: scriptViews(fact, row),
    metadata: (fact?.meta ?? []).map(({ key, displayName }): AgentMetadataView => {
      const last = values.find((one) => one.key === key);
      return { key, name: displayName, value: last?.value, exit: last?.exit, measuredAt: last?.at };
    }),
  };
}

/** Scripts of the template, and those that ran although the template has them no more. */
function scriptViews(fact: StateAgent | undefined, row: Agent | undefined): readonly AgentScriptView[] {
  const results = row?.results ?? [];
  const known = (fact?.scripts ?? []).map(({ id, name, when }) => ({ id, name, runs: when }));
  const gone = results.filter(({ id }) => known.every((one) => one.id !== id));
  return [...known, ...gone.map(({ id }) => ({ id, name: id, runs: 'start' as const }))].map((script) => {
    const result = results.find(({ id }) => id === script.id);
    return { ...script, exit: result?.exit, seconds: result?.seconds };
  });
}

/** Apps and `coder_metadata` of the workspace's state. */
export function stateViews(
  { config }: Context,
  workspace: Workspace,
  resources: readonly ResourceView[],
): { readonly apps: readonly AppView[]; readonly metadata: readonly MetadataView[] } {
  const { state } = workspacePaths(config.home, workspace.id);
  const shown = readStateShown(state);
  const agents = shown.apps.length === 0 ? [] : readStateAgents(state);
  return {
    apps: shown.apps.map(({ agentId, displayName, hasHealthcheck, ...app }) => ({
      ...app,
      name: displayName,
      agent: agents.find(({ id }) => id === agentId)?.name,
      health: hasHealthcheck ? 'unknown' : 'disabled',
    })),
    metadata: shown.metadata.map(({ resourceId, address, key, value }) => ({
      resource: resources.find(({ id }) => id === resourceId)?.address ?? address,
      key,
      value,
    })),
  };
}
