import type { AgentMetadataView, AgentScriptView, AgentView, AppView, MetadataView } from '../../api/agents.ts';
import type { Workspace } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import { age } from './time.ts';

/** One table each of the agents, their scripts and their metadata; empty where there is nothing. */
export function agentSections(context: Context, workspace: Workspace, agents: readonly AgentView[]): readonly string[] {
  const ago = (at: number | undefined): string => (at === undefined ? '' : `${age(context.now, at)} ago`);
  return [
    context.table(
      [{ head: 'AGENT' }, { head: 'STATE' }, { head: 'GENERATION', right: true }, { head: 'HEARD', right: true }],
      agents.map((agent) => [
        agent.name,
        lifeWords(agent, workspace),
        `${String(agent.generation)} of ${String(workspace.generation)}`,
        ago(agent.heardAt),
      ]),
    ),
    context.table(
      [
        { head: 'AGENT' },
        { head: 'SCRIPT' },
        { head: 'ID' },
        { head: 'RUNS' },
        { head: 'EXIT', right: true },
        { head: 'SECONDS', right: true },
      ],
      agents.flatMap((agent) => agent.scripts.map((script) => scriptCells(agent, script))),
    ),
    context.table(
      [{ head: 'AGENT' }, { head: 'METADATA' }, { head: 'VALUE' }, { head: 'AGE', right: true }],
      agents.flatMap((agent) => agent.metadata.map((item) => [agent.name, item.name, valueWords(item), ageOf(context, item)])),
    ),
  ];
}

/** An agent that a claim has not reached yet has said nothing about it. */
function lifeWords({ lifecycle, generation }: AgentView, workspace: Workspace): string {
  if (lifecycle === undefined) return 'not served';
  if (generation === 0) return 'not heard of';
  return `${lifecycle.replace('_', ' ')}${generation < workspace.generation ? ' before the claim' : ''}`;
}

const scriptCells = (agent: AgentView, { id, name, runs, exit, seconds }: AgentScriptView): readonly string[] => [
  agent.name,
  name,
  id,
  runs === 'both' ? 'start, stop' : runs,
  exit === undefined ? '' : String(exit),
  seconds === undefined ? '' : String(seconds),
];

function valueWords({ value, exit }: AgentMetadataView): string {
  if (exit === undefined || exit === 0) return value ?? '';
  return `${value ?? ''} (${exit === 'timeout' ? 'took too long' : `exit ${String(exit)}`})`.trim();
}

const ageOf = (context: Context, { measuredAt }: AgentMetadataView): string =>
  measuredAt === undefined ? '' : age(context.now, measuredAt);

/** Apps, without those that the template hides. */
export const appTable = (context: Context, apps: readonly AppView[]): string =>
  context.table(
    [{ head: 'APP' }, { head: 'NAME' }, { head: 'OPENS' }, { head: 'HEALTH' }],
    apps
      .filter(({ hidden }) => !hidden)
      .map((app) => [app.slug, app.name, app.url ?? app.command ?? '', app.health === 'disabled' ? '' : app.health]),
  );

export const metadataTable = (context: Context, metadata: readonly MetadataView[]): string =>
  context.table(
    [{ head: 'RESOURCE' }, { head: 'METADATA' }, { head: 'VALUE' }],
    metadata.map(({ resource, key, value }) => [resource, key, value ?? '(sensitive)']),
  );
