import { readFileSync } from 'node:fs';

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
    };

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads `terraform.tfstate`. Engines truncate it before they write, so 0 bytes (`empty`) and half a file (`torn`) are real findings and never
 * the same as a state without resources (engine-crash 1). Throws only when the file exists and cannot be read at all.
 */
export function readState(path: string): StateReading {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  return parseState(text);
}

/** The same for a text. */
export function parseState(text: string): StateReading {
  if (text.trim() === '') return { kind: 'empty' };
  let value: unknown;
  try {
    value = JSON.parse(text);
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
  };
}

interface Instance {
  readonly resource: StateResource;
  readonly deposed: boolean;
  readonly token: string | undefined;
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
    };
  });
}

const indexOf = (key: unknown): string => (typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '');

function outputsOf(outputs: Json | undefined): Record<string, unknown> {
  const open = Object.entries(outputs ?? {}).filter(([, output]) => object(output)?.['sensitive'] !== true);
  return Object.fromEntries(open.map(([name, output]) => [name, object(output)?.['value']]));
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function list(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).map(object).filter((one) => one !== undefined);
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
