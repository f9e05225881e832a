import { list, object, string, textOf, type ListValue, type ObjectValue, type Value } from '../value.ts';
import { fail } from './call.ts';

/**
 * The values as the elements of one list: the engine converts them to one type. Strings win over numbers and bools, collections are
 * converted element by element; null and what is not known stay as they are. Throws EvaluationError when there is no such type.
 */
export function unify(values: readonly Value[]): readonly Value[] {
  const known = values.filter((value) => value.kind !== 'null' && !isHidden(value));
  const kinds = new Set(known.map(({ kind }) => kind));
  if (kinds.size <= 1) {
    if (kinds.has('list')) return replaced(values, unifyLists(known.filter((value) => value.kind === 'list')));
    if (kinds.has('object')) return replaced(values, unifyObjects(known.filter((value) => value.kind === 'object')));
    return values;
  }
  if (kinds.has('list') || kinds.has('object')) fail('the elements have no common type');
  if (!kinds.has('string')) return values.some(isHidden) ? values : fail('numbers and bools have no common type');
  return values.map((value) => {
    const text = textOf(value);
    return text === undefined ? value : string(text);
  });
}

/** Of a type that we do not know. */
const isHidden = ({ kind }: Value): boolean => kind === 'opaque' || kind === 'unknown';

/** `values` with those that have elements replaced, in order. */
function replaced(values: readonly Value[], by: readonly Value[]): readonly Value[] {
  let at = 0;
  return values.map((value) => (value.kind === 'list' || value.kind === 'object' ? (by[at++] ?? value) : value));
}

/** Tuples of one length place by place, others as lists. */
function unifyLists(values: readonly ListValue[]): readonly Value[] {
  const length = values[0]?.items.length ?? 0;
  const columns = values.every(({ items }) => items.length === length)
    ? columnsOf(length, values)
    : [unify(values.flatMap(({ items }) => items))];
  if (columns.length === length && length !== 1) {
    return values.map((value, row) => ({ ...value, items: value.items.map((item, at) => columns[at]?.[row] ?? item) }));
  }
  let next = 0;
  const all = columns[0] ?? [];
  return values.map((value) => ({ ...value, items: value.items.map((item) => all[next++] ?? item) }));
}

const columnsOf = (length: number, values: readonly ListValue[]): readonly (readonly Value[])[] =>
  Array.from({ length }, (_, at) => unify(values.map(({ items }) => items[at] ?? list([]))));

/** Objects of the same attributes one by one, others as maps. */
function unifyObjects(values: readonly ObjectValue[]): readonly Value[] {
  if (values.some(({ open }) => open !== undefined)) return values;
  const names = [...(values[0]?.entries.keys() ?? [])];
  const alike = values.every(({ entries }) => entries.size === names.length && names.every((name) => entries.has(name)));
  if (!alike) {
    const all = unify(values.flatMap(({ entries }) => [...entries.values()]));
    let next = 0;
    return values.map(({ entries }) => object([...entries].map(([name, value]) => [name, all[next++] ?? value] as const)));
  }
  const columns = new Map(names.map((name) => [name, unify(values.map(({ entries }) => entries.get(name) ?? list([])))]));
  return values.map(({ entries }, row) =>
    object([...entries].map(([name, value]) => [name, columns.get(name)?.[row] ?? value] as const)),
  );
}
