import { z } from 'zod';
import type { AgentFact, Parameter, ParameterType, PresetInput } from '../domain/types.ts';
import { EngineError, UserError } from '../kit/errors.ts';
import { configuredFeatures, type ConfiguredBlock } from './features.ts';
import { isObject } from './hcl.ts';
import {
  allConfigured,
  allResources,
  parsePlanJson,
  type ConfigResource,
  type PlanJson,
  type PlanResource,
  type ProviderConfig,
} from './plan-json.ts';

export interface EvaluatedPreset extends PresetInput {
  readonly address: string;
  /** Parameters whose value comes from a sensitive variable. */
  readonly sensitiveParameters: readonly string[];
}

/** What one evaluation of a template says. */
export interface Evaluation {
  readonly presets: readonly EvaluatedPreset[];
  readonly parameters: readonly Parameter[];
  readonly agents: readonly AgentFact[];
  /** Provider addresses with exactly one configuration, without alias and outside modules (provider-sessions 4). */
  readonly singleProviders: readonly string[];
  /** Some parameter exists, or has options, validation or a default, depending on other values: each preset must be evaluated. */
  readonly conditional: boolean;
  /** Names of parameters that blocks of other parameters refer to without a detour. */
  readonly leading: readonly string[];
  /** Parameters that depend on the owner: judged again in the plan of a claim (spec 4.6). */
  readonly ownerParameters: readonly string[];
  /** Their names, as `--param` takes them. */
  readonly ownerParameterNames: readonly string[];
  /** Types of all data sources of the template and its modules. */
  readonly dataSources: readonly string[];
  readonly notServed: readonly string[];
}

/**
 * Reads presets, parameters, agents and providers from `show -json PLAN`. UserError `known_after_apply` when a preset or parameter
 * has a value that only an apply can tell.
 */
export function readPlan(json: unknown): Evaluation {
  const plan = parsePlanJson(json);
  const configured = allConfigured(plan.configuration.root_module);
  const read = dataResources(plan);
  const parameters = configured.filter((item) => item.mode === 'data' && item.type === 'coder_parameter');
  const agents = readAgents(plan, configured);
  const ownerParameters = parameters
    .filter((item) => references(item).some((name) => name.includes('coder_workspace_owner')))
    .map((item) => item.address);
  return {
    presets: read.filter((item) => item.type === 'coder_workspace_preset').map(readPreset),
    parameters: read.filter((item) => item.type === 'coder_parameter').map(readParameter),
    agents,
    singleProviders: singleProviders(Object.values(plan.configuration.provider_config)),
    conditional: parameters.some((item) => references(item).some((name) => mayVary(name, item.inRoot))),
    leading: namesOf(read, parameters.flatMap(references).flatMap(parameterAddress)),
    ownerParameters,
    ownerParameterNames: namesOf(read, ownerParameters),
    dataSources: dataTypes(configured),
    notServed: configuredFeatures(configured.map(asBlock), agents),
  };
}

/** The parameters at these addresses by their names, each once. */
const namesOf = (read: readonly PlanResource[], addresses: readonly string[]): readonly string[] => [
  ...new Set(
    read
      .filter((item) => item.type === 'coder_parameter' && addresses.includes(configAddress(item.address)))
      .flatMap((item) => (typeof item.values['name'] === 'string' ? [item.values['name']] : [])),
  ),
];

const parameterAddress = (reference: string): readonly string[] => /^data\.coder_parameter\.[\w-]+/.exec(reference) ?? [];

/** The address of a block that `count` or `for_each` made several of; configured blocks are named relative to their module. */
const configAddress = (address: string): string => address.replace(/^(module\.[^.]+\.)+/, '').replace(/\[[^\]]*\]$/, '');

/** Types of the data sources among blocks, each once. */
export const dataTypes = (blocks: readonly { readonly mode: string; readonly type: string }[]): readonly string[] =>
  [...new Set(blocks.filter(({ mode }) => mode === 'data').map(({ type }) => type))].sort();

const asBlock = (item: ConfigResource): ConfiguredBlock => ({
  mode: item.mode,
  type: item.type,
  address: item.address,
  attributes: Object.keys(item.expressions),
});

/** Data sources that were read, plus the deferred ones whose every value is known all the same. */
function dataResources(plan: PlanJson): readonly PlanResource[] {
  const read = allResources(plan.prior_state?.values?.root_module).filter((item) => item.mode === 'data');
  const deferred: PlanResource[] = [];
  for (const item of plan.resource_changes) {
    if (item.mode !== 'data' || (item.type !== 'coder_workspace_preset' && item.type !== 'coder_parameter')) continue;
    const after = isObject(item.change.after) ? item.change.after : {};
    const unknown = unknownPaths(item.change.after_unknown).filter((path) => path !== 'id');
    if (unknown.length > 0) throw knownAfterApply(item.type, item.address, after['name'], unknown);
    deferred.push({ address: item.address, mode: 'data', type: item.type, name: '', values: after, sensitive_values: {} });
  }
  return [...read, ...deferred];
}

function knownAfterApply(type: string, address: string, name: unknown, unknown: readonly string[]): UserError {
  const kind = type === 'coder_parameter' ? 'parameter' : 'preset';
  const thing = typeof name === 'string' ? `${kind} "${name}"` : `${kind} ${address}`;
  const written = unknown.filter((path) => kind === 'preset' || !['value', 'optional', 'form_type', 'styling'].includes(path));
  const attribute = written.map((path) => path.replace(/^prebuilds\.\d+\./, '').replace(/\.\d+/g, '')).at(0);
  return new UserError(
    'known_after_apply',
    `${attribute === undefined ? '' : `${attribute} of `}${thing} is known only after apply`,
    {
      hint: 'let it depend on variables, locals and coder data sources only',
      details: { address },
    },
  );
}

function unknownPaths(tree: unknown, prefix = ''): readonly string[] {
  if (tree === true) return [prefix];
  if (Array.isArray(tree)) return tree.flatMap((item, index) => unknownPaths(item, `${prefix}.${String(index)}`));
  if (!isObject(tree)) return [];
  return Object.entries(tree).flatMap(([key, item]) => unknownPaths(item, prefix === '' ? key : `${prefix}.${key}`));
}

/** A value as the provider keeps it: `8` is "8", `true` is "true". */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const count = z.number().nullish();
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

const presetValues = z.object({
  name: z.string(),
  default: z.boolean().nullish(),
  parameters: z.record(z.string(), text.nullable()).nullish(),
  prebuilds: listOf(
    z.object({
      instances: count,
      expiration_policy: listOf(z.object({ ttl: count })),
      scheduling: listOf(
        z.object({ timezone: z.string().nullish(), schedule: listOf(z.object({ cron: z.string(), instances: count })) }),
      ),
    }),
  ),
});

function readPreset(item: PlanResource): EvaluatedPreset {
  const values = checked(presetValues, item);
  return {
    address: item.address,
    name: values.name,
    isDefault: values.default ?? false,
    parameters: Object.fromEntries(
      Object.entries(values.parameters ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
    ),
    ...readPrebuilds(values.prebuilds.at(0)),
    sensitiveParameters: sensitiveKeys(item.sensitive_values),
  };
}

function readPrebuilds(
  block: z.output<typeof presetValues>['prebuilds'][number] | undefined,
): Pick<PresetInput, 'instances' | 'hasPrebuilds' | 'ttlMs' | 'timezone' | 'schedules'> {
  if (block === undefined) return { instances: 0, hasPrebuilds: false, ttlMs: undefined, timezone: undefined, schedules: [] };
  const scheduling = block.scheduling.at(0);
  const ttl = block.expiration_policy.at(0)?.ttl ?? undefined;
  return {
    instances: block.instances ?? 0,
    hasPrebuilds: true,
    ttlMs: ttl === undefined ? undefined : ttl * 1000,
    timezone: scheduling?.timezone ?? undefined,
    schedules: (scheduling?.schedule ?? []).map((one) => ({ cron: one.cron, instances: one.instances ?? 0 })),
  };
}

function sensitiveKeys(values: unknown): readonly string[] {
  const parameters = isObject(values) ? values['parameters'] : undefined;
  return isObject(parameters) ? Object.keys(parameters).filter((key) => parameters[key] === true) : [];
}

const TYPES: readonly string[] = ['string', 'number', 'bool', 'list(string)'] satisfies ParameterType[];
const isType = (value: string): value is ParameterType => TYPES.includes(value);

const parameterValues = z.object({
  name: z.string(),
  display_name: z.string().nullish(),
  description: z.string().nullish(),
  type: z.string().nullish(),
  mutable: z.boolean().nullish(),
  ephemeral: z.boolean().nullish(),
  optional: z.boolean().nullish(),
  default: text.nullish(),
  option: listOf(z.object({ name: z.string(), value: text })),
  validation: listOf(
    z.object({
      regex: z.string().nullish(),
      error: z.string().nullish(),
      min: z.number().nullish(),
      max: z.number().nullish(),
      min_disabled: z.boolean().nullish(),
      max_disabled: z.boolean().nullish(),
      monotonic: z.string().nullish(),
    }),
  ),
});

function readParameter(item: PlanResource): Parameter {
  const values = checked(parameterValues, item);
  const type = values.type ?? 'string';
  if (!isType(type)) throw new EngineError('plan_json', `parameter "${values.name}" has an unknown type ${type}`);
  return {
    name: values.name,
    displayName: values.display_name ?? '',
    description: values.description ?? '',
    type,
    mutable: values.mutable ?? false,
    ephemeral: values.ephemeral ?? false,
    defaultValue: defaultOf(values),
    options: values.option,
    validations: values.validation.map((one) => ({
      regex: one.regex === '' ? undefined : (one.regex ?? undefined),
      error: one.error === '' ? undefined : (one.error ?? undefined),
      min: one.min_disabled === true ? undefined : (one.min ?? undefined),
      max: one.max_disabled === true ? undefined : (one.max ?? undefined),
      monotonic: one.monotonic === 'increasing' || one.monotonic === 'decreasing' ? one.monotonic : undefined,
    })),
  };
}

/** The provider writes null for a default that is empty text, and says that the parameter is optional. */
function defaultOf({ optional, default: value }: z.output<typeof parameterValues>): string | undefined {
  if (optional === false) return undefined;
  return value ?? (optional === true ? '' : undefined);
}

function checked<T extends z.ZodType>(schema: T, item: PlanResource): z.output<T> {
  const parsed = schema.safeParse(item.values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new EngineError(
    'plan_json',
    `${item.address}: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'unexpected shape'}`,
    {
      hint: 'the coder provider speaks a form this tool does not know; please report it with the provider version',
    },
  );
}

function readAgents(plan: PlanJson, configured: readonly ConfigResource[]): readonly AgentFact[] {
  const planned = allResources(plan.planned_values?.root_module).filter(
    (item) => item.type === 'coder_agent' && item.mode === 'managed',
  );
  if (planned.length > 0) return planned.map((item) => agent(item.address, (key) => item.values[key]));
  return configured
    .filter((item) => item.type === 'coder_agent' && item.mode === 'managed')
    .map((item) => agent(item.address, (key) => constantOf(item.expressions[key])));
}

const constantOf = (expression: unknown): unknown => (isObject(expression) ? expression['constant_value'] : undefined);

/** An agent from its attributes; `''` where a value is known only later. */
export function agent(address: string, attribute: (name: string) => unknown): AgentFact {
  const word = (name: string, otherwise: string) => {
    const value = attribute(name);
    return typeof value === 'string' ? value : otherwise;
  };
  return { address, os: word('os', ''), arch: word('arch', ''), auth: word('auth', 'token') };
}

function singleProviders(configs: readonly ProviderConfig[]): readonly string[] {
  const names = new Set(configs.map((config) => config.full_name));
  return [...names]
    .filter((name) => !name.startsWith('terraform.io/builtin/'))
    .filter((name) => {
      const same = configs.filter((config) => config.full_name === name);
      return same.length === 1 && same.every((config) => config.alias === undefined && config.module_address === undefined);
    })
    .sort();
}

function references(item: ConfigResource): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) {
      const names = value['references'];
      if (Array.isArray(names)) found.push(...names.filter((name) => typeof name === 'string'));
      else Object.values(value).forEach(visit);
    }
  };
  visit(item.expressions);
  visit(item.count_expression);
  visit(item.for_each_expression);
  return found;
}

/** A variable of the template is the same for every preset; inside a module it may be fed from a parameter. */
const mayVary = (reference: string, inRoot: boolean): boolean =>
  !/^(each|count|path|terraform)(\.|$)/.test(reference) && !(inRoot && reference.startsWith('var.'));
