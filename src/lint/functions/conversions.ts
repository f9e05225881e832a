import { asMap, boolOf, isExact, list, NULL, number, object, opaque, string, type Value } from '../value.ts';
import {
  checkArity,
  entriesOf,
  fail,
  itemsOf,
  notComputed,
  numberFrom,
  text,
  type Call,
  type FunctionTable,
  type LatticeFunction,
} from './call.ts';
import { toSet } from './sets.ts';
import { unify } from './unify.ts';

/** Null stays null. A value that is not known to us stays what it is: the conversion changes its type, not what it tells apart. */
const primitive =
  (convert: (value: Value) => Value): LatticeFunction =>
  (call) => {
    checkArity(call, 1);
    const [value = NULL] = call.args;
    return value.kind === 'null' || value.kind === 'opaque' || value.kind === 'unknown' ? value : convert(value);
  };

const same: LatticeFunction = primitive((value) => value);

function toMap(call: Call): Value {
  checkArity(call, 1);
  const [value = NULL] = call.args;
  if (value.kind === 'null') return value;
  const entries = entriesOf(value);
  if (entries === undefined) return notComputed(call);
  const values = unify([...entries.values()]);
  return object([...entries.keys()].map((name, at) => [name, values[at] ?? NULL] as const));
}

/** Conversions, and functions that only mark a value. */
export const CONVERSIONS: FunctionTable = {
  ephemeralasnull: same,
  // Which values are sensitive is not followed; it is the same in both builds.
  issensitive: (call) =>
    call.args.every(isExact) || call.args.some(({ kind }) => kind === 'opaque') ? opaque('issensitive', 1) : notComputed(call),
  nonsensitive: same,
  sensitive: same,
  tobool: primitive((value) => {
    const known = boolOf(value);
    return known === undefined ? fail('a bool is expected') : { kind: 'bool', value: known };
  }),
  tolist: primitive((value) => list(unify(itemsOf(value) ?? fail('a list is expected')))),
  tomap: (call) => asMap(toMap(call)),
  tonumber: primitive((value) => number(numberFrom(value))),
  toset: toSet,
  tostring: primitive((value) => (value.kind === 'object' && value.open !== undefined ? value : string(text(value)))),
};
