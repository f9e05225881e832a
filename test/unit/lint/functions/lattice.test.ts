import { describe, expect, it } from 'vitest';
import { callFunction } from '../../../../src/lint/functions/index.ts';
import {
  bool,
  doubtOf,
  list,
  NULL,
  number,
  object,
  opaque,
  opaqueName,
  set,
  string,
  unknown,
  type Value,
} from '../../../../src/lint/value.ts';
import { answer, filesOf, fromJson, toJson } from './values.ts';

const context = { content: filesOf({}), moduleDir: '', second: true };
const call = (name: string, ...args: readonly Value[]): Value => callFunction(name, args, context);
const [U, A, B] = [unknown(), opaque('a'), opaque('b')];
const [x, y] = [string('x'), string('y')];

/** A resource with one attribute that is written down, and others that exist. */
const resource = object([['name', x]], { whole: opaque('r'), attribute: (name) => opaque(`r.${name}`) });

describe('what is opaque', () => {
  it.each<[string, readonly Value[], Value]>([
    ['concat', [list([x]), list([A])], list([x, A])],
    ['reverse', [list([x, A])], list([A, x])],
    ['slice', [list([x, A]), number(1), number(2)], list([A])],
    ['chunklist', [list([x, A]), number(1)], list([list([x]), list([A])])],
    ['element', [list([x, A]), number(3)], A],
    ['merge', [object([['a', A]]), object([['b', x]])], fromEntries({ a: A, b: x })],
    ['merge', [NULL, object([['a', A]])], fromEntries({ a: A })],
    ['lookup', [object([['a', A]]), string('a'), x], A],
    ['lookup', [object([['a', x]]), string('b'), A], A],
    ['lookup', [resource, string('name'), y], x],
    ['lookup', [resource, string('id'), y], opaque('r.id')],
    ['keys', [object([['k', A]])], list([string('k')])],
    ['keys', [object([[opaqueName(A), x]])], list([A])],
    ['values', [object([[opaqueName(A), x]])], list([x])],
    ['lookup', [object([[opaqueName(A), x]]), A, y], x],
    ['merge', [object([[opaqueName(A), x]]), object([[opaqueName(A), y]])], object([[opaqueName(A), y]])],
    ['length', [object([[opaqueName(A), x]])], number(1)],
    ['values', [object([['k', A]])], list([A])],
    ['zipmap', [list([string('k')]), list([A])], fromEntries({ k: A })],
    ['length', [list([A, B])], number(2)],
    ['length', [fromEntries({ a: A })], number(1)],
    ['flatten', [list([list([x]), object([['k', A]])])], list([x, object([['k', A]])])],
    ['one', [list([A])], A],
    ['contains', [list([A, x]), x], bool(true)],
    ['contains', [list([A, x]), A], bool(true)],
    ['alltrue', [list([A, bool(false)])], bool(false)],
    ['anytrue', [list([A, bool(true)])], bool(true)],
    ['index', [list([x, A]), x], number(0)],
    ['coalesce', [x, A], x],
    ['coalesce', [NULL, A], opaque('coalesce(a)')],
    ['coalescelist', [list([A]), B], list([A])],
    ['distinct', [list([A, x, A])], list([A, x])],
    ['tolist', [list([A, number(1)])], list([A, number(1)])],
    ['tomap', [object([['k', A]])], fromEntries({ k: A })],
    ['toset', [list([A, A])], set([A])],
    ['setproduct', [list([A]), list([x])], list([list([A, x])])],
    ['matchkeys', [list([A, B]), list([x, y]), list([y])], list([B])],
    ['sort', [list([A])], list([A])],
    ['tostring', [A], A],
    ['tonumber', [A], A],
    ['sensitive', [A], A],
    ['nonsensitive', [list([A, U])], list([A, U])],
    ['formatlist', [string('%s'), list([x, y])], list([x, y])],
  ])('%s %#', (name, args, expected) => {
    expect(toJson(call(name, ...args))).toEqual(toJson(expected));
  });

  it.each<[string, readonly (readonly Value[])[]]>([
    ['upper', [[A], [B]]],
    [
      'join',
      [
        [string(','), list([x, A])],
        [string(','), list([x, B])],
        [string(';'), list([x, A])],
        [string(','), A],
      ],
    ],
    ['jsonencode', [[list([A])], [list([B])], [A]]],
    [
      'merge',
      [
        [A, resource],
        [B, resource],
        [A, B],
      ],
    ],
    [
      'concat',
      [
        [A, list([x])],
        [B, list([x])],
        [A, list([y])],
      ],
    ],
    ['coalesce', [[A, x], [B, x], [A, y], [A]]],
    [
      'fileset',
      [
        [x, y],
        [y, x],
      ],
    ],
    ['yamlencode', [[x], [y], [A]]],
    ['base64gzip', [[x], [y]]],
    ['anything', [[x], [A], [x, A]]],
    [
      'substr',
      [
        [A, number(0), number(1)],
        [B, number(0), number(1)],
      ],
    ],
  ])('%s of other arguments is another value, of the same it is the same', (name, calls) => {
    const results = calls.map((args) => call(name, ...args));
    expect(results.map(({ kind }) => kind)).toEqual(calls.map(() => 'opaque'));
    expect(new Set(results.map((result) => JSON.stringify(toJson(result)))).size).toBe(calls.length);
    expect(calls.map((args) => call(name, ...args))).toEqual(results);
  });

  it('does not depend on arguments behind the one that decides', () => {
    expect(call('coalesce', A, x, B)).toEqual(call('coalesce', A, x));
    expect(call('coalescelist', A, list([x]), B)).toEqual(call('coalescelist', A, list([x]), U));
  });
});

describe('what is unknown', () => {
  const U2 = unknown(2);
  it.each<[string, readonly Value[], unknown]>([
    ['coalesce', [x, U], 'x'],
    ['coalesce', [U, x], { $: 'unknown' }],
    ['coalesce', [A, U], { $: 'opaque', key: 'coalesce(a)' }],
    ['length', [list([U])], 1],
    ['length', [set([x, U])], { $: 'unknown' }],
    ['toset', [list([x, U])], { $: 'unknown' }],
    ['setunion', [list([x, U]), list([y])], { $: 'unknown' }],
    ['keys', [fromEntries({ a: U })], ['a']],
    ['merge', [fromEntries({ a: U }), fromEntries({ b: x })], { a: { $: 'unknown' }, b: 'x' }],
    ['merge', [A, fromEntries({ a: U })], { $: 'unknown' }],
    ['contains', [list([U, x]), x], true],
    ['contains', [list([U, y]), x], { $: 'unknown' }],
    ['contains', [list([U, A]), x], { $: 'unknown' }],
    ['join', [string(','), list([x, U])], { $: 'unknown' }],
    ['element', [list([x, U]), number(0)], 'x'],
    ['element', [list([x, y]), U], { $: 'unknown' }],
    ['formatlist', [string('%s-%s'), list([x, U]), y], ['x-y', { $: 'unknown' }]],
    ['alltrue', [list([A, U])], { $: 'unknown' }],
    ['anything', [x, U], { $: 'unknown' }],
  ])('%s %#', (name, args, expected) => {
    expect(answer(name, args)).toEqual({ value: expected });
  });

  it('keeps its doubt', () => {
    expect(call('upper', U2)).toEqual(unknown(2, true));
    expect(call('concat', list([x]), U2)).toEqual(U2);
    expect(call('alltrue', list([U2]))).toEqual(unknown(2, true));
  });
});

describe('what is known of a result that is not', () => {
  it.each<[string, readonly Value[], boolean]>([
    ['upper', [U], true],
    ['join', [x, list([U])], true],
    ['timestamp', [], true],
    ['merge', [U], false],
    ['tostring', [U], false],
    ['jsondecode', [U], false],
    ['element', [list([unknown(0, true)]), number(0)], true],
  ])('%s %#: whether it may be null', (name, args, nonNull) => {
    expect(call(name, ...args)).toEqual(unknown(0, nonNull));
  });

  it.each<[string, readonly Value[], boolean]>([
    ['upper', [A], true],
    ['length', [A], true],
    ['tostring', [A], true],
    ['split', [x, A], false],
    ['jsondecode', [A], false],
    ['merge', [A], false],
  ])('%s %#: whether it is a primitive', (name, args, primitive) => {
    expect(call(name, ...args)).toMatchObject({ kind: 'opaque', primitive });
  });

  it('flattens what is no list', () => {
    expect(toJson(call('flatten', list([list([x]), call('upper', A)])))).toEqual(['x', { $: 'opaque', key: 'upper(a)' }]);
    expect(call('flatten', list([list([x]), A])).kind).toBe('opaque');
  });
});

describe('doubt', () => {
  it.each<[string, readonly Value[], number]>([
    ['upper', [A], 0],
    ['md5', [A], 0],
    ['join', [string(','), list([A])], 0],
    ['format', [string('%s'), A], 0],
    ['jsonencode', [list([A])], 0],
    ['concat', [A, B], 0],
    ['substr', [A, number(0), number(3)], 1],
    ['regex', [x, A], 1],
    ['length', [A], 1],
    ['keys', [A], 1],
    ['contains', [list([A]), x], 1],
    ['startswith', [A, x], 1],
    ['setintersection', [list([A]), list([x])], 1],
    ['max', [A, number(1)], 1],
    ['anything', [A], 1],
    ['anything', [x], 0],
    ['upper', [opaque('c', 2)], 2],
    ['join', [string(','), list([A, opaque('c', 1)])], 1],
  ])('of %s %# is in the table', (name, args, doubt) => {
    expect(doubtOf([call(name, ...args)])).toBe(doubt);
  });
});

describe('what is decided when it is applied', () => {
  const build = (second: boolean, name: string, ...args: readonly Value[]): unknown => answer(name, args, {}, second);

  it.each(['timestamp', 'uuid', 'bcrypt'])('%s is unknown at the plan of the claim', (name) => {
    expect(build(true, name, ...(name === 'bcrypt' ? [x] : []))).toEqual({ value: { $: 'unknown' } });
    expect(build(false, name)).toMatchObject({ value: { $: 'opaque' } });
  });

  it('has another time of the plan in each build', () => {
    expect(build(true, 'plantimestamp')).toMatchObject({ value: { $: 'opaque' } });
    expect(build(true, 'plantimestamp')).not.toEqual(build(false, 'plantimestamp'));
    expect(build(true, 'core::plantimestamp')).toEqual(build(true, 'plantimestamp'));
  });
});

describe('files', () => {
  const opaqueFile = { value: expect.objectContaining({ $: 'opaque' }) as unknown };
  it.each<[string, string, unknown]>([
    ['file', 'gone', { error: true }],
    ['file', 'sub/../gone', { error: true }],
    ['file', '/etc/gone', opaqueFile],
    ['file', '../gone', opaqueFile],
    ['file', '~/gone', opaqueFile],
    ['fileexists', 'gone', { value: false }],
    ['fileexists', '/etc/gone', opaqueFile],
    ['filemd5', 'bytes', opaqueFile],
    ['filesha256', 'bytes', { value: '12bd5eeba3a92e35c41611e24d7756eb39442699403e1aad28bd56443f2dfc86' }],
    ['abspath', 'a', opaqueFile],
    ['abspath', '/a/../b', { value: '/b' }],
    ['pathexpand', '~/a', opaqueFile],
  ])('%s of %s', (name, path, expected) => {
    expect(answer(name, [string(path)], { bytes: { base64: '/wD+gA==' } })).toEqual(expected);
  });
});

describe('what this runtime cannot do as the engine does', () => {
  const opaqueResult = { value: expect.objectContaining({ $: 'opaque' }) as unknown };
  it.each<[string, readonly unknown[]]>([
    ['regex', ['a(?i)b', 'aB']],
    ['regex', ['(?i:a)b', 'Ab']],
    ['regex', ['(?U)a+', 'aa']],
    ['regex', ['[[:^alpha:]]', '1']],
    ['regex', ['(a+)+$', `${'a'.repeat(200)}b`]],
    ['parseint', ['ffffffffffffffff', 16]],
    ['pow', [10, 400]],
    ['cidrsubnet', ['::ffff:10.0.0.0/104', 8, 1]],
    ['textencodebase64', ['a', 'shift_jis']],
  ])('%s %j is opaque', (name, args) => {
    expect(answer(name, args.map(fromJson))).toEqual(opaqueResult);
  });

  it('keeps numbers that are too large apart', () => {
    const [a, b] = ['[12345678901234567890]', '[22345678901234567890]'].map((json) => answer('jsondecode', [string(json)]));
    expect(a).toMatchObject({ value: [{ $: 'opaque' }] });
    expect(a).not.toEqual(b);
  });
});

describe('arguments', () => {
  it.each<[string, readonly unknown[]]>([
    ['upper', []],
    ['upper', ['a', 'b']],
    ['concat', []],
    ['lookup', [{ a: 1 }]],
    ['jsonencode', []],
    ['format', []],
    ['tostring', []],
    ['tostring', ['a', 'b']],
    ['toset', [['a'], ['b']]],
    ['tomap', []],
    ['yamldecode', ['&a [*a]']],
  ])('%s %j is an error', (name, args) => {
    expect(answer(name, args.map(fromJson))).toEqual({ error: true });
  });

  it('takes names with their namespace, and none from prototypes', () => {
    expect(answer('core::upper', [x])).toEqual({ value: 'X' });
    expect(answer('constructor', [x])).toMatchObject({ value: { $: 'opaque' } });
  });
});

function fromEntries(entries: Readonly<Record<string, Value>>): Value {
  return object(Object.entries(entries));
}
