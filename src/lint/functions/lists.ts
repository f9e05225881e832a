import { isNeverEmpty } from '../eval/identity.ts';
import { binary } from '../eval/operators.ts';
import { elementOf } from '../eval/access.ts';
import {
  bool,
  doubtOf,
  FALSE,
  hasUnknown,
  isExact,
  keyOf,
  list,
  NULL,
  number,
  opaqueCall,
  string,
  TRUE,
  unknown,
  type Value,
} from '../value.ts';
import {
  Arguments,
  fail,
  flag,
  itemsOf,
  MANY,
  notComputed,
  numberFrom,
  numeric,
  partly,
  plain,
  text,
  tidy,
  type Call,
  type FunctionTable,
  type LatticeFunction,
} from './call.ts';
import { unify } from './unify.ts';

/** Longest list that `range` makes. */
const RANGE_LIMIT = 1024;

/** A function that moves whole elements about: the first argument is a list, the others are known. */
const moving = (arity: 1 | 2 | 3, compute: (items: readonly Value[], args: Arguments) => Value): LatticeFunction =>
  partly(arity, (call) => {
    const args = new Arguments(call);
    const items = itemsOf(args.at(0));
    return items === undefined || !args.from(1).every(isExact) ? notComputed(call) : compute(items, args);
  });

/** Element and slice know lists and tuples, not sets. */
const ordered = (value: Value): void => {
  if (value.kind === 'list' && value.set) fail('a set has no order');
};

/** Places go round; those before the first are known to newer releases only. */
function element(call: Call): Value {
  const args = new Arguments(call);
  const [value, key] = [args.at(0), args.at(1)];
  ordered(value);
  const items = itemsOf(value);
  if (items === undefined || !isExact(key)) return key.kind === 'opaque' ? elementOf(value, key) : notComputed(call, 1);
  const at = args.integer(1);
  if (items.length === 0) fail('element of an empty list');
  return items[((at % items.length) + items.length) % items.length] ?? NULL;
}

function concat(call: Call): Value {
  call.args.forEach(ordered);
  const parts = call.args.map(itemsOf);
  return parts.every((part) => part !== undefined) ? list(parts.flat()) : notComputed(call);
}

/** The first argument that is not null or empty. Later ones do not matter, even if they are not known at plan. */
function coalesce(call: Call): Value {
  const open: Value[] = [];
  for (const arg of unify(call.args)) {
    if (arg.kind === 'null' || (arg.kind === 'string' && arg.value === '')) continue;
    if (arg.kind === 'unknown') return open.length === 0 ? arg : opaqueCall(call.name, open, 1);
    if (arg.kind !== 'opaque' || isNeverEmpty(arg)) return open.length === 0 ? arg : opaqueCall(call.name, [...open, arg]);
    open.push(arg);
  }
  return open.length === 0 ? fail('coalesce of nothing') : opaqueCall(call.name, open);
}

function coalesceList(call: Call): Value {
  const open: Value[] = [];
  for (const arg of call.args) {
    if (arg.kind === 'unknown') return open.length === 0 ? arg : opaqueCall(call.name, open, 1);
    const items = itemsOf(arg);
    if (items === undefined) open.push(arg);
    else if (items.length > 0) return open.length === 0 ? arg : opaqueCall(call.name, [...open, arg]);
  }
  return open.length === 0 ? fail('coalescelist of nothing') : opaqueCall(call.name, open);
}

function contains(call: Call): Value {
  const [value = NULL, searched = NULL] = call.args;
  const items = itemsOf(value);
  if (items === undefined) return notComputed(call, 1);
  const found = items.map((item) => binary('==', item, searched));
  if (found.includes(TRUE)) return TRUE;
  return found.every((one) => one === FALSE) ? FALSE : notComputed(call, 1);
}

/** Stops at the first element that may be it. */
function index(call: Call): Value {
  const [value = NULL, searched = NULL] = call.args;
  const items = itemsOf(value);
  if (items === undefined) return notComputed(call, 1);
  for (const [at, item] of items.entries()) {
    const found = binary('==', item, searched);
    if (found === TRUE) return number(at);
    if (found !== FALSE) return notComputed(call, 1);
  }
  return fail('there is no such element');
}

/** `alltrue` stops at the first element that is not known at plan, `anytrue` goes on. */
function decide(call: Call, decisive: boolean): Value {
  const items = itemsOf(call.args[0] ?? NULL);
  if (items === undefined) return notComputed(call, 1);
  let open = false;
  for (const item of items) {
    if (item.kind === 'unknown' && !decisive) return open ? unknown(1) : item;
    if (item.kind === 'unknown' || item.kind === 'opaque') open = true;
    else if (item.kind === 'null' ? !decisive : flag(item) === decisive) return bool(decisive);
  }
  return open ? notComputed(call, 1) : bool(!decisive);
}

/** Only lists of one level are known to be lists: what is opaque may be one. */
function flatItems(items: readonly Value[]): readonly Value[] | undefined {
  const parts = items.map((item) => {
    if (item.kind === 'opaque' && !item.primitive) return undefined;
    return item.kind === 'list' ? flatItems(item.items) : [item];
  });
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function flatten(call: Call): Value {
  const items = itemsOf(call.args[0] ?? NULL);
  const flat = items === undefined ? undefined : flatItems(items);
  return flat === undefined ? notComputed(call) : list(flat);
}

function length(call: Call): Value {
  const value = call.args[0] ?? NULL;
  if (value.kind === 'string') return number(graphemes(value.value).length);
  if (value.kind === 'object' && value.open === undefined) return number(value.entries.size);
  if (value.kind === 'object') return notComputed(call, 1);
  const items = itemsOf(value);
  return items === undefined ? notComputed(call, 1) : number(items.length);
}

/** The characters of a text as people see them. */
export function graphemes(of: string): readonly string[] {
  if (/^[\x20-\x7e]*$/.test(of)) return Array.from(of);
  return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(of), ({ segment }) => segment);
}

/** Each element once, as one type. Equal opaque elements are equal; others are taken to differ. */
function distinct(call: Call): Value {
  const items = itemsOf(call.args[0] ?? NULL);
  if (items === undefined || items.some(hasUnknown)) return notComputed(call, 1);
  return list([...new Map(unify(items).map((item) => [keyOf(item), item])).values()]);
}

function sort(call: Call): Value {
  const items = itemsOf(call.args[0] ?? NULL);
  if (items === undefined) return notComputed(call);
  if (items.some(hasUnknown)) return list(items.map(() => unknown(doubtOf(items))));
  if (items.length <= 1) return list(unify(items));
  return items.every(isExact) ? list([...items.map(text)].sort(compareBytes).map(string)) : notComputed(call);
}

/** As the engine sorts texts: by their UTF-8 bytes. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function matchKeys(call: Call): Value {
  const [values, keys, searched] = call.args.map(itemsOf);
  if (call.args.some(hasUnknown) || values === undefined || keys === undefined || searched === undefined) {
    return notComputed(call, 1);
  }
  if (values.length !== keys.length) fail('matchkeys needs as many keys as values');
  const all = unify([...keys, ...searched]);
  if (!all.every(isExact)) return notComputed(call, 1);
  const wanted = new Set(all.slice(keys.length).map(keyOf));
  return list(values.filter((_, at) => wanted.has(keyOf(all[at] ?? NULL))));
}

function range(args: Arguments): Value {
  const numbers = args.from(0).map(numberFrom);
  const [first = 0, second, third] = numbers;
  const [start, end] = second === undefined ? [0, first] : [first, second];
  const step = third ?? (start <= end ? 1 : -1);
  if (step === 0 || (start < end && step < 0) || (start > end && step > 0)) fail('range never ends');
  const count = Math.ceil((end - start) / step);
  if (count > RANGE_LIMIT) fail('range is too long');
  return list(Array.from({ length: count }, (_, at) => number(tidy(start + at * step))));
}

function one(call: Call): Value {
  const items = itemsOf(call.args[0] ?? NULL);
  if (items === undefined) return notComputed(call);
  return items.length > 1 ? fail('one of many') : (items[0] ?? NULL);
}

function chunks(items: readonly Value[], size: number): Value {
  if (size < 0) fail('the size of a chunk is negative');
  const step = size === 0 ? Math.max(items.length, 1) : size;
  const starts = Array.from({ length: Math.ceil(items.length / step) }, (_, at) => at * step);
  return list(starts.map((start) => list(items.slice(start, start + step))));
}

function slice(items: readonly Value[], args: Arguments): Value {
  ordered(args.at(0));
  const [start, end] = [args.integer(1), args.integer(2)];
  if (start < 0 || end < start || end > items.length) fail('slice goes beyond the list');
  return list(items.slice(start, end));
}

function sum(args: Arguments): Value {
  const items = args.items(0);
  if (items.length === 0) fail('sum of nothing');
  return numeric(
    args.call,
    items.map(numberFrom).reduce((total, item) => tidy(total + item), 0),
  );
}

export const LISTS: FunctionTable = {
  alltrue: partly(1, (call) => decide(call, false)),
  anytrue: partly(1, (call) => decide(call, true)),
  chunklist: moving(2, (items, args) => chunks(items, args.integer(1))),
  coalesce,
  coalescelist: coalesceList,
  compact: plain(1, (args) => list(nonEmpty(args.items(0)).map((item) => string(text(item))))),
  concat: partly([1, MANY], concat),
  contains: partly(2, contains),
  distinct: partly(1, distinct),
  element: partly(2, element),
  flatten: partly(1, flatten),
  index: partly(2, index),
  length: partly(1, length),
  matchkeys: partly(3, matchKeys),
  one: partly(1, one),
  range: plain([1, 3], range, 1),
  reverse: moving(1, (items) => list([...items].reverse())),
  slice: moving(3, slice),
  sort: partly(1, sort),
  sum: plain(1, sum, 1),
};

const nonEmpty = (items: readonly Value[]): readonly Value[] =>
  items.filter((item) => item.kind !== 'null' && !(item.kind === 'string' && item.value === ''));
