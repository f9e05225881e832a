import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Variable, VariableSource } from '../domain/types.ts';
import { VARIABLE_PREFIX } from '../kit/credentials.ts';
import { messageOf, UserError } from '../kit/errors.ts';
import { sha256 } from '../kit/ids.ts';
import type { TemplateSource } from '../template/source.ts';
import { literal, type HclParser } from '../template/hcl.ts';
import type { VariableBlock } from '../template/reading.ts';

/** Values of `--var` and `--var-file` for the engine, and what the store may know of them. */
export interface MergedVariables {
  /** Content of the JSON variables file; holds secrets. */
  readonly json: Readonly<Record<string, unknown>>;
  /** In name order. A sensitive value is a hash here: it is needed in the file only. */
  readonly stored: readonly Variable[];
  /** Names of those that were taken from the environment. */
  readonly inherited: readonly string[];
}

/** The environment of the command, and `env` and `env_file` of the configuration. */
export interface Surroundings {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly configured: Readonly<Record<string, string>>;
}

/** Variables that nobody gave a value, but the configuration of the host. */
function configuredOnly(
  { configured }: Surroundings,
  declared: readonly VariableBlock[],
  { stored }: MergedVariables,
): readonly string[] {
  const given = new Set(stored.map(({ name }) => name));
  return declared
    .map(({ name }) => name)
    .filter((name) => !given.has(name) && Object.hasOwn(configured, `${VARIABLE_PREFIX}${name}`));
}

/** Whether any variable has another value than its default, which every command of the engine checks. */
export const hasValues = (surroundings: Surroundings, declared: readonly VariableBlock[], merged: MergedVariables): boolean =>
  merged.stored.length > 0 || configuredOnly(surroundings, declared, merged).length > 0;

/** What is to be said of values that nobody typed for this push. */
export const valueWarnings = (
  surroundings: Surroundings,
  declared: readonly VariableBlock[],
  merged: MergedVariables,
): readonly string[] => [
  ...merged.inherited.map((name) => `variable "${name}" has the value that TF_VAR_${name} has here, as if given with --var`),
  ...configuredOnly(surroundings, declared, merged).map(
    (name) => `variable "${name}" comes from TF_VAR_${name} of the configuration, and changes with it; better give it with --var`,
  ),
];

/**
 * Values that the engine would take from `TF_VAR_*` of this process: for declared variables that no `.tfvars` of the template sets, which come
 * before the environment, and that the configuration of the host does not set.
 */
export async function inheritedVariables(
  declared: readonly VariableBlock[],
  source: TemplateSource,
  environment: Surroundings,
  parser: HclParser,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const { name } of declared) {
    const variable = `${VARIABLE_PREFIX}${name}`;
    const value = environment.inherited[variable];
    if (value !== undefined && !Object.hasOwn(environment.configured, variable)) values[name] = value;
  }
  if (Object.keys(values).length === 0) return values;
  const files = source.files.filter(({ path }) => /^(terraform\.tfvars|[^/]*\.auto\.tfvars)(\.json)?$/.test(path));
  for (const { path } of files) {
    const file = join(source.dir, path);
    // One that cannot be read is the engine's to refuse.
    const set = await readFile(file, 'utf8')
      .then((text) => parser.parse(file, text))
      .catch(() => ({}));
    for (const name of Object.keys(set)) Reflect.deleteProperty(values, name);
  }
  return values;
}

/**
 * Merges what was inherited, and over it what was given, in its order. UserErrors: a text without `=`, a variable the template does not
 * declare, a file that cannot be read or holds expressions. Values never appear in messages.
 */
export async function mergeVariables(
  declared: readonly VariableBlock[],
  input: {
    readonly inherited: Readonly<Record<string, string>>;
    readonly given: readonly VariableSource[];
  },
  parser: HclParser,
): Promise<MergedVariables> {
  const json: Record<string, unknown> = {};
  const block: Find = (name, from) => {
    const found = declared.find((variable) => variable.name === name);
    if (found !== undefined) return found;
    const known = declared.map((variable) => variable.name).join(', ');
    throw new UserError('variable_undeclared', `the template declares no variable "${name}" (given by ${from})`, {
      hint: known === '' ? 'the template has no variables' : `its variables are: ${known}`,
    });
  };
  const inherited = new Set<string>();
  for (const [name, text] of Object.entries(input.inherited)) {
    const from = `${VARIABLE_PREFIX}${name}`;
    json[name] = await readValue(block(name, from), text, parser, from);
    inherited.add(name);
  }
  for (const source of input.given) {
    const values = 'file' in source ? await readVarFile(source.file, block, parser) : await readVar(source.value, block, parser);
    for (const [name, value] of Object.entries(values)) {
      json[name] = value;
      inherited.delete(name);
    }
  }
  const stored = Object.keys(json)
    .sort()
    .map((name) => storedVariable(name, json[name], declared.find((variable) => variable.name === name)?.sensitive === true));
  return { json, stored, inherited: [...inherited].sort() };
}

function storedVariable(name: string, value: unknown, sensitive: boolean): Variable {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { name, sensitive, value: sensitive ? `sha256:${sha256(`${name}\n${text}`)}` : text };
}

/** The declaration of a variable, or a refusal that names where it was given. */
type Find = (name: string, from: string) => VariableBlock;

async function readVar(text: string, find: Find, parser: HclParser): Promise<Readonly<Record<string, unknown>>> {
  const at = text.indexOf('=');
  if (at <= 0) {
    throw new UserError('variable_form', 'a --var must have the form NAME=VALUE', { hint: 'for example --var region=eu' });
  }
  const name = text.slice(0, at).trim();
  return { [name]: await readValue(find(name, '--var'), text.slice(at + 1), parser) };
}

async function readVarFile(file: string, find: Find, parser: HclParser): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError('var_file_unreadable', `cannot read the variables file ${file}: ${messageOf(error)}`, {
      hint: 'check the path given to --var-file',
    });
  });
  const parsed = await parser.parse(file, text);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parsed)) {
    // JSON files hold plain values; in the native form an expression cannot be evaluated here.
    const plain = file.endsWith('.json') ? value : literal(value);
    if (plain === undefined) {
      throw new UserError('var_file_value', `${file}: the value of "${name}" is an expression`, {
        hint: 'write plain values into variables files',
      });
    }
    values[find(name, file).name] = plain;
  }
  return values;
}

/** Like the engine: a text for simple types, an expression for collections. */
async function readValue(
  variable: VariableBlock,
  text: string,
  parser: HclParser,
  from = `--var ${variable.name}`,
): Promise<unknown> {
  if (variable.type === undefined || !/^(any|list|set|map|object|tuple)\b/.test(variable.type)) return text;
  const parsed = await parser.parse('--var', `value = ${text}\n`).catch(() => undefined);
  const value = literal(parsed?.['value']);
  if (parsed === undefined || value === undefined) {
    throw new UserError('variable_form', `the value of ${from} is not a ${variable.type.replace(/\s+/g, ' ')}`, {
      hint: `write it as in a .tf file, for example --var '${variable.name}=["a", "b"]'`,
    });
  }
  return value;
}
