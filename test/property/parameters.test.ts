import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAssignments, resolveParameters } from '../../src/domain/parameters.ts';
import type { Parameter, ParameterType } from '../../src/domain/types.ts';
import { normalise, sameValue } from '../../src/domain/values.ts';

const TYPES: readonly ParameterType[] = ['string', 'number', 'bool', 'list(string)'];
const name = fc.oneof(fc.constantFrom('cpus', 'constructor', '__proto__', 'toString'), fc.stringMatching(/^[a-z_]{1,8}$/));
const textOf = (type: ParameterType): fc.Arbitrary<string> => {
  switch (type) {
    case 'string':
      return fc.string();
    case 'number':
      return fc.oneof(fc.integer().map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
    case 'bool':
      return fc.constantFrom('true', 'false', '1', '0', 'True');
    case 'list(string)':
      return fc.array(fc.string(), { maxLength: 3 }).map((list) => JSON.stringify(list));
  }
};
const parameter = fc.constantFrom(...TYPES).chain((type) =>
  fc.record({
    name,
    type: fc.constant(type),
    mutable: fc.boolean(),
    ephemeral: fc.boolean(),
    value: textOf(type),
    other: textOf(type),
    asked: fc.boolean(),
  }),
);
const facts = fc.uniqueArray(parameter, { selector: (item) => item.name, maxLength: 6 });
type Facts = {
  readonly name: string;
  readonly type: ParameterType;
  readonly mutable: boolean;
  readonly ephemeral: boolean;
  readonly value: string;
};

const declared = (items: readonly Facts[]): readonly Parameter[] =>
  items.map(({ value, ...item }) => ({
    ...item,
    displayName: '',
    description: '',
    defaultValue: value,
    options: [],
    validations: [],
  }));

describe('assignments', () => {
  it('read back what was written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, fc.string()), { selector: ([key]) => key }), (pairs) => {
        const values = parseAssignments(pairs.map(([key, value]) => `${key}=${value}`));
        expect(Object.entries(values).sort()).toEqual([...pairs].sort());
      }),
    );
  });
});

describe('values', () => {
  it('normalising twice changes nothing more, and keeps the meaning', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES).chain((type) => fc.tuple(fc.constant(type), textOf(type))),
        ([type, text]) => {
          const { value = '' } = normalise({ type }, text);
          expect(normalise({ type }, value).value).toBe(value);
          expect(sameValue({ type }, text, value)).toBe(true);
          if (type === 'number') expect(Number(value) + 0).toBe(Number(text) + 0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('resolveParameters', () => {
  it('gives back its own answer: what was resolved once is a good request for the same values', () => {
    fc.assert(
      fc.property(facts, (items) => {
        const parameters = declared(items);
        const given = Object.fromEntries(items.filter(({ asked }) => asked).map((item) => [item.name, item.other]));
        const first = resolveParameters({ parameters, preset: undefined, given, mode: 'create' });
        expect(first.problems).toEqual([]);
        expect(Object.keys(first.values).sort()).toEqual(items.map((item) => item.name).sort());
        const kept = Object.fromEntries(Object.entries(first.values));
        for (const mode of ['create', 'claim', 'update'] as const) {
          const again = resolveParameters({ parameters, preset: undefined, given: kept, previous: kept, mode });
          expect(again).toEqual({ values: first.values, problems: [], poolMismatch: undefined });
        }
      }),
    );
  });

  it('an update without wishes changes nothing but ephemeral values', () => {
    fc.assert(
      fc.property(facts, (items) => {
        const parameters = declared(items);
        const previous = Object.fromEntries(items.map((item) => [item.name, normalise(item, item.other).value ?? '']));
        const { values, problems } = resolveParameters({ parameters, preset: undefined, given: {}, previous, mode: 'update' });
        expect(problems).toEqual([]);
        for (const item of items) {
          const expected = item.ephemeral ? normalise(item, item.value).value : previous[item.name];
          expect(Object.entries(values).find(([key]) => key === item.name)?.[1]).toBe(expected);
        }
      }),
    );
  });

  it('a claim falls to a cold build exactly when an immutable value differs, and is never an error for that', () => {
    fc.assert(
      fc.property(facts, (items) => {
        const parameters = declared(items);
        const asked = items.filter((item) => item.asked);
        const given = Object.fromEntries(asked.map((item) => [item.name, item.other]));
        const { problems, poolMismatch } = resolveParameters({ parameters, preset: undefined, given, mode: 'claim' });
        const differs = asked.some((item) => !item.mutable && !item.ephemeral && !sameValue(item, item.other, item.value));
        expect(problems).toEqual([]);
        expect(poolMismatch !== undefined).toBe(differs);
      }),
    );
  });
});
