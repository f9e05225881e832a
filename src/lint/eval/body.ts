import type { Attribute, Block } from '../../template/syntax/ast.ts';
import { asMap, list, object, opaque, type Value } from '../value.ts';
import { pairsOf } from './access.ts';
import { evaluateSafely } from './expressions.ts';
import { bind, type Scope } from './scope.ts';

/** What a resource block sets in one build: values with the places they are written at. */
export interface BodyValue {
  readonly attributes: ReadonlyMap<string, Item>;
  readonly blocks: ReadonlyMap<string, BlockItems>;
}

/** An attribute as evaluated; the expression and its scope lead to its causes. */
export interface Item {
  readonly attribute: Attribute;
  readonly scope: Scope;
  readonly value: Value;
}

/** All blocks of one type. */
export interface BlockItems {
  readonly items: readonly { readonly block: Block; readonly body: BodyValue }[];
  /** For_each of a dynamic block whose length is not known here: unknown to the engine too, or opaque. */
  readonly open: readonly Item[];
}

const NESTED_META = new Set(['dynamic', 'lifecycle', 'provisioner', 'connection']);

export function bodyOf(attributes: readonly Attribute[], blocks: readonly Block[], scope: Scope): BodyValue {
  const found = new Map<string, { items: { block: Block; body: BodyValue }[]; open: Item[] }>();
  const at = (type: string) => {
    const known = found.get(type) ?? { items: [], open: [] };
    found.set(type, known);
    return known;
  };
  for (const block of blocks) {
    if (block.type === 'dynamic') expandDynamic(block, scope, at(block.labels[0] ?? ''));
    else if (!NESTED_META.has(block.type)) {
      at(block.type).items.push({ block, body: bodyOf(block.body.attributes, block.body.blocks, scope) });
    }
  }
  return {
    attributes: new Map(attributes.map((one) => [one.name, { attribute: one, scope, value: evaluateSafely(one.expr, scope) }])),
    blocks: found,
  };
}

function expandDynamic(block: Block, scope: Scope, into: { items: { block: Block; body: BodyValue }[]; open: Item[] }): void {
  const forEach = block.body.attributes.find((one) => one.name === 'for_each');
  const content = block.body.blocks.find((one) => one.type === 'content');
  if (forEach === undefined || content === undefined) return;
  const value = evaluateSafely(forEach.expr, scope);
  const pairs = pairsOf(value);
  if (pairs === undefined) {
    into.open.push({ attribute: forEach, scope, value });
    return;
  }
  const iterator = block.body.attributes.find((one) => one.name === 'iterator')?.expr;
  const name = iterator?.kind === 'root' ? iterator.name : (block.labels[0] ?? '');
  for (const [key, item] of pairs) {
    const value = object([
      ['key', key],
      ['value', item],
    ]);
    const inner = bind(scope, [[name, { value, origin: { expr: forEach.expr, scope } }]]);
    into.items.push({ block: content, body: bodyOf(content.body.attributes, content.body.blocks, inner) });
  }
}

/** The body as an object for references: what is null or absent is left to the provider, whose attributes are maps where they have keys. */
export function configured(body: BodyValue, type = ''): ReadonlyMap<string, Value> {
  const kept = type === 'terraform_data' ? (value: Value) => value : asMap;
  const entries = new Map<string, Value>();
  for (const [name, { value }] of body.attributes) if (value.kind !== 'null') entries.set(name, kept(value));
  for (const [type, blocks] of body.blocks) entries.set(type, blocksValue(type, blocks));
  return entries;
}

function blocksValue(type: string, blocks: BlockItems): Value {
  const [open] = blocks.open;
  if (open !== undefined) return open.value.kind === 'unknown' ? open.value : opaque(`blocks ${type}`, 1);
  return list(blocks.items.map(({ body }) => nested(body)));
}

/** Attributes of nested blocks that are left out exist too: computed, or null. */
function nested(body: BodyValue): Value {
  const entries = configured(body);
  const whole = object(entries);
  return object(entries, { whole, attribute: (name) => opaque(`nested.${name}`, 2) });
}
