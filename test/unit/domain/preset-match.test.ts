import { describe, expect, it } from 'vitest';
import { choosePreset, type PresetRequest } from '../../../src/domain/preset-match.ts';
import type { Parameter, ParameterValues } from '../../../src/domain/types.ts';
import { aPreset } from './model.ts';

const parameter = (name: string, type: Parameter['type'], defaultValue?: string): Parameter => ({
  name,
  displayName: name,
  description: '',
  type,
  mutable: true,
  ephemeral: false,
  defaultValue,
  options: [],
  validations: [],
});
const parameters = [parameter('cpus', 'number', '2'), parameter('region', 'string', 'eu'), parameter('team', 'string')];
const withKey = [...parameters, parameter('key', 'string')];
const preset = (name: string, values: ParameterValues, isDefault = false) => aPreset({ name, parameters: values, isDefault });

const small = preset('small', { cpus: '2' });
const large = preset('large', { cpus: '8' }, true);
const largeUs = preset('large us', { cpus: '8', region: 'us' });
const any = preset('any', {});
const team = preset('team', { team: 'a' });

type Row = readonly [title: string, request: Partial<PresetRequest>, preset: string | undefined, reason: string];
const rows: readonly Row[] = [
  ['by name', { presets: [small, large], requested: 'small', given: { cpus: '8' } }, 'small', 'preset "small" was asked for'],
  ['defaults count as the request', { presets: [small, largeUs] }, 'small', 'preset "small" matches cpus'],
  ['given values', { presets: [small, large], given: { cpus: '8' } }, 'large', 'preset "large" matches cpus'],
  [
    'most parameters',
    { presets: [large, largeUs, any], given: { cpus: '8', region: 'us' } },
    'large us',
    'preset "large us" matches cpus, region, the closest of 3',
  ],
  ['values are compared by meaning', { presets: [small, large], given: { cpus: '8.0' } }, 'large', 'preset "large" matches cpus'],
  ['tie: the default', { presets: [preset('a', { cpus: '8' }), large], given: { cpus: '8' } }, 'large', 'the closest of 2'],
  ['tie: the name', { presets: [preset('b', { cpus: '2' }), preset('a', { region: 'eu' })] }, 'a', 'the closest of 2'],
  ['no parameters fits all', { presets: [any, large], given: { cpus: '4' } }, 'any', 'so it fits every request'],
  ['no match: the default', { presets: [largeUs, large] }, 'large', 'preset "large" is the default'],
  [
    'no match, default contradicted',
    { presets: [large], given: { cpus: '4' } },
    undefined,
    'the default preset "large" has cpus = "8"',
  ],
  ['no match, default not contradicted', { presets: [large], given: { region: 'us' } }, 'large', 'is the default'],
  ['no match, no default', { presets: [largeUs] }, undefined, 'none is the default'],
  [
    'a parameter that only this preset has counts for it, and is left out for others',
    { presets: [preset('keys', { region: 'eu', key: 'a' }), small], views: { keys: withKey }, given: { key: 'b' } },
    'small',
    'preset "small" matches cpus',
  ],
  [
    'a parameter that only this preset has, as it was asked for',
    { presets: [preset('keys', { region: 'eu', key: 'a' }), small], views: { keys: withKey }, given: { key: 'a' } },
    'keys',
    'preset "keys" matches region, key, the closest of 2',
  ],
  ['a parameter without value does not match', { presets: [team] }, undefined, 'none is the default'],
  ['a required one given', { presets: [team], given: { team: 'a' } }, 'team', 'matches team'],
  ['parameters the template lacks are ignored', { presets: [preset('x', { gone: '1', cpus: '2' })] }, 'x', 'matches cpus'],
  ['no presets', { presets: [] }, undefined, 'the template has no presets'],
];

describe('choosePreset', () => {
  it.each(rows)('%s', (_, request, name, reason) => {
    const choice = choosePreset({ presets: [], parameters, given: {}, ...request });
    expect(choice.problem).toBeUndefined();
    expect(choice.preset?.name).toBe(name);
    expect(choice.reason).toContain(reason);
  });

  it('lists the presets when the name is unknown', () => {
    expect(choosePreset({ presets: [small, largeUs], parameters, given: {}, requested: 'smal' })).toEqual({
      problem: 'unknown preset "smal"; did you mean "small"?; the template has: "small", "large us"',
    });
    expect(choosePreset({ presets: [], parameters, given: {}, requested: 'x' })).toEqual({
      problem: 'unknown preset "x"; the template has no presets',
    });
  });
});
