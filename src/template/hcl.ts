import type * as Hcl2Json from '@cdktf/hcl2json';
import { messageOf, UserError } from '../kit/errors.ts';

/**
 * Parser of one configuration or variables file into plain JSON: blocks by type and labels, bodies as arrays, expressions as
 * `${...}` strings. Errors are UserError `hcl_syntax` with `file:line:column: message`.
 */
export interface HclParser {
  parse(file: string, text: string): Promise<HclObject>;
}

export type HclObject = Readonly<Record<string, unknown>>;

/** The parser of HashiCorp's own grammar. The library is loaded at the first use: it costs up to seconds. */
export function createHclParser(): HclParser {
  let loading: Promise<typeof Hcl2Json> | undefined;
  return {
    parse: async (file, text) => {
      if (file.endsWith('.json')) return parseJson(file, text);
      if (text.trim() === '') return {};
      loading ??= import('@cdktf/hcl2json');
      const library = await loading;
      try {
        // The file's name alone: the message is taken apart below, and a path with brackets would be in the way.
        const parsed: unknown = await library.parse('main.tf', text);
        return isObject(parsed) ? parsed : {};
      } catch (error) {
        throw syntaxError(file, messageOf(error));
      }
    },
  };
}

/** Whether a value is a plain object, not an array or null. */
export const isObject = (value: unknown): value is HclObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function syntaxError(file: string, message: string): UserError {
  const inner = /\[(.*)\]/s.exec(message)?.[1] ?? message;
  const [, line = '0', column = '0', all = inner] = /^main\.tf:(\d+),(\d+)-[\d,]+: (.*)$/s.exec(inner) ?? [];
  // Only the first of several: the later ones mostly follow from it.
  const [first = all] = all.split(/(?<=[.)]) main\.tf:\d+,\d+-[\d,]+: /);
  const text = first
    .replace(/\s+/g, ' ')
    .replace(/^([^;]*); /, '$1: ')
    .replace(/main\.tf:(\d+),(\d+)-[\d,]*\d/g, `${file}:$1:$2`);
  const where = line === '0' ? file : `${file}:${line}:${column}`;
  return new UserError('hcl_syntax', `${where}: ${text.replace(/\.$/, '')}`, {
    hint: 'correct the file and push again',
    details: { file, line: Number(line), column: Number(column) },
  });
}

function parseJson(file: string, text: string): HclObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const { line, column } = jsonPlace(text, messageOf(error));
    const reason = messageOf(error).replace(/ in JSON at position.*$| at position \d+.*$|, ".*$|, \.\.\..*$/s, '');
    throw new UserError('hcl_syntax', `${file}:${String(line)}:${String(column)}: ${reason}`, {
      hint: 'correct the file and push again',
      details: { file, line, column },
    });
  }
  if (isObject(parsed)) return parsed;
  // The engine also takes an array of objects at the top.
  if (Array.isArray(parsed)) return Object.assign({}, ...parsed.filter(isObject)) as HclObject;
  throw new UserError('hcl_syntax', `${file}:1:1: a JSON object is expected`, { hint: 'correct the file and push again' });
}

function jsonPlace(text: string, message: string): { line: number; column: number } {
  const position = /position (\d+)/.exec(message)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

/** The value of an attribute when it is written out; `undefined` when it is an expression or a template. */
export function literal(value: unknown): unknown {
  if (typeof value === 'string') {
    const negative = /^\$\{\s*-\s*([\d.]+)\s*\}$/.exec(value);
    if (negative !== null) return -Number(negative[1]);
    // `$${` and `%%{` are written-out `${` and `%{`.
    const kept = value.replaceAll('$${', '\u0000').replaceAll('%%{', '\u0001');
    if (kept.includes('${') || kept.includes('%{')) return undefined;
    return kept.replaceAll('\u0000', '${').replaceAll('\u0001', '%{');
  }
  if (Array.isArray(value)) {
    const items = value.map(literal);
    return items.includes(undefined) ? undefined : items;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [literal(key), literal(item)] as const);
    return entries.some((entry) => entry.includes(undefined))
      ? undefined
      : Object.fromEntries(entries.map(([key, item]) => [String(key), item]));
  }
  return value;
}
