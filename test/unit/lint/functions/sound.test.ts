import { describe, expect, it } from 'vitest';
import { callFunction } from '../../../../src/lint/functions/index.ts';
import { EvaluationError, list, NULL, object, opaque, textOf, UNKNOWN, type Value } from '../../../../src/lint/value.ts';
import { filesOf, fromJson, recorded, toJson } from './values.ts';

const { files, calls } = recorded('terraform');
const context = { content: filesOf(files), moduleDir: '', second: true };

/** The value with one part replaced, for every part of it. */
function replacedOnce(value: Value, by: Value): readonly Value[] {
  if (value.kind === 'list' && !value.set) {
    const items = value.items;
    const inner = items.flatMap((item, at) => replacedOnce(item, by).map((other) => list(items.with(at, other))));
    return [by, ...inner];
  }
  if (value.kind === 'object') {
    const inner = [...value.entries].flatMap(([name, entry]) =>
      replacedOnce(entry, by).map((other) => object([...value.entries, [name, other]])),
    );
    return [by, ...inner];
  }
  return value.kind === 'unknown' ? [] : [by];
}

/** Whether a result of partly known arguments leaves room for the exact one. */
function covers(result: Value, exact: Value): boolean {
  if (result.kind === 'unknown' || result.kind === 'opaque') return true;
  if (result.kind === 'list' && exact.kind === 'list') {
    return result.items.length === exact.items.length && result.items.every((item, at) => covers(item, exact.items[at] ?? NULL));
  }
  if (result.kind === 'object' && exact.kind === 'object') {
    const names = [...result.entries.keys()];
    return (
      names.length === exact.entries.size &&
      names.every((name) => covers(result.entries.get(name) ?? NULL, exact.entries.get(name) ?? NULL))
    );
  }
  return result.kind === exact.kind ? toJson(result) === toJson(exact) : textOf(result) === textOf(exact);
}

/** What is opaque is taken to differ from other values, and to be no list inside of a list. */
const ASSUMING = new Set(['distinct', 'toset', 'setunion', 'setproduct', 'flatten', 'join']);

describe.each<[string, Value]>([
  ['unknown', UNKNOWN],
  ['opaque', opaque('o')],
])('a part made %s', (_, by) => {
  const wanted = calls.filter(({ name, error }) => error !== true && !ASSUMING.has(name));

  it.each(wanted.map((call) => ({ ...call, text: JSON.stringify(call.args) })))('$name $text leaves room', ({ name, args }) => {
    const values = args.map(fromJson);
    const exact = callFunction(name, values, context);
    const variants = values.flatMap((value, at) => replacedOnce(value, by).map((other) => values.with(at, other)));
    const results = variants.map((variant) => {
      try {
        return covers(callFunction(name, variant, context), exact) ? [] : variant.map(toJson);
      } catch (error) {
        if (error instanceof EvaluationError) return [...variant.map(toJson), error.message];
        throw error;
      }
    });
    expect(results.filter((result) => result.length > 0)).toEqual([]);
  });
});
