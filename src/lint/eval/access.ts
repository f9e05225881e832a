import {
  EvaluationError,
  hasUnknown,
  numberOf,
  opaque,
  opaqueCall,
  opaqueName,
  textOf,
  unknown,
  type OpaqueValue,
  type Value,
} from '../value.ts';

/** `value.name`, as the engine does it. Throws EvaluationError where the engine would report an error. */
export function attributeOf(value: Value, name: string): Value {
  switch (value.kind) {
    case 'object': {
      const found = value.entries.get(name) ?? value.open?.attribute(name);
      if (found === undefined) throw new EvaluationError(`there is no attribute ${name}`);
      return found;
    }
    case 'list': {
      if (!/^\d+$/.test(name)) throw new EvaluationError(`a list has no attribute ${name}`);
      return itemOf(value.items, Number(name));
    }
    case 'opaque':
      return opaque(`${value.key}.${name}`, value.doubt);
    case 'unknown':
      return value;
    case 'null':
    case 'bool':
    case 'number':
    case 'string':
      throw new EvaluationError(`${value.kind} has no attribute ${name}`);
  }
}

/** `value[key]`. Throws EvaluationError where the engine would report an error. */
export function elementOf(value: Value, key: Value): Value {
  if (key.kind === 'unknown') return unknown(key.doubt);
  if (value.kind === 'unknown') return value;
  if (key.kind === 'opaque') return entryUnder(value, key) ?? pickOpaque(value, key);
  if (value.kind === 'opaque') {
    const text = textOf(key);
    return text === undefined ? opaqueCall('index', [value, key]) : attributeOf(value, text);
  }
  if (value.kind === 'object') {
    const text = textOf(key);
    if (text === undefined) throw new EvaluationError('the key of an object must be a string');
    return attributeOf(value, text);
  }
  const at = numberOf(key);
  if (value.kind !== 'list' || value.set || at === undefined) throw new EvaluationError(`a ${value.kind} has no such element`);
  return itemOf(value.items, at);
}

function itemOf(items: readonly Value[], at: number): Value {
  const item = items[at];
  if (item === undefined) throw new EvaluationError(`there is no element ${String(at)}`);
  return item;
}

const entryUnder = (value: Value, key: OpaqueValue): Value | undefined =>
  value.kind === 'object' ? value.entries.get(opaqueName(key)) : undefined;

/** One of the elements, we cannot tell which: unknown only if any may be. */
function pickOpaque(value: Value, key: Value): Value {
  if (value.kind === 'object' && value.open !== undefined) return opaqueCall('index', [value.open.whole, key]);
  const items = value.kind === 'object' ? [...value.entries.values()] : value.kind === 'list' ? value.items : [];
  const first = items[0];
  if (first !== undefined && items.every((item) => !hasUnknown(item)) && new Set(items).size === 1) return first;
  return opaqueCall('index', [value, key], 1);
}

/** The elements that `value[*]` visits: a single value counts as a list of one, null as an empty list; undefined when not known. */
export function splatItems(value: Value): readonly Value[] | undefined {
  if (value.kind === 'unknown' || value.kind === 'opaque') return undefined;
  if (value.kind === 'null') return [];
  return value.kind === 'list' ? value.items : [value];
}

/** Pairs of a collection as `for` and `for_each` visit them; undefined when the number or the keys are not known. */
export function pairsOf(value: Value): readonly (readonly [Value, Value])[] | undefined {
  if (value.kind === 'object') {
    if (value.open !== undefined) return undefined;
    return [...value.entries].map(([key, entry]) => [{ kind: 'string', value: key }, entry] as const);
  }
  if (value.kind !== 'list') return undefined;
  return value.items.map((item, at) => [value.set ? item : { kind: 'number', value: at }, item] as const);
}
