import { describe, expect, it } from 'vitest';
import { isCovered, restored, type Ignorable } from '../../../../src/lint/plan/ignore.ts';
import { list, number, object, opaque, string, unknown, type Value } from '../../../../src/lint/value.ts';

type Step = string | number;

/** An entry as written: a step in brackets is given in a list of its own, as in `tags["x"]` = `['tags', ['x']]`. */
const entry = (...steps: readonly (Step | readonly [Step])[]) => ({
  path: steps.map((step) => (typeof step === 'object' ? step[0] : step)),
  bracketed: steps.map((step) => typeof step === 'object'),
});

/** A difference of a value in an attribute at the top, unless told otherwise. */
const difference = (path: readonly Step[], given: Partial<Ignorable> = {}): Ignorable => ({
  path,
  at: 0,
  unknown: false,
  container: 'map',
  unknownMap: false,
  ...given,
});
const inBlock = (path: readonly Step[], given: Partial<Ignorable> = {}): Ignorable => difference(path, { at: 2, ...given });
const inObject = (path: readonly Step[]): Ignorable => difference(path, { container: 'object' });
const blockCount = (path: readonly Step[]): Ignorable => difference(path, { at: path.length - 1 });

describe('an entry of ignore_changes', () => {
  it.each([
    ['the attribute', entry('env'), difference(['env']), true],
    ['another attribute', entry('env'), difference(['image']), false],
    ['an attribute that begins like it', entry('env'), difference(['environment']), false],
    ['no path, since it is not static', entry(), difference(['env']), false],
    ['an element below it', entry('env'), difference(['env', 1]), true],
    ['the element itself', entry('env', [1]), difference(['env', 1]), true],
    ['the element beside it', entry('env', [0]), difference(['env', 1]), false],
    ['the list above it', entry('env', [0]), difference(['env']), false],
    ['a value that becomes unknown', entry('env'), difference(['env'], { unknown: true }), true],

    ['a key of a map in brackets', entry('tags', ['x']), difference(['tags', 'x']), true],
    ['another key of a map', entry('tags', ['x']), difference(['tags', 'y']), false],
    ['a key of a map after a dot', entry('tags', 'x'), difference(['tags', 'x']), false],
    ['the map above the key', entry('tags', ['x']), difference(['tags']), false],
    ['an unknown map, of which a key is named', entry('tags', ['x']), difference(['tags'], { unknown: true }), false],
    ['an unknown map', entry('tags'), difference(['tags'], { unknown: true, unknownMap: true }), false],
    ['something deep in a map', entry('tags', ['x'], ['y']), difference(['tags', 'x', 'y']), true],

    ['an attribute of an object after a dot', entry('input', 'a'), inObject(['input', 'a']), true],
    ['one deep in an object', entry('input', 'a', 'z'), inObject(['input', 'a', 'z']), true],
    ['another attribute of an object', entry('input', 'a'), inObject(['input', 'b']), false],
    ['the whole object, by a last bracket', entry('input', ['a']), inObject(['input', 'b']), true],
    ['nothing, by a bracket further up', entry('input', ['a'], 'z'), inObject(['input', 'a', 'z']), false],
    ['what may be a map or an object, both ways', entry('tags', ['a'], 'z'), difference(['tags', 'a', 'z']), true],

    ['blocks of a type', entry('labels'), inBlock(['labels', 0, 'value']), true],
    ['the number of blocks', entry('labels'), blockCount(['labels']), true],
    ['an attribute of a block', entry('port', [0], 'name'), inBlock(['port', 0, 'name']), true],
    ['an attribute of another block', entry('port', [1], 'name'), inBlock(['port', 0, 'name']), false],
    ['an attribute of any block', entry('port', 'name'), inBlock(['port', 0, 'name']), true],
    ['another attribute of any block', entry('port', 'name'), inBlock(['port', 0, 'ip']), false],
    ['the number of blocks, by one of them', entry('port', [0]), blockCount(['port']), false],
    ['a key of a map in a block', entry('metadata', [0], 'labels', ['x']), inBlock(['metadata', 0, 'labels', 'x']), true],
    ['a block in a block', entry('spec', [0], 'container'), difference(['spec', 0, 'container', 1, 'image'], { at: 4 }), true],
  ])('for %s', (_name, written, found, covered) => {
    expect(isCovered(written, found)).toBe(covered);
  });
});

describe('what the provider is given for ignored parts', () => {
  const map = (entries: Readonly<Record<string, Value>>): Value => object(Object.entries(entries));
  const [old, now] = [string('old'), string('now')];

  it.each<readonly [string, Value, Value, readonly (readonly Step[])[], Value]>([
    ['nothing ignored', old, now, [], now],
    ['all of it', old, now, [[]], old],
    ['an unknown value', old, unknown(), [[]], old],
    ['a key', map({ a: old, b: old }), map({ a: now, b: now }), [['a']], map({ a: old, b: now })],
    [
      'several keys',
      map({ a: old, b: old, c: old }),
      map({ a: now, b: now, c: now }),
      [['a'], ['c']],
      map({ a: old, b: now, c: old }),
    ],
    ['a key that was not there', map({}), map({ a: now, b: now }), [['a']], map({ b: now })],
    ['a key that is gone', map({ a: old, b: old }), map({}), [['a']], map({ a: old })],
    [
      'a key in a key',
      map({ a: map({ x: old, y: old }) }),
      map({ a: map({ x: now, y: now }) }),
      [['a', 'x']],
      map({ a: map({ x: old, y: now }) }),
    ],
    ['a key in a key that was not there', map({}), map({ a: map({ x: now }) }), [['a', 'x']], map({ a: map({ x: now }) })],
    ['a key in a key that is gone', map({ a: map({ x: old }) }), map({}), [['a', 'x']], map({})],
    ['an element', list([old, old]), list([now, now]), [[1]], list([now, old])],
    ['an element by its text', list([old, old]), list([now, now]), [['1']], list([now, old])],
    ['an element that was not there', list([]), list([now]), [[0, 'a']], list([now])],
    [
      'a key in a block',
      list([map({ a: old, b: old })]),
      list([map({ a: now, b: now })]),
      [[0, 'b']],
      list([map({ a: now, b: old })]),
    ],
    ['a key of what is no object now', map({ a: old }), opaque('x'), [['a']], opaque('x')],
    ['a key of what was none', number(1), map({ a: now }), [['a']], map({ a: now })],
  ])('%s', (_name, first, second, paths, result) => {
    expect(restored(first, second, paths)).toEqual(result);
  });
});
