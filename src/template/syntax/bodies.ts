import type { Attribute, Block, Body } from './ast.ts';
import { readExpression } from './expressions.ts';
import { deeper, isFault, lineEndsBetween, rangeOf, report, textOf, type Reading } from './reading.ts';
import { readString } from './templates.ts';
import type { Node } from './tree.ts';

/** A body that is being read. */
export interface Content {
  readonly attributes: Attribute[];
  readonly blocks: Block[];
  /** Names of the attributes. */
  readonly names: Set<string>;
}

export const newContent = (): Content => ({ attributes: [], blocks: [], names: new Set() });

/** Adds the attributes and blocks among the nodes, those within nodes that could not be read included. */
export function readItems(reading: Reading, nodes: readonly Node[], into: Content): void {
  for (const node of items(nodes)) {
    if (node.type === 'block') {
      const block = readBlock(reading, node);
      if (block !== undefined) into.blocks.push(block);
      continue;
    }
    const attribute = readAttribute(reading, node);
    if (attribute === undefined) continue;
    const { name, nameRange } = attribute;
    if (into.names.has(name)) report(reading, `${name} is set twice`, nameRange.start, nameRange.end);
    into.names.add(name);
    into.attributes.push(attribute);
  }
}

function readBody(reading: Reading, nodes: readonly Node[], start: number, end: number): Body {
  const content = newContent();
  readItems(reading, nodes, content);
  return { attributes: content.attributes, blocks: content.blocks, range: reading.positions.range(start, end) };
}

/** Attributes and blocks in file order. Not recursive: errors may be nested deeply. */
function items(nodes: readonly Node[]): readonly Node[] {
  const found: Node[] = [];
  const open = [...nodes].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'block' || node.type === 'attribute') found.push(node);
    else if (node.type === 'body' || node.type === 'ERROR') {
      for (const child of [...node.children].reverse()) open.push(child);
    }
  }
  return found;
}

function readAttribute(reading: Reading, node: Node): Attribute | undefined {
  const [name, value] = node.children;
  if (name?.type !== 'identifier') return undefined;
  const usable = value?.type === 'expression' && !node.children.some(isFault);
  if (usable && !reading.damaged && lineEndsBetween(reading, name.end, value.start)) {
    report(reading, 'the value must begin on the line of the name', value.start, value.end);
  }
  return {
    name: textOf(reading, name),
    nameRange: rangeOf(reading, name),
    expr: usable
      ? readExpression(reading, value, false)
      : { kind: 'invalid', range: reading.positions.range(name.end, node.end) },
    range: rangeOf(reading, node),
  };
}

function readBlock(reading: Reading, node: Node): Block | undefined {
  const [type, ...rest] = node.children;
  const brace = rest.findIndex((child) => child.type === 'block_start');
  const open = rest[brace];
  if (type?.type !== 'identifier' || open === undefined) return undefined;
  const heads = rest.slice(0, brace).filter((child) => child.type === 'string_lit' || child.type === 'identifier');
  const labels = heads.map((head) => (head.type === 'identifier' ? textOf(reading, head) : labelOf(reading, head)));
  const inner = rest.slice(brace + 1);
  const end = reading.text[node.end - 1] === '}' ? node.end - 1 : node.end;
  checkLayout(reading, open, items(inner), end);
  const body = deeper(
    reading,
    node,
    (): Body => ({ attributes: [], blocks: [], range: reading.positions.range(open.end, end) }),
    () => readBody(reading, inner, open.end, end),
  );
  const headRange = reading.positions.range(type.start, heads.at(-1)?.end ?? type.end);
  return { type: textOf(reading, type), labels, body, headRange, range: rangeOf(reading, node) };
}

function labelOf(reading: Reading, node: Node): string {
  const string = readString(reading, node);
  if (/(?:^|[^$])\$\{|(?:^|[^%])%\{/.test(textOf(reading, node))) {
    report(reading, 'a label cannot hold an interpolation', node.start, node.end);
  }
  return string.kind === 'literal' ? String(string.value) : '';
}

/** A block is either one argument on a line with its braces, or every item has lines of its own. */
function checkLayout(reading: Reading, open: Node, inner: readonly Node[], end: number): void {
  const [first] = inner;
  if (first === undefined || reading.damaged) return;
  if (lineEndsBetween(reading, open.end, first.start)) {
    checkItems(reading, inner);
    const last = inner.at(-1);
    if (last !== undefined && !lineEndsBetween(reading, last.end, end)) {
      report(reading, 'the closing brace must stand on a line of its own', end, end + 1);
    }
  } else if (inner.length > 1 || first.type === 'block' || lineEndsBetween(reading, first.end, end)) {
    report(reading, 'a block on one line can hold one argument only; begin a new line after {', first.start, first.end);
  }
}

/** Every item begins a line. */
export function checkItems(reading: Reading, nodes: readonly Node[]): void {
  if (reading.damaged) return;
  let before: Node | undefined;
  for (const node of items(nodes)) {
    if (before !== undefined && !lineEndsBetween(reading, before.end, node.start)) {
      report(reading, `a new line must begin before ${textOf(reading, node).split(/\s/, 1)[0] ?? ''}`, node.start, node.end);
    }
    before = node;
  }
}
