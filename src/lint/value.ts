import { sha256 } from '../kit/ids.ts';

/**
 * How far a value can be trusted to behave as it was derived: 0 exactly as the engine would, 1 through something that is not modelled
 * in full, 2 a guess (a module that is not there, a release that decides differently).
 */
export type Doubt = 0 | 1 | 2;

/**
 * What is known of a value in one of the two builds (L 2.3). The lattice of pairs is not stored: one expression is evaluated in both
 * builds and the results are compared, element by element. Two opaque values are equal exactly when their keys are.
 */
export type Value = NullValue | BoolValue | NumberValue | StringValue | ListValue | ObjectValue | OpaqueValue | UnknownValue;

export interface NullValue {
  readonly kind: 'null';
}
export interface BoolValue {
  readonly kind: 'bool';
  readonly value: boolean;
}
export interface NumberValue {
  readonly kind: 'number';
  readonly value: number;
}
export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}
/** List, tuple or set. The items of a set are distinct; their order means nothing. */
export interface ListValue {
  readonly kind: 'list';
  readonly set: boolean;
  readonly items: readonly Value[];
}
/** Object or map; entries in the engine's order (by key). */
export interface ObjectValue {
  readonly kind: 'object';
  readonly entries: ReadonlyMap<string, Value>;
  /** A resource or module whose other attributes exist too and are asked for by name. Such an object is only opaque as a whole. */
  readonly open: OpenPart | undefined;
  /** Known to be a map, not an object; only `ignore_changes` tells them apart. */
  readonly map: boolean;
}
export interface OpenPart {
  /** What the whole object is, for comparing; its key is part of the key of the object. */
  readonly whole: Value;
  attribute(name: string): Value;
}
/** Known to the engine at plan, not to us. */
export interface OpaqueValue {
  readonly kind: 'opaque';
  readonly key: string;
  readonly doubt: Doubt;
  /** Known to be a string, number or bool. */
  readonly primitive: boolean;
  /** What it is put together of, when a difference in one part is surely one of the whole. */
  readonly parts?: readonly Value[] | undefined;
}
/** Not known at plan. */
export interface UnknownValue {
  readonly kind: 'unknown';
  readonly doubt: Doubt;
  /** The engine knows that it will not be null. */
  readonly nonNull: boolean;
}

export const NULL: NullValue = { kind: 'null' };
export const TRUE: BoolValue = { kind: 'bool', value: true };
export const FALSE: BoolValue = { kind: 'bool', value: false };
export const UNKNOWN: UnknownValue = { kind: 'unknown', doubt: 0, nonNull: false };

export const bool = (value: boolean): BoolValue => (value ? TRUE : FALSE);
export const number = (value: number): NumberValue => ({ kind: 'number', value });
export const string = (value: string): StringValue => ({ kind: 'string', value });
export const list = (items: readonly Value[]): ListValue => ({ kind: 'list', set: false, items });
export const unknown = (doubt: Doubt = 0, nonNull = false): UnknownValue =>
  doubt === 0 && !nonNull ? UNKNOWN : { kind: 'unknown', doubt, nonNull };
export const opaque = (key: string, doubt: Doubt = 0, primitive = false): OpaqueValue => ({
  kind: 'opaque',
  key: short(key),
  doubt,
  primitive,
});

/** Name of the entry under a key that is known to the engine, not to us. */
export const opaqueName = (key: OpaqueValue): string => `\0${key.key}`;
export const isOpaqueName = (name: string): boolean => name.startsWith('\0');

/** A set of these items: equal ones once. With an unknown item among several their number is not known: the result is that. */
export function set(items: readonly Value[]): Value {
  if (items.length > 1 && items.some(hasUnknown)) return unknown(doubtOf(items));
  const distinct = [...new Map(items.map((item) => [keyOf(item), item])).values()];
  return { kind: 'list', set: true, items: distinct.sort(compareItems) };
}

/** The engine's order: texts by their characters, numbers by size, anything else in one that is fixed. */
function compareItems(a: Value, b: Value): number {
  if (a.kind === 'number' && b.kind === 'number') return a.value - b.value;
  return a.kind === 'string' && b.kind === 'string' ? compareText(a.value, b.value) : compareText(keyOf(a), keyOf(b));
}

/** An object with its entries sorted as the engine does. Later entries of one key win. */
export function object(entries: Iterable<readonly [string, Value]>, open?: OpenPart): ObjectValue {
  const unique = [...new Map(entries)];
  return { kind: 'object', entries: new Map(unique.sort(([a], [b]) => compareText(a, b))), open, map: false };
}

/** The same value known to be a map, when it is an object at all. */
export const asMap = (value: Value): Value =>
  value.kind === 'object' && value.open === undefined && !value.map ? { ...value, map: true } : value;

/** The result of something that is not modelled: unknown when an argument is anywhere, else a value that only equals itself. */
export function opaqueCall(name: string, args: readonly Value[], doubt: Doubt = 1): OpaqueValue | UnknownValue {
  const most = Math.max(doubt, doubtOf(args)) as Doubt;
  if (args.some(hasUnknown)) return unknown(doubtOf(args));
  return opaque(`${name}(${args.map(keyOf).join(',')})`, args.every(isExact) ? 0 : most);
}

/** A text by which two values of different builds are compared; equal texts are equal values. Unknown values have one too. */
export function keyOf(value: Value): string {
  switch (value.kind) {
    case 'null':
      return '~';
    case 'bool':
      return value.value ? 't' : 'f';
    case 'number':
      return `n${String(value.value)}`;
    case 'string':
      return short(JSON.stringify(value.value));
    case 'list':
    case 'object':
      return remembered(keys, value, () => short(value.kind === 'list' ? listKey(value) : objectKey(value)));
    case 'opaque':
      return value.key;
    case 'unknown':
      return '?';
  }
}

export const same = (a: Value, b: Value): boolean => a === b || keyOf(a) === keyOf(b);

/** Whether the value or anything in it is unknown at plan. */
export function hasUnknown(value: Value): boolean {
  if (value.kind === 'unknown') return true;
  if (value.kind !== 'list' && value.kind !== 'object') return false;
  return remembered(unknowns, value, () =>
    value.kind === 'list'
      ? value.items.some(hasUnknown)
      : [...value.entries.values()].some(hasUnknown) || (value.open !== undefined && hasUnknown(value.open.whole)),
  );
}

/** Whether every part of it is known to us: nothing opaque (no name either), nothing unknown, no open object. */
export function isExact(value: Value): boolean {
  if (value.kind === 'opaque' || value.kind === 'unknown') return false;
  if (value.kind !== 'list' && value.kind !== 'object') return true;
  return remembered(exacts, value, () =>
    value.kind === 'list'
      ? value.items.every(isExact)
      : value.open === undefined && [...value.entries].every(([name, entry]) => !isOpaqueName(name) && isExact(entry)),
  );
}

/** Doubt that two values differ: of texts put together of the same number of parts, that of the surest part that differs. */
export function doubtOfDifference(first: Value, second: Value): Doubt {
  const [a, b] = [partsOf(first), partsOf(second)];
  if (a === undefined || a.length !== b?.length) return doubtOf([first, second]);
  const doubts = b.flatMap((part, at) => {
    const other = a[at];
    return other === undefined || same(other, part) ? [] : [doubtOfDifference(other, part)];
  });
  return doubts.length === 0 ? doubtOf([first, second]) : (Math.min(...doubts) as Doubt);
}

const partsOf = (value: Value): readonly Value[] | undefined => (value.kind === 'opaque' ? value.parts : undefined);

/** The most that anything in these values is in doubt. */
export function doubtOf(values: readonly Value[]): Doubt {
  let most: Doubt = 0;
  for (const value of values) {
    const one = doubt(value);
    if (one > most) most = one;
  }
  return most;
}

function doubt(value: Value): Doubt {
  if (value.kind === 'opaque' || value.kind === 'unknown') return value.doubt;
  if (value.kind === 'list') return doubtOf(value.items);
  if (value.kind === 'object')
    return doubtOf([...value.entries.values(), ...(value.open === undefined ? [] : [value.open.whole])]);
  return 0;
}

/** As the engine converts a primitive to a string; undefined when it is none, or not known to us. */
export function textOf(value: Value): string | undefined {
  if (value.kind === 'string') return value.value;
  if (value.kind === 'bool') return String(value.value);
  return value.kind === 'number' ? numberText(value.value) : undefined;
}

/** As the engine writes a number: without an exponent. */
export function numberText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 }) : text;
}

/** As the engine converts a primitive to a number; undefined when it cannot be one, or is not known to us. */
export function numberOf(value: Value): number | undefined {
  if (value.kind === 'number') return value.value;
  if (value.kind !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.value)) return undefined;
  return Number(value.value);
}

/** As the engine converts a primitive to a bool; undefined when it cannot be one, or is not known to us. */
export function boolOf(value: Value): boolean | undefined {
  if (value.kind === 'bool') return value.value;
  if (value.kind !== 'string') return undefined;
  return BOOLS.get(value.value);
}

const BOOLS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** An error that the engine would report for this expression: `try` and `can` catch it. */
export class EvaluationError extends Error {}

const keys = new WeakMap<object, string>();
const unknowns = new WeakMap<object, boolean>();
const exacts = new WeakMap<object, boolean>();

function remembered<T>(memo: WeakMap<object, T>, value: object, compute: () => T): T {
  const known = memo.get(value);
  if (known !== undefined) return known;
  const result = compute();
  memo.set(value, result);
  return result;
}

const listKey = (value: ListValue): string => `${value.set ? 's' : ''}[${value.items.map(keyOf).join(',')}]`;

const objectKey = (value: ObjectValue): string => {
  const entries = [...value.entries].map(([name, entry]) => `${JSON.stringify(name)}:${keyOf(entry)}`).join(',');
  return `{${entries}${value.open === undefined ? '' : `|${keyOf(value.open.whole)}`}}`;
};

/** Long keys are hashed, so that comparing stays cheap however deep a value is. */
const short = (key: string): string => (key.length <= 200 ? key : `#${sha256(key)}`);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
