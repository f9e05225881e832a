import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePreset } from '../../src/domain/preset-match.ts';
import type { Parameter } from '../../src/domain/types.ts';
import { aPreset } from '../unit/domain/model.ts';

const NAMES = ['a', 'b', 'c'];
const value = fc.constantFrom('1', '2');
const values = fc.dictionary(fc.constantFrom(...NAMES), value);
const parameters = fc.tuple(
  ...NAMES.map((name) =>
    fc.option(value, { nil: undefined }).map((defaultValue): Parameter => ({
      name,
      displayName: '',
      description: '',
      type: 'string',
      mutable: true,
      ephemeral: false,
      defaultValue,
      options: [],
      validations: [],
    })),
  ),
);
const presets = fc
  .tuple(
    fc.uniqueArray(fc.record({ name: fc.constantFrom('p', 'q', 'r', 's'), parameters: values }), {
      selector: (preset) => preset.name,
    }),
    fc.nat(5),
  )
  .map(([list, chosen]) => list.map((facts, index) => aPreset({ ...facts, isDefault: index === chosen })));
const request = fc.record({ presets, parameters, given: values });

describe('choosePreset', () => {
  it('does not look at the order of presets or parameters', () => {
    const both = request.chain((first) =>
      fc.tuple(
        fc.constant(first),
        fc.shuffledSubarray([...first.presets], { minLength: first.presets.length }),
        fc.shuffledSubarray([...first.parameters], { minLength: first.parameters.length }),
      ),
    );
    fc.assert(
      fc.property(both, ([first, otherPresets, otherParameters]) => {
        const other = choosePreset({ ...first, presets: otherPresets, parameters: otherParameters });
        expect(other.preset?.name).toBe(choosePreset(first).preset?.name);
      }),
      { numRuns: 300 },
    );
  });

  it('never chooses a preset that contradicts what was asked for, and a match has the most parameters of all', () => {
    fc.assert(
      fc.property(request, (input) => {
        const { preset } = choosePreset(input);
        const known = input.parameters.map(({ name, defaultValue }) => [name, input.given[name] ?? defaultValue] as const);
        const matches = input.presets.filter((candidate) =>
          known.every(([name, text]) => [undefined, text].includes(candidate.parameters[name])),
        );
        for (const [name, text] of Object.entries(input.given)) expect([undefined, text]).toContain(preset?.parameters[name]);
        if (matches.length > 0) {
          const most = Math.max(...matches.map((candidate) => Object.keys(candidate.parameters).length));
          expect(matches).toContain(preset);
          expect(Object.keys(preset?.parameters ?? {})).toHaveLength(most);
        } else expect(preset === undefined || preset.isDefault).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the named one whatever the parameters are', () => {
    fc.assert(
      fc.property(request, fc.nat(), (input, index) => {
        fc.pre(input.presets.length > 0);
        const preset = input.presets[index % input.presets.length]!;
        expect(choosePreset({ ...input, requested: preset.name }).preset).toBe(preset);
      }),
    );
  });
});
