import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AgentFacts, AgentMeta, AgentScript } from '../domain/agent-manifest.ts';
import { list, object, text, type Json } from './untyped.ts';

/** An agent of the state with its token in clear; callers hash it at once. */
export interface StateAgent extends AgentFacts {
  readonly id: string;
  readonly token: string;
  readonly os: string;
  readonly auth: string;
}

/**
 * The agents of a state file with their scripts, variables and metadata (spec 8.1), in address order; none when there is no readable
 * state. Values come from the template: whoever prints them quotes them.
 */
export function readStateAgents(path: string): readonly StateAgent[] {
  try {
    return parseStateAgents(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The same for a text. */
export function parseStateAgents(content: string): readonly StateAgent[] {
  let state: Json | undefined;
  try {
    state = object(JSON.parse(content));
  } catch {
    return [];
  }
  const all = list(state?.['resources']).flatMap(instancesOf);
  const of = (type: string): readonly Instance[] => all.filter((one) => one.type === type);
  const agents = of('coder_agent').filter((one) => string(one.values['token']) !== '');
  return agents.map((agent) => agentOf(agent, of('coder_script'), of('coder_env')));
}

/** One instance of a resource of the coder provider. */
export interface Instance {
  readonly type: string;
  readonly name: string;
  readonly address: string;
  readonly values: Json;
  readonly sensitive: readonly unknown[];
}

/** Those of a resource of the coder provider, without what is deposed; none of any other resource. */
export function instancesOf(resource: Json): readonly Instance[] {
  const type = string(resource['type']);
  if (resource['mode'] !== 'managed' || !type.startsWith('coder_')) return [];
  const module = string(resource['module']);
  const base = `${module === '' ? '' : `${module}.`}${type}.${string(resource['name'])}`;
  return list(resource['instances'])
    .filter((instance) => instance['deposed'] === undefined)
    .map((instance) => {
      const at = instance['index_key'];
      const key = typeof at === 'number' || typeof at === 'string' ? at : undefined;
      const index = key === undefined ? '' : `[${JSON.stringify(key)}]`;
      return {
        type,
        name: `${string(resource['name'])}${key === undefined || key === 0 ? '' : `-${String(key)}`}`,
        address: base + index,
        values: object(instance['attributes']) ?? {},
        sensitive: Array.isArray(instance['sensitive_attributes'])
          ? (instance['sensitive_attributes'] as readonly unknown[])
          : [],
      };
    });
}

function agentOf(agent: Instance, scripts: readonly Instance[], envs: readonly Instance[]): StateAgent {
  const id = string(agent.values['id']);
  const token = string(agent.values['token']);
  const mine = (one: Instance): boolean => string(one.values['agent_id']) === id;
  const own = Object.fromEntries(Object.entries(object(agent.values['env']) ?? {}).map(([name, value]) => [name, string(value)]));
  const extra = envs.filter(mine);
  return {
    id,
    token,
    os: string(agent.values['os']),
    auth: string(agent.values['auth']),
    name: agent.name,
    address: agent.address,
    dir: string(agent.values['dir']),
    // Coder lets the agent's own variables win over those of coder_env.
    env: { ...mergeEnv(extra), ...own },
    scripts: [...ownScripts(agent.values), ...scripts.filter(mine).flatMap(scriptOf)],
    meta: list(agent.values['metadata']).map(metaOf),
    secrets: [token, ...secretsOf(agent, 'env', own), ...extra.flatMap((one) => secretsOf(one, 'value', one.values))],
  };
}

/** `append` and `prepend` join values of one name with a colon, as for PATH. */
function mergeEnv(envs: readonly Instance[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const { values } of envs) {
    const name = string(values['name']);
    const value = string(values['value']);
    const before = merged[name];
    const how = before === undefined ? 'replace' : string(values['merge_strategy']);
    if (how === 'append') merged[name] = `${before ?? ''}:${value}`;
    else if (how === 'prepend') merged[name] = `${value}:${before ?? ''}`;
    else merged[name] = value;
  }
  return merged;
}

function ownScripts(values: Json): readonly AgentScript[] {
  const one = (id: string, name: string, when: AgentScript['when'], key: string): readonly AgentScript[] => {
    const body = string(values[`${key}_script`]);
    if (body.trim() === '') return [];
    return [{ id, name, when, timeoutSeconds: number(values[`${key}_script_timeout`]), text: body, logPath: '' }];
  };
  return [...one('startup', 'Startup Script', 'start', 'startup'), ...one('shutdown', 'Shutdown Script', 'stop', 'shutdown')];
}

/** The id is a hash of the address: the same over all builds, and no text of the template. */
function scriptOf(script: Instance): readonly AgentScript[] {
  const start = script.values['run_on_start'] === true;
  const stop = script.values['run_on_stop'] === true;
  if (!start && !stop) return [];
  const one: AgentScript = {
    id: `s-${createHash('sha256').update(script.address).digest('hex').slice(0, 12)}`,
    name: string(script.values['display_name']) || script.address,
    when: start && stop ? 'both' : stop ? 'stop' : 'start',
    timeoutSeconds: number(script.values['timeout']),
    text: string(script.values['script']),
    logPath: string(script.values['log_path']),
  };
  return [one];
}

const metaOf = (meta: Json, at: number): AgentMeta => ({
  id: `m${String(at)}`,
  key: string(meta['key']),
  displayName: string(meta['display_name']) || string(meta['key']),
  everySeconds: number(meta['interval']),
  timeoutSeconds: number(meta['timeout']),
  text: string(meta['script']),
});

/** Values that the engine marks sensitive below one attribute: all of them, or those of one key. */
function secretsOf(instance: Instance, attribute: string, values: Json): readonly string[] {
  const paths = instance.sensitive.filter((path): path is readonly unknown[] => Array.isArray(path));
  return paths.flatMap((path) => {
    const [first, second] = path.map((step) => object(step)?.['value']);
    if (first !== attribute) return [];
    if (attribute === 'value') return [string(values['value'])];
    const key = typeof second === 'object' && second !== null ? object(second)?.['value'] : second;
    return typeof key === 'string' ? [string(values[key])] : Object.values(values).map(string);
  });
}

const string = (value: unknown): string => text(value) ?? '';
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0);
