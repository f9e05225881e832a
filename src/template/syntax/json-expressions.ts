import type { Node } from 'jsonc-parser';
import type { Expr, SyntaxProblem, TemplatePart } from './ast.ts';
import type { Positions } from './positions.ts';

/** Reads a text that is all template; the positions are those of the text. */
export type ReadTemplate = (
  text: string,
  positions: Positions,
) => { readonly parts: readonly TemplatePart[]; readonly problems: readonly SyntaxProblem[] };

export interface JsonReading {
  readonly text: string;
  readonly positions: Positions;
  readonly problems: SyntaxProblem[];
  readonly readTemplate: ReadTemplate;
}

/**
 * How strings are read: as templates, as they are, or as an expression (references and types). In `lifecycle` it depends on the
 * argument.
 */
export type Mode = 'template' | 'plain' | 'reference' | 'lifecycle';

/** The expression of a JSON value. */
export function expressionOf(reading: JsonReading, node: Node, mode: Mode): Expr {
  const range = reading.positions.range(node.offset, node.offset + node.length);
  switch (node.type) {
    case 'array':
      return { kind: 'tuple', items: (node.children ?? []).map((item) => expressionOf(reading, item, mode)), range };
    case 'object':
      return objectOf(reading, node, mode);
    case 'string':
      return stringOf(reading, node, mode);
    case 'number':
    case 'boolean':
      return { kind: 'literal', value: node.value as number | boolean, range };
    case 'null':
      return { kind: 'literal', value: null, range };
    case 'property':
      return { kind: 'invalid', range };
  }
}

function objectOf(reading: JsonReading, node: Node, mode: Mode): Expr {
  const entries = (node.children ?? []).flatMap(({ children: [key, value] = [] }) => {
    if (key === undefined || value === undefined) return [];
    const name = String(key.value);
    const references = mode === 'lifecycle' && (name === 'ignore_changes' || name === 'replace_triggered_by');
    const inner = references ? 'reference' : mode === 'lifecycle' ? 'template' : mode;
    // The keys of an object can hold interpolations where its values can.
    const keyMode = mode === 'template' ? 'template' : 'plain';
    return [{ key: stringOf(reading, key, keyMode), value: expressionOf(reading, value, inner) }];
  });
  return { kind: 'object', entries, range: reading.positions.range(node.offset, node.offset + node.length) };
}

function stringOf(reading: JsonReading, node: Node, mode: Mode): Expr {
  const value = String(node.value);
  const range = reading.positions.range(node.offset, node.offset + node.length);
  if (mode === 'reference') return referenceOf(reading, node, value);
  if (mode === 'plain' || !/[$%]\{/.test(value)) return { kind: 'literal', value, range };
  const parts = partsOf(reading, node, value, 0);
  if (parts.every((part) => part.kind === 'text'))
    return { kind: 'literal', value: parts.map(({ text }) => text).join(''), range };
  return { kind: 'template', parts, range };
}

/** The whole string is an expression: it is read as the only interpolation of a template. */
function referenceOf(reading: JsonReading, node: Node, value: string): Expr {
  const [first, ...more] = partsOf(reading, node, `\${${value}}`, 2);
  if (first?.kind === 'interpolation' && more.length === 0) return first.expr;
  return { kind: 'invalid', range: reading.positions.range(node.offset, node.offset + node.length) };
}

function partsOf(reading: JsonReading, node: Node, source: string, skip: number): readonly TemplatePart[] {
  const { parts, problems } = reading.readTemplate(source, insideString(reading, node, skip));
  reading.problems.push(...problems);
  return parts;
}

/** Positions in the file of offsets in a decoded string, of which the first `skip` characters are not in the file. */
function insideString(reading: JsonReading, node: Node, skip: number): Positions {
  const start = node.offset + 1;
  const end = node.offset + node.length - 1;
  const raw = reading.text.slice(start, end);
  const offsets = raw.includes('\\') ? offsetsOf(raw) : undefined;
  const place = (offset: number): number => {
    const at = Math.max(0, offset - skip);
    return Math.min(end, start + (offsets === undefined ? at : (offsets[at] ?? raw.length)));
  };
  return { range: (from, to) => reading.positions.range(place(from), place(to)) };
}

/** Where each character of the decoded string begins in the raw one. */
function offsetsOf(raw: string): readonly number[] {
  const offsets: number[] = [];
  for (let at = 0; at < raw.length; at += raw[at] !== '\\' ? 1 : raw[at + 1] === 'u' ? 6 : 2) offsets.push(at);
  return offsets;
}
