import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHclParser, isObject } from '../../../../src/template/hcl.ts';
import type { Body, Expr } from '../../../../src/template/syntax/ast.ts';
import { parse } from './show.ts';

/**
 * This reading against that of HashiCorp's own parser: the same files are refused, and in the others the same blocks, attributes and
 * literal values are found.
 */
const reference = createHclParser();

const FIXTURES = 'fixtures';
const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.tf'))
  .map((name): [string, string] => [name, readFileSync(join(FIXTURES, name), 'utf8')]);

const EXPRESSION = Symbol('an expression');

/** A value without expressions, as hcl2json writes it; EXPRESSION where one is in it. */
function literalOf(expr: Expr): unknown {
  if (expr.kind === 'literal') return expr.value;
  if (expr.kind === 'tuple') return expr.items.map(literalOf);
  if (expr.kind === 'object') {
    const entries = expr.entries.map(({ key, value }) => [literalOf(key), literalOf(value)] as const);
    if (entries.every(([key]) => key !== EXPRESSION))
      return Object.fromEntries(entries.map(([key, value]) => [String(key), value]));
  }
  return EXPRESSION;
}

/** As hcl2json groups blocks: by type and labels, bodies in lists. */
function bodyOf(body: Body): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { name, expr } of body.attributes) result[name] = literalOf(expr);
  for (const { type, labels, body: inner } of body.blocks) {
    const last = labels.at(-1);
    if (last === undefined) {
      result[type] = [...((result[type] as unknown[] | undefined) ?? []), bodyOf(inner)];
      continue;
    }
    let at = result;
    for (const label of [type, ...labels.slice(0, -1)]) at = (at[label] ??= {}) as Record<string, unknown>;
    at[last] = [...((at[last] as unknown[] | undefined) ?? []), bodyOf(inner)];
  }
  return result;
}

/** Puts EXPRESSION into the reference where this reading has it: hcl2json writes expressions as text. */
function aligned(theirs: unknown, ours: unknown): unknown {
  if (ours === EXPRESSION)
    return typeof theirs === 'string' || isEvaluated(theirs) || hasExpressionKey(theirs) ? EXPRESSION : theirs;
  if (Array.isArray(theirs) && Array.isArray(ours)) return theirs.map((item, index) => aligned(item, ours[index]));
  if (isObject(theirs) && isObject(ours)) {
    return Object.fromEntries(Object.entries(theirs).map(([key, value]) => [key, aligned(value, ours[key])]));
  }
  // It escapes what would be an interpolation.
  return typeof theirs === 'string' ? theirs.replace(/([$%])\1\{/g, '$1{') : theirs;
}

/** A key that is an expression makes the whole object one for this reading. */
const hasExpressionKey = (value: unknown): boolean => isObject(value) && Object.keys(value).some((key) => /^\$\{\(/.test(key));

/** It evaluates some expressions of literals alone: `-1`, `"${true}"`. */
const isEvaluated = (value: unknown): boolean => ['number', 'boolean'].includes(typeof value) || value === null;

async function compare(text: string): Promise<void> {
  const { body, problems } = parse(text);
  const ours = bodyOf(body);
  const theirs = await reference.parse('main.tf', text);
  expect(problems).toEqual([]);
  expect(ours).toEqual(aligned(theirs, ours));
}

it('has fixtures to read', () => {
  expect(files.length).toBeGreaterThan(50);
});

it.each(files)('%s', async (name, text) => {
  if (!name.includes('syntax/bad')) await compare(text);
  else expect(parse(text).problems).not.toEqual([]);
});

describe('tricky texts', () => {
  it.each([
    'a = "\\n\\t\\"\\\\\\u00e9\\U0001F600"\n',
    'a = "$${b} %%{c} $ % $$ %%"\n',
    'a = <<EOT\n  x\n\n  y "z" \\n $${a}\nEOT\n',
    'a = <<-EOT\n    x\n\n      y\n    EOT\n',
    'a = <<-EOT\n\tx\n\t\ty\n   \nEOT\nb = 1\n',
    'a = <<-EOT\n  ${b}\n   c\nEOT\n',
    'a = <<E\n# x\n/* y\n"\n\'\n}\n]\nE\nb = 2\n',
    'a {\n  b "c" {}\n  b "c" { d = 1 }\n}\n',
    'a b "c" {\n}\na b "d" {\n}\n',
    'a = [1, 2.5, 1e3, 1.5e-3, "x", true, null, [], {}]\n',
    'a = { b = 1, "c" = 2, d : 3\n e = 4 }\n',
    'a = {\n  b = c\n  (d) = e\n}\n',
    'a = [\n  # x\n  1, // y\n  2, /* z */\n]\n',
    'a = x ? 1 : y ? 2 : 3\nb = [for k, v in c : k if v]\nd = { for k, v in c : k => v... }\n',
    'a = b.*.c[0]\nd = b[*].c[0]\ne = b.0.c\n',
    '\uFEFFa = 1\r\nb = "x"\r\nc = <<E\r\n  d\r\nE\r\n',
    'é = "ü"\n',
    'a = f(<<E\nx\nE\n, 1)\n',
    'a = "${<<E\nx\nE\n}"\n',
    '/* a */ b /* c */ = /* d */ 1 /* e */ # f\n',
    'a { /* x */ }\nb { c = 1 /* y */ }\n',
    'a = "a${"b${"c"}"}"\n',
    'if = 1\nfor = 2\nin = 3\n',
    'a = -1\nb = !true\n',
    'a = 1 # no newline at the end',
  ])('%j', async (text) => {
    await compare(text);
  });
});

describe('both refuse', () => {
  it.each([
    'a = \n',
    'a = [1\n',
    'a = "b\n',
    'a = "b\nc"\n',
    'a = "\\q"\n',
    'a = <<E\nb\n',
    'a = <<E\nb\nE',
    'a = 1 b = 2\n',
    'a = 1\na = 2\n',
    'a { b = 1\n}\n',
    'a {\n  b = 1 }\n',
    'a { b {} }\n',
    'a {} b {}\n',
    'a = b\n  + c\n',
    'a =\n  1\n',
    'a = { b = 1 c = 2 }\n',
    'a = 0x1F\n',
    'a = b.0.1\n',
    'a = "${}"\n',
    'a = "${b"\n',
    'a = "%{ if b }c"\n',
    'a = "%{ endif }"\n',
    'a "b${c}" {}\n',
    'a = b ? c\n',
    'a = [b c]\n',
    'a = f(b\n',
    "a = 'b'\n",
    'a = b; c = d\n',
    '}\n',
    'a {\n',
    '= 1\n',
    'a b c\n',
    '"a" = 1\n',
    'a = 1 /* b\n',
    'a = b.*.c.*.d\n',
  ])('%j', async (text) => {
    await expect(reference.parse('main.tf', text)).rejects.toThrow();
    expect(parse(text).problems).not.toEqual([]);
  });
});
