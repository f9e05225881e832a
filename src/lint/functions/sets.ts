import { isExact, keyOf, list, NULL, set, type Value } from '../value.ts';
import { checkArity, itemsOf, MANY, notComputed, partly, type Call, type FunctionTable } from './call.ts';
import { unify } from './unify.ts';

/** The elements of all arguments as one type, argument by argument; undefined when they are not known. */
function together(call: Call): readonly (readonly Value[])[] | undefined {
  const parts = call.args.map(itemsOf);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const all = unify(parts.flat());
  let next = 0;
  return parts.map((part) => part.map((item) => all[next++] ?? item));
}

function union(call: Call): Value {
  const parts = together(call);
  return parts === undefined ? notComputed(call) : set(parts.flat());
}

/** Elements of the first argument, chosen by the keys of the others. What is opaque may be equal to anything. */
const choose =
  (keep: (key: string, others: readonly ReadonlySet<string>[]) => boolean) =>
  (call: Call): Value => {
    const parts = together(call);
    if (parts === undefined || !call.args.every(isExact)) return notComputed(call, 1);
    const [first = [], ...others] = parts;
    const keys = others.map((part) => new Set(part.map(keyOf)));
    return set(first.filter((item) => keep(keyOf(item), keys)));
  };

/** Lists give a list, with a set among them it is a set. */
function product(call: Call): Value {
  const parts = call.args.map((arg) => itemsOf(arg));
  if (!parts.every((part) => part !== undefined)) return notComputed(call);
  const rows = parts
    .map(unify)
    .reduce<readonly (readonly Value[])[]>((made, items) => made.flatMap((row) => items.map((item) => [...row, item])), [[]]);
  return call.args.some((arg) => arg.kind === 'list' && arg.set) ? set(rows.map(list)) : list(rows.map(list));
}

export const SETS: FunctionTable = {
  setintersection: partly(
    [1, MANY],
    choose((key, others) => others.every((other) => other.has(key))),
  ),
  setproduct: partly([2, MANY], product),
  setsubtract: partly(
    2,
    choose((key, others) => !others.some((other) => other.has(key))),
  ),
  setunion: partly([1, MANY], union),
};

/** `toset`: the elements as one type, each once. */
export function toSet(call: Call): Value {
  checkArity(call, 1);
  const [value = NULL] = call.args;
  if (value.kind === 'null') return value;
  const items = itemsOf(value);
  return items === undefined ? notComputed(call) : set(unify(items));
}
