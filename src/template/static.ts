import { z } from 'zod';
import type { Parameter, ParameterType, PresetInput } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import { configuredFeatures } from './features.ts';
import { literal, type HclObject } from './hcl.ts';
import { agent, dataTypes, type EvaluatedPreset, type Evaluation } from './plan.ts';
import { bodies, placeText, type ResourceBlock, type TemplateReading } from './reading.ts';

/**
 * `--static`: presets and parameters from the text alone. Everything a pool depends on must be written out; a value that is not is
 * UserError `not_literal` with file and line (spec 4.1).
 */
export function readStatic(reading: TemplateReading): Evaluation {
  const blocks = reading.folders.flatMap((folder) => folder.resources);
  const names = new Map(parameterBlocks(blocks).map((block) => [block.name, nameOf(block)]));
  const agents = blocks
    .filter((block) => block.type === 'coder_agent')
    .map((block) => agent(addressOf(block), (key) => literal(block.body[key])));
  return {
    presets: presetBlocks(blocks).map((block) => staticPreset(block, names)),
    parameters: parameterBlocks(blocks).map(staticParameter),
    agents,
    singleProviders: [],
    conditional: false,
    leading: [],
    ownerParameters: [],
    ownerParameterNames: [],
    dataSources: dataTypes(blocks),
    notServed: configuredFeatures(
      blocks.map((block) => ({
        mode: block.mode,
        type: block.type,
        address: addressOf(block),
        attributes: Object.keys(block.body),
      })),
      agents,
    ),
  };
}

/** Best-effort first reading: what is written out, nothing for what is not. Never throws. */
export function glance(reading: TemplateReading): { presets: readonly PresetInput[]; parameters: readonly Parameter[] } {
  const blocks = reading.folders.flatMap((folder) => folder.resources);
  const names = new Map(parameterBlocks(blocks).map((block) => [block.name, attempt(() => nameOf(block)) ?? block.name]));
  return {
    presets: presetBlocks(blocks).flatMap((block) => attempt(() => staticPreset(block, names)) ?? []),
    parameters: parameterBlocks(blocks).flatMap((block) => attempt(() => staticParameter(block)) ?? []),
  };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const presetBlocks = (blocks: readonly ResourceBlock[]) =>
  blocks.filter((block) => block.mode === 'data' && block.type === 'coder_workspace_preset');
const parameterBlocks = (blocks: readonly ResourceBlock[]) =>
  blocks.filter((block) => block.mode === 'data' && block.type === 'coder_parameter');
const addressOf = (block: ResourceBlock) => `${block.mode === 'data' ? 'data.' : ''}${block.type}.${block.name}`;

function nameOf(block: ResourceBlock): string {
  return attribute(block, block.body, 'name', z.string());
}

function notLiteral(block: ResourceBlock, name: string): UserError {
  return new UserError('not_literal', `${placeText(block.place)}: ${name} of ${addressOf(block)} is not written out`, {
    hint: 'push without --static, so that the engine evaluates it',
  });
}

function attribute<T>(block: ResourceBlock, body: HclObject, name: string, schema: z.ZodType<T>): T {
  const value = literal(body[name]);
  if (body[name] !== undefined && value === undefined) throw notLiteral(block, name);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const what = value === undefined ? 'is missing' : 'has a wrong value';
  throw new UserError('template_invalid', `${placeText(block.place)}: ${name} of ${addressOf(block)} ${what}`, {
    hint: 'correct the template',
  });
}

function refuseGenerated(block: ResourceBlock, body: HclObject): void {
  for (const name of ['count', 'for_each', 'dynamic']) if (name in body) throw notLiteral(block, name);
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const number = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);

function staticPreset(block: ResourceBlock, names: ReadonlyMap<string, string>): EvaluatedPreset {
  refuseGenerated(block, block.body);
  const prebuilds = bodies(block.body['prebuilds']).at(0);
  const inner = prebuilds ?? {};
  refuseGenerated(block, inner);
  const ttl = bodies(inner['expiration_policy']).at(0);
  const scheduling = bodies(inner['scheduling']).at(0);
  return {
    address: addressOf(block),
    name: nameOf(block),
    isDefault: attribute(block, block.body, 'default', z.boolean().optional()) ?? false,
    parameters: presetParameters(block, names),
    instances: prebuilds === undefined ? 0 : attribute(block, inner, 'instances', number),
    hasPrebuilds: prebuilds !== undefined,
    ttlMs: ttl === undefined ? undefined : attribute(block, ttl, 'ttl', number) * 1000,
    timezone: scheduling === undefined ? undefined : attribute(block, scheduling, 'timezone', z.string()),
    schedules: bodies(scheduling?.['schedule']).map((one) => ({
      cron: attribute(block, one, 'cron', z.string()),
      instances: attribute(block, one, 'instances', number),
    })),
    sensitiveParameters: [],
  };
}

/** `(data.coder_parameter.cpus.name) = 8` is the usual form of a key, so it is resolved like a written-out one. */
function presetParameters(block: ResourceBlock, names: ReadonlyMap<string, string>): Record<string, string> {
  const written = block.body['parameters'];
  if (written === undefined) return {};
  const [map] = bodies(written);
  if (map === undefined) throw notLiteral(block, 'parameters');
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(map)) {
    const reference = /^\$\{\(?\s*data\.coder_parameter\.([\w-]+)\.name\s*\)?\}$/.exec(key)?.[1];
    const name = reference === undefined ? literal(key) : names.get(reference);
    const parsed = text.safeParse(literal(value));
    if (typeof name !== 'string' || !parsed.success) throw notLiteral(block, 'parameters');
    values[name] = parsed.data;
  }
  return values;
}

const TYPES = z.enum(['string', 'number', 'bool', 'list(string)'] satisfies ParameterType[]);

function staticParameter(block: ResourceBlock): Parameter {
  const { body } = block;
  refuseGenerated(block, body);
  return {
    name: nameOf(block),
    displayName: attribute(block, body, 'display_name', z.string().optional()) ?? '',
    description: attribute(block, body, 'description', z.string().optional()) ?? '',
    type: attribute(block, body, 'type', TYPES.optional()) ?? 'string',
    mutable: attribute(block, body, 'mutable', z.boolean().optional()) ?? false,
    ephemeral: attribute(block, body, 'ephemeral', z.boolean().optional()) ?? false,
    defaultValue: attribute(block, body, 'default', text.nullish()) ?? undefined,
    options: bodies(body['option']).map((one) => ({
      name: attribute(block, one, 'name', z.string()),
      value: attribute(block, one, 'value', text),
    })),
    validations: bodies(body['validation']).map((one) => ({
      regex: attribute(block, one, 'regex', z.string().optional()),
      error: attribute(block, one, 'error', z.string().optional()),
      min: attribute(block, one, 'min', number.optional()),
      max: attribute(block, one, 'max', number.optional()),
      monotonic: attribute(block, one, 'monotonic', z.enum(['increasing', 'decreasing']).optional()),
    })),
  };
}
