import { readFile } from 'node:fs/promises';
import type { Variable } from '../domain/types.ts';
import { messageOf, UserError } from '../kit/errors.ts';
import { sha256 } from '../kit/ids.ts';
import { literal, type HclParser } from '../template/hcl.ts';
import type { VariableBlock } from '../template/reading.ts';

/** Values of `--var` and `--var-file` for the engine, and what the store may know of them. */
export interface MergedVariables {
  /** Content of the JSON variables file; holds secrets. */
  readonly json: Readonly<Record<string, unknown>>;
  /** In name order. A sensitive value is a hash here: it is needed in the file only. */
  readonly stored: readonly Variable[];
}

/**
 * Merges the files in their order and then the `name=value` texts over them. UserErrors: a text without `=`, a variable the template
 * does not declare, a file that cannot be read or holds expressions. Values never appear in messages.
 */
export async function mergeVariables(
  declared: readonly VariableBlock[],
  input: { readonly vars: readonly string[]; readonly varFiles: readonly string[] },
  parser: HclParser,
): Promise<MergedVariables> {
  const json: Record<string, unknown> = {};
  const block = (name: string, from: string): VariableBlock => {
    const found = declared.find((variable) => variable.name === name);
    if (found !== undefined) return found;
    const known = declared.map((variable) => variable.name).join(', ');
    throw new UserError('variable_undeclared', `the template declares no variable "${name}" (given by ${from})`, {
      hint: known === '' ? 'the template has no variables' : `its variables are: ${known}`,
    });
  };
  for (const file of input.varFiles) {
    for (const [name, value] of Object.entries(await readVarFile(file, parser))) {
      json[block(name, file).name] = value;
    }
  }
  for (const text of input.vars) {
    const at = text.indexOf('=');
    if (at <= 0) {
      throw new UserError('variable_form', 'a --var must have the form NAME=VALUE', { hint: 'for example --var region=eu' });
    }
    const name = text.slice(0, at).trim();
    json[name] = await readValue(block(name, '--var'), text.slice(at + 1), parser);
  }
  const stored = Object.keys(json)
    .sort()
    .map((name) => storedVariable(name, json[name], declared.find((variable) => variable.name === name)?.sensitive === true));
  return { json, stored };
}

function storedVariable(name: string, value: unknown, sensitive: boolean): Variable {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { name, sensitive, value: sensitive ? `sha256:${sha256(`${name}\n${text}`)}` : text };
}

async function readVarFile(file: string, parser: HclParser): Promise<Readonly<Record<string, unknown>>> {
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
    values[name] = plain;
  }
  return values;
}

/** Like the engine: a text for simple types, an expression for collections. */
async function readValue(variable: VariableBlock, text: string, parser: HclParser): Promise<unknown> {
  if (variable.type === undefined || !/^(any|list|set|map|object|tuple)\b/.test(variable.type)) return text;
  const parsed = await parser.parse('--var', `value = ${text}\n`).catch(() => undefined);
  const value = literal(parsed?.['value']);
  if (parsed === undefined || value === undefined) {
    throw new UserError('variable_form', `the value of --var ${variable.name} is not a ${variable.type.replace(/\s+/g, ' ')}`, {
      hint: `write it as in a .tf file, for example --var '${variable.name}=["a", "b"]'`,
    });
  }
  return value;
}
