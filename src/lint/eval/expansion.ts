import type { Attribute } from '../../template/syntax/ast.ts';
import { boolOf, keyOf, numberOf, number, object, opaque, opaqueName, string, textOf, type Value } from '../value.ts';
import { pairsOf } from './access.ts';
import { evaluateSafely } from './expressions.ts';
import { bind, type Scope } from './scope.ts';

/** Key of one instance of a resource or module: undefined without count and for_each. */
export type InstanceKey = string | number | undefined;

/** The instances that count, for_each or OpenTofu's enabled make. */
export type Expansion =
  | { readonly kind: 'single' }
  | { readonly kind: 'counted'; readonly by: Attribute; readonly value: Value; readonly count: number }
  | { readonly kind: 'keyed'; readonly by: Attribute; readonly value: Value; readonly items: ReadonlyMap<string, Value> }
  /** Not known at plan: the engine refuses it. */
  | { readonly kind: 'unknown'; readonly by: Attribute; readonly value: Value }
  /** Known to the engine, not to us: one instance stands for all. */
  | { readonly kind: 'opaque'; readonly by: Attribute; readonly value: Value; readonly keyed: boolean };

export interface Expanding {
  readonly count: Attribute | undefined;
  readonly forEach: Attribute | undefined;
  readonly enabled?: Attribute | undefined;
}

const SINGLE: Expansion = { kind: 'single' };

export function expand({ count, forEach, enabled }: Expanding, scope: Scope): Expansion {
  if (enabled !== undefined) return expandEnabled(enabled, scope);
  if (count !== undefined) {
    const value = evaluateSafely(count.expr, scope);
    if (value.kind === 'unknown') return { kind: 'unknown', by: count, value };
    const known = numberOf(value);
    if (known === undefined) return { kind: 'opaque', by: count, value, keyed: false };
    return { kind: 'counted', by: count, value, count: Math.max(0, Math.min(known, MOST_INSTANCES)) };
  }
  return forEach === undefined ? SINGLE : expandEach(forEach, scope);
}

/** More instances of one resource are not looked at one by one. */
const MOST_INSTANCES = 1000;

function expandEnabled(enabled: Attribute, scope: Scope): Expansion {
  const value = evaluateSafely(enabled.expr, scope);
  if (value.kind === 'unknown') return { kind: 'unknown', by: enabled, value };
  const on = boolOf(value);
  if (on === undefined) return { kind: 'opaque', by: enabled, value, keyed: false };
  return on ? SINGLE : { kind: 'counted', by: enabled, value, count: 0 };
}

function expandEach(forEach: Attribute, scope: Scope): Expansion {
  const value = evaluateSafely(forEach.expr, scope);
  if (value.kind === 'unknown') return { kind: 'unknown', by: forEach, value };
  const pairs = pairsOf(value);
  if (pairs === undefined) return { kind: 'opaque', by: forEach, value, keyed: true };
  const items = new Map<string, Value>();
  for (const [key, item] of pairs) {
    // The items of a set are the keys; an unknown key is refused, one that we cannot see is told apart by what it is.
    const from = value.kind === 'object' ? key : item;
    if (from.kind === 'unknown') return { kind: 'unknown', by: forEach, value };
    items.set(from.kind === 'opaque' ? opaqueName(from) : (textOf(from) ?? keyOf(from)), value.kind === 'object' ? item : from);
  }
  return { kind: 'keyed', by: forEach, value, items };
}

/** The keys of all instances that are looked at. */
export function keysOf(expansion: Expansion): readonly InstanceKey[] {
  switch (expansion.kind) {
    case 'single':
      return [undefined];
    case 'counted':
      return Array.from({ length: expansion.count }, (_none, at) => at);
    case 'keyed':
      return [...expansion.items.keys()];
    case 'unknown':
      return [];
    case 'opaque':
      return [expansion.keyed ? '?' : 0];
  }
}

/** The scope inside one instance: `count.index`, `each.key`, `each.value`. */
export function instanceScope(expansion: Expansion, key: InstanceKey, scope: Scope): Scope {
  if (expansion.kind === 'single' || expansion.kind === 'unknown') return scope;
  const origin = { expr: expansion.by.expr, scope };
  if (typeof key === 'number') return bind(scope, [['count', { value: object([['index', number(key)]]), origin }]]);
  const item = expansion.kind === 'keyed' ? expansion.items.get(key ?? '') : undefined;
  const value = object([
    ['key', expansion.kind === 'opaque' ? opaque(`each.key of ${keyOf(expansion.value)}`) : string(key ?? '')],
    ['value', item ?? opaque(`each.value of ${keyOf(expansion.value)}`)],
  ]);
  return bind(scope, [['each', { value, origin }]]);
}

/** As in an address: `[0]`, `["a"]`, or nothing. */
export function keySuffix(key: InstanceKey): string {
  if (key === undefined) return '';
  return typeof key === 'number' ? `[${String(key)}]` : `[${JSON.stringify(key)}]`;
}
