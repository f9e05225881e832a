import type { Attribute, Expr, Range } from '../../template/syntax/ast.ts';
import type { BlockItems, BodyValue, Item } from '../eval/body.ts';
import { doubtOf, doubtOfDifference, hasUnknown, same, textOf, type Doubt, type Value } from '../value.ts';

/** A place where the second build's configuration of a resource is not that of the first. */
export interface Difference {
  /** Attribute and block names, map keys, and indexes of lists and blocks. */
  readonly path: readonly (string | number)[];
  /** Where the name of the attribute is in it; what follows leads into its value. */
  readonly at: number;
  /** `count`: the number of blocks of this type. */
  readonly kind: 'value' | 'count';
  /** Not known at plan. */
  readonly unknown: boolean;
  readonly doubt: Doubt;
  /** Where it is written in each build; undefined on the side that does not have it. */
  readonly first: Item | undefined;
  readonly second: Item | undefined;
}

/** All differences between the bodies of one resource in the two builds, in the order of the second. */
export function differences(first: BodyValue, second: BodyValue): readonly Difference[] {
  return compareBodies(first, second, []);
}

/** Dotted, without indexes: as facts and `replace_paths` name it. */
export const dotted = (path: Difference['path']): string => path.filter((step) => typeof step === 'string').join('.');

function compareBodies(first: BodyValue, second: BodyValue, path: Difference['path']): readonly Difference[] {
  const names = new Set([...second.attributes.keys(), ...first.attributes.keys()]);
  const types = new Set([...second.blocks.keys(), ...first.blocks.keys()]);
  return [
    ...[...names].flatMap((name) => compareItems(first.attributes.get(name), second.attributes.get(name), [...path, name])),
    ...[...types].flatMap((type) => compareBlocks(first.blocks.get(type), second.blocks.get(type), [...path, type])),
  ];
}

function compareItems(first: Item | undefined, second: Item | undefined, path: Difference['path']): readonly Difference[] {
  const found: Difference[] = [];
  compareValues(first?.value ?? NOTHING, second?.value ?? NOTHING, path, (at, a, b) => {
    found.push({
      path: at,
      at: path.length - 1,
      kind: 'value',
      unknown: hasUnknown(b),
      doubt: doubtOfDifference(a, b),
      first,
      second,
    });
  });
  return found;
}

const NOTHING: Value = { kind: 'null' };
type Found = (path: Difference['path'], first: Value, second: Value) => void;

/** Element by element where both sides have the same shape (L 2.3). */
export function compareValues(first: Value, second: Value, path: Difference['path'], found: Found): void {
  if (first === second || (same(first, second) && !hasUnknown(second))) return;
  const inner = pairsOf(first, second);
  if (inner !== undefined) {
    for (const [step, a, b] of inner) compareValues(a, b, [...path, step], found);
    return;
  }
  // The engine converts both to the type of the attribute: 1 and "1" are the same there.
  const text = textOf(first);
  if (text === undefined || text !== textOf(second)) found(path, first, second);
}

type Pair = readonly [string | number, Value, Value];

/** The parts of two values of one shape: entries of objects, items of lists of one length. */
function pairsOf(first: Value, second: Value): readonly Pair[] | undefined {
  if (first.kind === 'object' && second.kind === 'object' && first.open === undefined && second.open === undefined) {
    const names = new Set([...second.entries.keys(), ...first.entries.keys()]);
    return [...names].map((name) => [name, first.entries.get(name) ?? NOTHING, second.entries.get(name) ?? NOTHING]);
  }
  const lists = first.kind === 'list' && second.kind === 'list' && !first.set && !second.set;
  if (!lists || first.items.length !== second.items.length) return undefined;
  return second.items.map((item, at) => [at, first.items[at] ?? NOTHING, item]);
}

function compareBlocks(
  first: BlockItems | undefined,
  second: BlockItems | undefined,
  path: Difference['path'],
): readonly Difference[] {
  const [a, b] = [first?.items ?? [], second?.items ?? []];
  const opened = compareOpen(first?.open ?? [], second?.open ?? [], path);
  if (opened.length > 0) return opened;
  if (a.length !== b.length) {
    const sample = [...b, ...a][0]?.body.attributes.values().next().value;
    return [{ path, at: path.length - 1, kind: 'count', unknown: false, doubt: 0, first: undefined, second: sample }];
  }
  return b.flatMap(({ body }, at) => {
    const other = a[at];
    return other === undefined ? [] : compareBodies(other.body, body, [...path, at]);
  });
}

/** Dynamic blocks of unknown or opaque length: when it may differ, so may their number. */
function compareOpen(first: readonly Item[], second: readonly Item[], path: Difference['path']): readonly Difference[] {
  return second.flatMap((item, at) => {
    const other = first[at];
    if (other !== undefined && same(other.value, item.value) && item.value.kind !== 'unknown') return [];
    const doubt = doubtOf([item.value]);
    return [
      {
        path,
        at: path.length - 1,
        kind: 'count' as const,
        unknown: item.value.kind === 'unknown',
        doubt,
        first: other,
        second: item,
      },
    ];
  });
}

/** The smallest written part that a difference is about: the element of a literal list or object, else the attribute. */
export function differenceRange(difference: Difference): Range | undefined {
  const attribute = (difference.second ?? difference.first)?.attribute;
  if (attribute === undefined) return undefined;
  return difference.kind === 'count' ? attribute.range : pinpoint(attribute, difference.path.slice(difference.at + 1));
}

function pinpoint(attribute: Attribute, path: readonly (string | number)[]): Range {
  let expr: Expr = attribute.expr;
  for (const step of path) {
    const inner: Expr | undefined =
      expr.kind === 'tuple'
        ? expr.items[Number(step)]
        : expr.kind === 'object'
          ? expr.entries.findLast(({ key }) => key.kind === 'literal' && String(key.value) === String(step))?.value
          : undefined;
    if (inner === undefined) break;
    expr = inner;
  }
  return expr === attribute.expr ? attribute.range : expr.range;
}
