import { readFileSync } from 'node:fs';
import { dailyCostOf } from './cost.ts';
import { list, object, text, type Json } from './untyped.ts';

export interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly id: string | undefined;
}

/** What a state file says, without the engine. No attribute values but ids and the agent's token. */
export type StateReading =
  | { readonly kind: 'missing' | 'empty' | 'torn' }
  | {
      readonly kind: 'ok';
      readonly serial: number;
      readonly lineage: string;
      readonly resources: readonly StateResource[];
      /** Token of the one agent; undefined without an agent, or with several (Coder 6: tokens are kept for exactly one). */
      readonly agentToken: string | undefined;
      /** Outputs by name; those marked sensitive are left out. */
      readonly outputs: Readonly<Record<string, unknown>>;
      /** Sum of `coder_metadata.daily_cost`. */
      readonly dailyCost: number;
    };

/**
 * Reads `terraform.tfstate`. Engines truncate it before they write, so 0 bytes (`empty`) and half a file (`torn`) are real findings and never
 * the same as a state without resources (engine-crash 1). Throws only when the file exists and cannot be read at all.
 */
export function readState(path: string): StateReading {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  return parseState(content);
}

/** The same for a text. */
export function parseState(content: string): StateReading {
  if (content.trim() === '') return { kind: 'empty' };
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { kind: 'torn' };
  }
  const state = object(value);
  if (state?.['version'] !== 4 || typeof state['lineage'] !== 'string' || typeof state['serial'] !== 'number')
    return { kind: 'torn' };
  const instances = list(state['resources']).flatMap(instancesOf);
  const tokens = instances.flatMap((one) => (one.resource.type === 'coder_agent' && !one.deposed ? [one.token] : []));
  return {
    kind: 'ok',
    serial: state['serial'],
    lineage: state['lineage'],
    resources: instances.map((one) => one.resource),
    agentToken: tokens.length === 1 ? tokens[0] : undefined,
    outputs: outputsOf(object(state['outputs'])),
    dailyCost: instances.reduce((sum, one) => sum + one.dailyCost, 0),
  };
}

/**
 * Every text in the attributes of a state's managed resources, nested ones included, for finding out whether it knows something that has
 * no id of its own. Holds secrets: only to be compared with. Empty when the state cannot be read.
 */
export function readStateTexts(path: string): ReadonlySet<string> {
  const texts = new Set<string>();
  try {
    const state = object(JSON.parse(readFileSync(path, 'utf8')));
    for (const resource of list(state?.['resources'])) {
      if (resource['mode'] !== 'data') for (const instance of list(resource['instances'])) collect(instance['attributes'], texts);
    }
  } catch {
    return texts;
  }
  return texts;
}

function collect(value: unknown, texts: Set<string>): void {
  if (typeof value === 'string') texts.add(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) collect(part, texts);
}

interface Instance {
  readonly resource: StateResource;
  readonly deposed: boolean;
  readonly token: string | undefined;
  readonly dailyCost: number;
}

function instancesOf(resource: Json): readonly Instance[] {
  const type = text(resource['type']) ?? '';
  const mode = text(resource['mode']) ?? 'managed';
  const module = text(resource['module']);
  const base = `${module === undefined ? '' : `${module}.`}${mode === 'data' ? 'data.' : ''}${type}.${text(resource['name']) ?? ''}`;
  return list(resource['instances']).map((instance) => {
    const attributes = object(instance['attributes']);
    return {
      resource: { address: base + indexOf(instance['index_key']), type, mode, id: text(attributes?.['id']) },
      deposed: instance['deposed'] !== undefined,
      token: mode === 'managed' ? text(attributes?.['token']) : undefined,
      dailyCost: mode === 'managed' && instance['deposed'] === undefined ? dailyCostOf(type, attributes) : 0,
    };
  });
}

const indexOf = (key: unknown): string => (typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '');

function outputsOf(outputs: Json | undefined): Record<string, unknown> {
  const open = Object.entries(outputs ?? {}).filter(([, output]) => object(output)?.['sensitive'] !== true);
  return Object.fromEntries(open.map(([name, output]) => [name, object(output)?.['value']]));
}
