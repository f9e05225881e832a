import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyValue, Item } from '../../../../src/lint/eval/body.ts';
import { compareValues, differences, dotted, type Difference } from '../../../../src/lint/plan/difference.ts';
import { list, NULL, number, object, opaque, same, set, string, TRUE, unknown, type Value } from '../../../../src/lint/value.ts';

const map = (entries: Readonly<Record<string, Value>>): Value => object(Object.entries(entries));
const [x, y] = [string('x'), string('y')];
const U = unknown();

/** Paths at which two values differ, dotted with their indexes. */
function between(first: Value, second: Value): readonly string[] {
  const found: string[] = [];
  compareValues(first, second, [], (path) => found.push(path.join('.')));
  return found;
}

describe('two values differ', () => {
  it.each<readonly [string, Value, Value, readonly string[]]>([
    ['nowhere when they are the same', map({ a: x }), map({ a: x }), []],
    [
      'nowhere when one can be converted to the other',
      map({ a: number(1), b: TRUE }),
      map({ a: string('1'), b: string('true') }),
      [],
    ],
    ['nowhere when both are the same opaque value', opaque('a'), opaque('a'), []],
    ['as a whole when they are primitives', x, y, ['']],
    ['as a whole when one is opaque', x, opaque('a'), ['']],
    ['where one is null', x, NULL, ['']],
    ['where the second is not known, though the first was not either', map({ a: unknown(1) }), map({ a: unknown(1) }), ['a']],
    ['at a key', map({ a: x, b: x }), map({ a: x, b: y }), ['b']],
    ['at keys in the order of the second, then those that are gone', map({ c: x, b: x }), map({ b: y, a: y }), ['a', 'b', 'c']],
    ['at a key that is null on the other side only by being absent', map({}), map({ a: NULL }), []],
    ['at an element', list([x, x]), list([x, y]), ['1']],
    ['deep inside', list([map({ a: list([x]) })]), list([map({ a: list([y]) })]), ['0.a.0']],
    ['as a whole when lists have other lengths', map({ a: list([x]) }), map({ a: list([x, x]) }), ['a']],
    ['as a whole when they are sets', set([x]), set([y]), ['']],
    ['as a whole when a set is a list then', set([x]), list([x]), ['']],
    ['as a whole when a list is an object then', list([x]), map({ 0: x }), ['']],
  ])('%s', (_name, first, second, paths) => {
    expect(between(first, second)).toEqual(paths);
  });

  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Value>(x, y, NULL, number(1), opaque('a'), opaque('b')),
      fc.array(tie('value'), { maxLength: 3 }).map(list),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value')).map(map),
    ),
  }));

  it('at the same places from either side', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect([...between(a, b)].sort()).toEqual([...between(b, a)].sort());
      }),
    );
  });

  it('somewhere, unless they are the same but for entries that are null', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const equal = same(withoutNulls(a), withoutNulls(b));
        expect(between(a, b).length === 0).toBe(equal);
      }),
    );
  });
});

function withoutNulls(value: Value): Value {
  if (value.kind === 'list') return list(value.items.map(withoutNulls));
  if (value.kind !== 'object') return value;
  return object(
    [...value.entries].filter(([, entry]) => entry.kind !== 'null').map(([name, entry]) => [name, withoutNulls(entry)]),
  );
}

const range = { file: 'main.tf', start: 0, end: 0, line: 1, column: 1, endLine: 1, endColumn: 1 };

/** An attribute without a place of its own. */
const item = (value: Value): Item => ({
  attribute: { name: 'n', nameRange: range, expr: { kind: 'invalid', range }, range },
  scope: undefined as unknown as Item['scope'],
  value,
});
const block = { type: 'b', labels: [], body: { attributes: [], blocks: [], range }, headRange: range, range };

interface Shape {
  readonly [name: string]: Value | readonly Shape[] | { readonly open: Value };
}

/** A body: values are attributes, lists of bodies are blocks, `open` is a dynamic block of a length that is not known. */
function body(shape: Shape): BodyValue {
  const attributes = new Map<string, Item>();
  const blocks = new Map<string, BodyValue['blocks'] extends ReadonlyMap<string, infer T> ? T : never>();
  for (const [name, part] of Object.entries(shape)) {
    if (isBlocks(part)) blocks.set(name, { items: part.map((one) => ({ block, body: body(one) })), open: [] });
    else if ('open' in part && !('kind' in part)) blocks.set(name, { items: [], open: [item(part.open)] });
    else attributes.set(name, item(part));
  }
  return { attributes, blocks };
}

const isBlocks = (part: Shape[string]): part is readonly Shape[] => Array.isArray(part);

const said = ({ path, at, kind, unknown: isUnknown, doubt }: Difference): string =>
  `${kind} ${path.join('.')} at ${at}${isUnknown ? ' unknown' : ''}${doubt === 0 ? '' : ` doubt ${doubt}`}`;

describe('the bodies of a resource differ', () => {
  it.each<readonly [string, Shape, Shape, readonly string[]]>([
    ['nowhere', { a: x, b: [{ c: x }] }, { a: x, b: [{ c: x }] }, []],
    ['at an attribute', { a: x }, { a: y }, ['value a at 0']],
    ['at one that is there only now', {}, { a: y }, ['value a at 0']],
    ['at one that is gone', { a: x }, {}, ['value a at 0']],
    ['not at one that is null', { a: NULL }, {}, []],
    ['below an attribute', { a: map({ k: x }) }, { a: map({ k: y }) }, ['value a.k at 0']],
    ['at one that becomes unknown', { a: x }, { a: U }, ['value a at 0 unknown']],
    ['at one that becomes unknown in part', { a: list([x, x]) }, { a: list([x, U]) }, ['value a.1 at 0 unknown']],
    ['at one that is in doubt', { a: x }, { a: opaque('a', 1) }, ['value a at 0 doubt 1']],
    ['in a block', { b: [{ c: x }, { c: x }] }, { b: [{ c: x }, { c: y }] }, ['value b.1.c at 2']],
    ['in a block of a block', { b: [{ d: [{ c: x }] }] }, { b: [{ d: [{ c: map({ k: y }) }] }] }, ['value b.0.d.0.c at 4']],
    ['in the number of blocks alone', { b: [{ c: x }] }, { b: [{ c: y }, { c: x }] }, ['count b at 0']],
    ['in the number of blocks when there were none', {}, { b: [{ c: x }] }, ['count b at 0']],
    ['in the number of blocks when there are none then', { b: [{ c: x }] }, {}, ['count b at 0']],
    ['in the number of inner blocks', { b: [{ d: [] }] }, { b: [{ d: [{}] }] }, ['count b.0.d at 2']],
    ['in blocks of a number that is not known', { b: { open: opaque('a') } }, { b: { open: U } }, ['count b at 0 unknown']],
    ['in blocks of a number that may differ', { b: { open: opaque('a') } }, { b: { open: opaque('b') } }, ['count b at 0']],
    ['not in blocks of the same number', { b: { open: opaque('a') } }, { b: { open: opaque('a') } }, []],
    [
      'in several places',
      { a: x, b: [{ c: x }], z: x },
      { z: y, a: y, b: [{ c: y }] },
      ['value z at 0', 'value a at 0', 'value b.0.c at 2'],
    ],
  ])('%s', (_name, first, second, found) => {
    expect(differences(body(first), body(second)).map(said)).toEqual(found);
  });

  it('where both sides say so', () => {
    const [first, second] = [body({ a: x }), body({ a: y })];
    const [found] = differences(first, second);
    expect([found?.first, found?.second]).toEqual([first.attributes.get('a'), second.attributes.get('a')]);
  });
});

describe('a path', () => {
  it.each([
    [['env'], 'env'],
    [['labels', 0, 'value'], 'labels.value'],
    [['spec', 0, 'template', 0, 'metadata', 0, 'labels', 'a.b'], 'spec.template.metadata.labels.a.b'],
    [['env', 3], 'env'],
  ] as const)('%j is named %s', (path, name) => {
    expect(dotted(path)).toBe(name);
  });
});
