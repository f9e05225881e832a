import fc from 'fast-check';
import type { Kind, Printed, Scope } from './scope.ts';
import { reference } from './scope.ts';

/**
 * A random expression of one kind as a tree of plain data, so that it shrinks: `op` names a row of PRINTERS, and references hold a number
 * that picks among what is in scope when it is printed.
 */
export interface Node {
  readonly kind: Kind;
  readonly op: string;
  readonly pick: number;
  readonly parts: readonly Node[];
}

/** Every folder of a random configuration has this file, which does not use `items` unless `on`. */
export const TEMPLATE_FILE = 'text.tftpl';
export const TEMPLATE_TEXT = 'hello ${who}\n%{ if on ~}\n%{ for item in items ~}\n- ${item}\n%{ endfor ~}\n%{ endif ~}\n';

type Build = (parts: readonly string[], pick: number) => string;

interface Row {
  /** Kinds of the parts. */
  readonly parts: readonly Kind[];
  readonly print: Build;
}

const TEXTS = ['"a"', '"b"', '"same"', '""'];
const SOURCES = [
  'data.coder_workspace_owner.me.name',
  'data.coder_workspace_owner.me.email',
  'data.coder_workspace_owner.me.full_name',
  'data.coder_workspace.me.name',
  'data.coder_workspace.me.id',
  'data.coder_workspace.me.transition',
  'data.coder_workspace.me.template_name',
];
const FLAGS = ['true', 'false', 'data.coder_workspace.me.is_prebuild', 'data.coder_workspace.me.is_prebuild_claim'];
const KEYS = ['a', 'b', 'c'];
const at = (list: readonly string[], pick: number): string => list[pick % list.length] ?? '';

const leaf = (print: Build): Row => ({ parts: [], print });
const over = (parts: readonly Kind[], print: (parts: readonly [string, string, string], pick: number) => string): Row => ({
  parts,
  print: (texts, pick) => print(texts as readonly [string, string, string], pick),
});

/**
 * Comparisons are only such whose result does not depend on who the claimant is: the engine knows one claimant, the linter none. A
 * reference is printed by the scope.
 */
const PRINTERS: Readonly<Record<Kind, Readonly<Record<string, Row>>>> = {
  text: {
    literal: leaf((_, pick) => at(TEXTS, pick)),
    source: leaf((_, pick) => at(SOURCES, pick)),
    reference: leaf(() => ''),
    template: over(['text', 'text'], ([a, b]) => `"${interpolate(a)}-${interpolate(b)}"`),
    directive: over(['flag', 'text'], ([a, b]) => `"%{ if ${a} }${interpolate(b)}%{ else }no%{ endif }"`),
    conditional: over(['flag', 'text', 'text'], ([a, b, c]) => `(${a} ? ${b} : ${c})`),
    key: over(['map'], ([a], pick) => `try(${a}["${at(KEYS, pick)}"], "none")`),
    lookup: over(['map', 'text'], ([a, b], pick) => `lookup(tomap(${a}), "${at(KEYS, pick)}", ${b})`),
    element: over(['list'], ([a], pick) => `try(${a}[${String(pick % 3)}], "none")`),
    upper: over(['text'], ([a]) => `upper(${a})`),
    md5: over(['text'], ([a]) => `md5(${a})`),
    format: over(['text'], ([a]) => `format("%s!", ${a})`),
    join: over(['list'], ([a]) => `join(",", ${a})`),
    json: over(['map'], ([a]) => `jsonencode(${a})`),
    coalesce: over(['text', 'text'], ([a, b]) => `coalesce(${a}, ${b}, "x")`),
    sensitive: over(['text'], ([a]) => `nonsensitive(sensitive(${a}))`),
    number: over(['number'], ([a]) => `"n${interpolate(a)}"`),
    file: over(
      ['text', 'list', 'flag'],
      ([a, b, c]) => `templatefile("\${path.module}/${TEMPLATE_FILE}", { who = ${a}, items = ${b}, on = ${c} })`,
    ),
  },
  flag: {
    literal: leaf((_, pick) => at(FLAGS, pick)),
    prebuild: leaf(() => 'data.coder_workspace_owner.me.name == "prebuilds"'),
    transition: leaf((_, pick) => `data.coder_workspace.me.transition == "${at(['start', 'stop'], pick)}"`),
    not: over(['flag'], ([a]) => `!(${a})`),
    and: over(['flag', 'flag'], ([a, b]) => `(${a} && ${b})`),
    or: over(['flag', 'flag'], ([a, b]) => `(${a} || ${b})`),
    has: over(['map'], ([a], pick) => `can(${a}["${at(KEYS, pick)}"])`),
    positive: over(['number'], ([a]) => `(${a} > 0)`),
  },
  number: {
    literal: leaf((_, pick) => String(pick % 3)),
    start: leaf(() => 'data.coder_workspace.me.start_count'),
    prebuild: leaf(() => 'data.coder_workspace.me.prebuild_count'),
    conditional: over(['flag', 'number', 'number'], ([a, b, c]) => `(${a} ? ${b} : ${c})`),
    length: over(['list'], ([a]) => `length(${a})`),
    size: over(['map'], ([a]) => `length(${a})`),
    sum: over(['number', 'number'], ([a, b]) => `(${a} + ${b})`),
  },
  map: {
    reference: leaf(() => ''),
    one: over(['text'], ([a], pick) => `{ ${at(KEYS, pick)} = ${a} }`),
    two: over(['text', 'text'], ([a, b]) => `{ a = ${a}, b = ${b} }`),
    three: over(['text', 'text', 'text'], ([a, b, c]) => `{ a = ${a}, b = ${b}, c = ${c} }`),
    merge: over(['map', 'map'], ([a, b]) => `merge(${a}, ${b})`),
    values: over(['map'], ([a]) => `{ for k, v in ${a} : k => upper(v) }`),
    filtered: over(['map', 'flag'], ([a, b], pick) => `{ for k, v in ${a} : k => v if k != "${at(KEYS, pick)}" || ${b} }`),
    from_list: over(['list', 'text'], ([a, b]) => `{ for i, x in ${a} : "k\${i}" => "\${x}-${interpolate(b)}" }`),
    conditional: over(['flag', 'map', 'map'], ([a, b, c]) => `(${a} ? tomap(${b}) : tomap(${c}))`),
    zipmap: over(['text', 'text'], ([a, b]) => `zipmap(["a", "b"], [${a}, ${b}])`),
  },
  list: {
    reference: leaf(() => ''),
    one: over(['text'], ([a]) => `[${a}]`),
    two: over(['text', 'text'], ([a, b]) => `[${a}, ${b}]`),
    keys: over(['map'], ([a]) => `keys(${a})`),
    values: over(['map'], ([a]) => `values(${a})`),
    concat: over(['list', 'list'], ([a, b]) => `concat(${a}, ${b})`),
    filtered: over(['list', 'flag'], ([a, b]) => `[for x in ${a} : "\${x}." if ${b}]`),
    splat: over(['text', 'text'], ([a, b]) => `[{ n = ${a} }, { n = ${b} }][*].n`),
    split: over(['text'], ([a]) => `split("-", ${a})`),
    conditional: over(['flag', 'list', 'list'], ([a, b, c]) => `(${a} ? tolist(${b}) : tolist(${c}))`),
    flatten: over(['list', 'text'], ([a, b]) => `flatten([${a}, [[${b}]]])`),
  },
};

/** `${a}`, without the braces around a plain text. */
const interpolate = (text: string): string => (/^"[^"$%\\]*"$/.test(text) ? text.slice(1, -1) : `\${${text}}`);

/** Of 1: what makes a configuration interesting comes more often. */
const WEIGHTS: Readonly<Record<string, number>> = { reference: 10, source: 6, prebuild: 4, two: 4, literal: 2 };

const KINDS = Object.keys(PRINTERS) as readonly Kind[];

/** Expressions of each kind, simple ones first when they shrink. */
export const expressions: Readonly<Record<Kind, fc.Arbitrary<Node>>> = fc.letrec<Record<Kind, Node>>((tie) => {
  const of = (kind: Kind): fc.Arbitrary<Node> => {
    const rows = Object.entries(PRINTERS[kind]);
    // Leaves come first: a oneof falls back to its first choices when it is deep enough.
    const ordered = [...rows.filter(([, row]) => row.parts.length === 0), ...rows.filter(([, row]) => row.parts.length > 0)];
    const choices = ordered.map(([op, row]) => ({
      weight: WEIGHTS[op] ?? 1,
      arbitrary: fc.record({
        kind: fc.constant(kind),
        op: fc.constant(op),
        pick: fc.nat(11),
        parts: fc.tuple(...row.parts.map((part) => tie(part))),
      }),
    }));
    return fc.oneof({ depthIdentifier: 'expression', maxDepth: 3, withCrossShrink: true }, ...choices);
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, fc.Arbitrary<Node>>;
});

/** HCL text of an expression, and whether its value is known when the workspace is first planned. */
export function printNode(node: Node, scope: Scope): Printed {
  if (node.op === 'reference') return reference(scope, node.kind, node.pick);
  const parts = node.parts.map((part) => printNode(part, scope));
  const row = PRINTERS[node.kind][node.op];
  if (row === undefined) throw new Error(`no expression ${node.kind} ${node.op}`);
  return {
    text: row.print(
      parts.map((part) => part.text),
      node.pick,
    ),
    known: parts.every((part) => part.known),
  };
}
