import type { IgnoreEntry } from '../../template/syntax/configuration.ts';
import { list, object, type Value } from '../value.ts';
import type { Difference } from './difference.ts';

/** What the keys of the value at some depth of an attribute are, as far as that can be told without the provider's schema. */
export type Container = 'map' | 'object' | 'either';

/** A difference, and what is needed to tell maps from objects and whether a map is unknown as a whole. */
export interface Ignorable {
  readonly path: Difference['path'];
  readonly at: number;
  readonly unknown: boolean;
  /** What the value of the attribute itself is; what lies deeper may be either. */
  readonly container: Container;
  /** The whole attribute is a map that is not known. */
  readonly unknownMap: boolean;
}

/**
 * Whether an entry of `ignore_changes` covers a difference, as the engine was seen to do (L 2.7 and test/e2e/slow/lint-truth): a parent
 * covers what is below it, never the other way round; nothing but `all` covers a map that is unknown as a whole; a key of a map is in
 * brackets, one of an object follows a dot; a last bracket on an object keeps the whole object, one further up makes the entry void. An
 * entry may leave out the index of a block.
 */
export function isCovered(entry: Pick<IgnoreEntry, 'path' | 'bracketed'>, difference: Ignorable): boolean {
  const { path } = difference;
  let here = 0;
  for (const [step, name] of entry.path.entries()) {
    const verdict = keyVerdict(entry, step, here, difference);
    if (verdict !== undefined) return verdict;
    if (typeof name === 'string' && typeof path[here] === 'number') here += 1;
    if (here >= path.length || String(path[here]) !== String(name)) return false;
    here += 1;
  }
  return entry.path.length > 0 && !difference.unknownMap;
}

/** What a key inside the value of an attribute decides at once: void or, a last bracket on an object, the whole object. */
function keyVerdict(
  { path, bracketed }: Pick<IgnoreEntry, 'path' | 'bracketed'>,
  step: number,
  here: number,
  { at, container }: Ignorable,
): boolean | undefined {
  if (here <= at || typeof path[step] !== 'string') return undefined;
  const kind = here === at + 1 || container === 'object' ? container : 'either';
  if (kind === 'map' && bracketed[step] !== true) return false;
  return kind === 'object' && bracketed[step] === true ? step === path.length - 1 : undefined;
}

/** `second` with the values of `first` at these paths: what the provider is given for ignored parts. */
export function restored(first: Value, second: Value, paths: readonly Difference['path'][]): Value {
  if (paths.length === 0) return second;
  if (paths.some((path) => path.length === 0)) return first;
  const below = (step: string | number) => paths.filter((path) => String(path[0]) === String(step)).map((path) => path.slice(1));
  if (first.kind === 'object' && second.kind === 'object') {
    const names = new Set([...second.entries.keys(), ...first.entries.keys()]);
    const entries = [...names].flatMap((name) => {
      const [a, b] = [first.entries.get(name), second.entries.get(name)];
      const inner = below(name);
      const value = inner.some((path) => path.length === 0) ? a : a === undefined || b === undefined ? b : restored(a, b, inner);
      return value === undefined ? [] : [[name, value] as const];
    });
    return object(entries, second.open);
  }
  if (first.kind === 'list' && second.kind === 'list') {
    return list(second.items.map((item, at) => restored(first.items[at] ?? item, item, below(at))));
  }
  return second;
}
