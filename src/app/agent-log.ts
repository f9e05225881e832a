import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Workspace, WorkspacePhase } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import { workspacePaths } from '../kit/paths.ts';
import { agentFolder } from '../server/agent-logs.ts';
import type { AgentLogsInput, AgentScriptView, AgentView } from '../api/agents.ts';
import { agentViews } from './agents-shown.ts';
import type { Context } from './context.ts';

const LOOK_AGAIN_MS = 200;
/** A build that is under way begins a generation. */
const UNDER_WAY: readonly WorkspacePhase[] = ['queued', 'provisioning', 'claiming'];

/** One log that is read on from where the last look ended. */
interface Tail {
  offset: number;
  rest: string;
  readonly decoder: StringDecoder;
}

/**
 * Prints what the agents' scripts wrote, of the newest generation unless told otherwise; with `follow` until the start scripts have ended.
 * Returns why there was nothing, if so. UserError for an agent, a script or a generation that is not there.
 */
export async function printAgentLogs(context: Context, workspace: Workspace, input: AgentLogsInput): Promise<string | undefined> {
  const tails = new Map<string, Tail>();
  let printed = false;
  for (;;) {
    const agents = chosen(workspace, await agentViews(context, workspace), input);
    const counts = agents.map((agent) => printAgent(context, workspace, agent, input, tails));
    printed ||= counts.some((count) => count > 0);
    const { generation, phase } = await context.store.getWorkspace(workspace.id);
    const settled = !UNDER_WAY.includes(phase);
    const ended = settled && agents.every((agent) => hasEnded(agent, input.generation ?? generation));
    // What is printed was read after the word that the scripts ended, and that comes after their last bytes.
    const over = !input.follow || input.signal?.aborted === true || ended;
    if (over) {
      for (const agent of agents) flushTails(agent, input, tails);
      return printed ? undefined : nothing(workspace, agents, input);
    }
    await context.clock.sleep(LOOK_AGAIN_MS, input.signal);
  }
}

/** Nothing of this generation is to be expected any more. */
const hasEnded = (agent: AgentView, generation: number): boolean =>
  agent.lifecycle === undefined ||
  agent.generation > generation ||
  (agent.generation === generation && agent.lifecycle !== 'created' && agent.lifecycle !== 'starting');

function chosen(workspace: Workspace, all: readonly AgentView[], input: AgentLogsInput): readonly AgentView[] {
  const name = `${workspace.ownerName}/${workspace.name}`;
  if (all.length === 0)
    throw new UserError('no_agents', `${name} has no agents`, {
      hint: `see \`prebuilds logs ${name}\` for what the engine said`,
    });
  const agents = input.agent === undefined ? all : all.filter((agent) => agent.name === input.agent);
  if (agents.length === 0)
    throw unknown(
      'agent',
      input.agent ?? '',
      name,
      all.map((agent) => agent.name),
    );
  if (input.script === undefined) return agents;
  const having = agents
    .map((agent) => ({ ...agent, scripts: agent.scripts.filter((script) => isNamed(script, input.script)) }))
    .filter(({ scripts }) => scripts.length > 0);
  if (having.length > 0) return having;
  throw unknown(
    'script',
    input.script,
    name,
    agents.flatMap(({ scripts }) => scripts.map((script) => script.id)),
  );
}

const isNamed = ({ id, name }: AgentScriptView, wanted: string | undefined): boolean => id === wanted || name === wanted;

const unknown = (what: string, given: string, workspace: string, known: readonly string[]): UserError =>
  new UserError(`unknown_${what}`, `${workspace} has no ${what} "${given}"`, {
    hint: known.length === 0 ? `it has no ${what}s at all` : `known: ${known.join(', ')}`,
  });

/** How many bytes were new. */
function printAgent(
  { config }: Context,
  workspace: Workspace,
  agent: AgentView,
  input: AgentLogsInput,
  tails: Map<string, Tail>,
): number {
  const folder = agentFolder(workspacePaths(config.home, workspace.id).folder, agent.name);
  const generation = input.generation ?? newest(folder);
  if (generation === undefined) return 0;
  return agent.scripts.reduce((sum, script) => {
    const path = join(folder, String(generation), `${script.id}.log`);
    const tail = tails.get(keyOf(agent, script, generation)) ?? { offset: 0, rest: '', decoder: new StringDecoder('utf8') };
    tails.set(keyOf(agent, script, generation), tail);
    const text = readFrom(path, tail);
    const lines = (tail.rest + text).split('\n');
    tail.rest = lines.pop() ?? '';
    for (const line of lines) tell(agent, script, generation, line, input);
    return sum + text.length;
  }, 0);
}

const keyOf = (agent: AgentView, script: AgentScriptView, generation: number): string =>
  JSON.stringify([agent.name, script.id, generation]);

function tell(agent: AgentView, script: AgentScriptView, generation: number, line: string, input: AgentLogsInput): void {
  input.onLine({ agent: agent.name, script: script.id, scriptName: script.name, generation, line });
}

/** A last line that does not end. */
function flushTails(agent: AgentView, input: AgentLogsInput, tails: Map<string, Tail>): void {
  for (const [key, tail] of tails) {
    const [name, id, generation] = JSON.parse(key) as [string, string, number];
    const script = agent.scripts.find((one) => one.id === id);
    if (name === agent.name && script !== undefined && tail.rest !== '') tell(agent, script, generation, tail.rest, input);
  }
}

/** Generations whose logs are kept. */
function generationsIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function newest(folder: string): number | undefined {
  const all = generationsIn(folder);
  return all.length === 0 ? undefined : Math.max(...all);
}

function nothing(workspace: Workspace, agents: readonly AgentView[], { generation }: AgentLogsInput): string {
  const when = generation === undefined ? '' : ` in generation ${String(generation)}`;
  const who = agents.map(({ name, lifecycle }) => `${name} (${lifecycle?.replace('_', ' ') ?? 'not served'})`).join(', ');
  return `no script of ${who} wrote anything${when} in ${workspace.ownerName}/${workspace.name}`;
}

function readFrom(path: string, tail: Tail): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const parts: string[] = [];
    const buffer = Buffer.alloc(65_536);
    for (;;) {
      const size = readSync(file, buffer, 0, buffer.length, tail.offset);
      if (size === 0) return parts.join('');
      tail.offset += size;
      parts.push(tail.decoder.write(buffer.subarray(0, size)));
    }
  } finally {
    closeSync(file);
  }
}
