import {
  isExact,
  isOpaqueName,
  list,
  NULL,
  object,
  opaque,
  opaqueCall,
  opaqueName,
  string,
  type ObjectValue,
  type Value,
} from '../value.ts';
import {
  entriesOf,
  fail,
  itemsOf,
  notComputed,
  partly,
  plain,
  text,
  type Arguments,
  type Call,
  type FunctionTable,
} from './call.ts';

function lookup(call: Call): Value {
  const [value = NULL, key = NULL, otherwise] = call.args;
  if (key.kind === 'null') fail('lookup of null');
  if (value.kind !== 'object') entriesOf(value);
  if (value.kind !== 'object' || key.kind === 'unknown') return notComputed(call);
  const found = entryOf(value, key);
  if (found !== undefined) return found;
  if (key.kind === 'opaque' || hasHiddenNames(value.entries)) return notComputed(call, 1);
  return otherwise ?? fail('there is no such key');
}

/** The entry under a key; a resource, which is open, is asked for the attribute. */
const entryOf = ({ entries, open }: ObjectValue, key: Value): Value | undefined =>
  key.kind === 'opaque' ? entries.get(opaqueName(key)) : (entries.get(text(key)) ?? open?.attribute(text(key)));

/** Entries whose names we do not know may be any: of several we cannot tell the order either. */
const hasHiddenNames = (entries: ReadonlyMap<string, Value>): boolean => [...entries.keys()].some(isOpaqueName);

function keys(call: Call): Value {
  const entries = entriesOf(call.args[0] ?? NULL);
  if (entries === undefined) return notComputed(call, 1);
  const names = [...entries.keys()].map((name) => (isOpaqueName(name) ? opaque(name.slice(1), 0, true) : string(name)));
  // Where a hidden name comes in the order is not known; what the values are does not matter.
  return names.length > 1 && hasHiddenNames(entries) ? opaqueCall(call.name, names, 1) : list(names);
}

function values(call: Call): Value {
  const entries = entriesOf(call.args[0] ?? NULL);
  return entries === undefined || (entries.size > 1 && hasHiddenNames(entries)) ? notComputed(call) : list([...entries.values()]);
}

/** Null counts as an empty map. */
function merge(call: Call): Value {
  const parts = call.args.filter(({ kind }) => kind !== 'null').map(entriesOf);
  return parts.every((part) => part !== undefined) ? object(parts.flatMap((part) => [...part])) : notComputed(call);
}

function zipmap(call: Call): Value {
  const [names, values] = call.args.map(itemsOf);
  if (names === undefined || values === undefined) return notComputed(call);
  if (names.length !== values.length) fail('zipmap needs as many values as keys');
  if (!names.every(isExact)) return notComputed(call);
  return object(names.map((name, at) => [text(name), values[at] ?? NULL] as const));
}

function transpose(args: Arguments): Value {
  const result = new Map<string, Value[]>();
  for (const [name, value] of entriesOf(args.at(0)) ?? fail('a map is expected')) {
    for (const item of (itemsOf(value) ?? fail('a list is expected')).map(text)) {
      result.set(item, [...(result.get(item) ?? []), string(name)]);
    }
  }
  return object([...result].map(([name, items]) => [name, list(items)] as const));
}

export const MAPS: FunctionTable = {
  keys: partly(1, keys),
  lookup: (call) => (call.args.length < 2 || call.args.length > 3 ? fail('lookup needs two or three arguments') : lookup(call)),
  merge,
  transpose: plain(1, transpose),
  values: partly(1, values),
  zipmap: partly(2, zipmap),
};
