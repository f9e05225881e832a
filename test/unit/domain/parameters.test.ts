import { describe, expect, it } from 'vitest';
import { parseAssignments, resolveParameters, type ParameterRequest } from '../../../src/domain/parameters.ts';
import type { Parameter } from '../../../src/domain/types.ts';
import { normalise } from '../../../src/domain/values.ts';
import { UserError } from '../../../src/kit/errors.ts';

const parameter = (name: string, facts: Partial<Parameter> = {}): Parameter => ({
  name,
  displayName: name,
  description: '',
  type: 'string',
  mutable: true,
  ephemeral: false,
  defaultValue: 'default',
  options: [],
  validations: [],
  ...facts,
});
const resolve = (request: Partial<ParameterRequest>) =>
  resolveParameters({ parameters: [], preset: undefined, given: {}, mode: 'create', ...request });
const problemsOf = (facts: Partial<Parameter>, value: string) =>
  resolve({ parameters: [parameter('p', facts)], given: { p: value } }).problems;

describe('parseAssignments', () => {
  it('reads names and values', () => {
    expect(parseAssignments(['a=1', ' b =x=y', 'c=', 'a=1', '__proto__=z'])).toEqual(
      Object.fromEntries([
        ['a', '1'],
        ['b', 'x=y'],
        ['c', ''],
        ['__proto__', 'z'],
      ]),
    );
  });
  it.each([[['a']], [['=1']], [['']], [['a=1', 'a=2']]])('refuses %j', (assignments) => {
    expect(() => parseAssignments(assignments)).toThrow(UserError);
  });
});

describe('normalise', () => {
  const rows: readonly (readonly [Parameter['type'], string, string | undefined])[] = [
    ['number', '8', '8'],
    ['number', ' 8 ', '8'],
    ['number', '8.0', '8'],
    ['number', '8.', '8'],
    ['number', '08', '8'],
    ['number', '+8', '8'],
    ['number', '-0', '0'],
    ['number', '-1.50', '-1.5'],
    ['number', '1e3', '1000'],
    ['number', '.5', '0.5'],
    ['number', '12345678901234567890', '12345678901234567890'],
    ['number', '', undefined],
    ['number', 'eight', undefined],
    ['number', '0x10', undefined],
    ['number', '1e999', undefined],
    ['bool', 'True', 'true'],
    ['bool', '1', 'true'],
    ['bool', 'F', 'false'],
    ['bool', 'yes', undefined],
    ['list(string)', '[ "a", "b" ]', '["a","b"]'],
    ['list(string)', '[]', '[]'],
    ['list(string)', '[1]', undefined],
    ['list(string)', 'a,b', undefined],
    ['string', ' 8.0 ', ' 8.0 '],
  ];
  it.each(rows)('%s %j -> %j', (type, text, expected) => {
    const { value, problem } = normalise({ type }, text);
    expect(value).toBe(expected);
    expect(problem === undefined).toBe(expected !== undefined);
  });
});

describe('resolveParameters', () => {
  it('takes the asker, then the preset, then the default, and drops what the template does not have', () => {
    const preset = { name: 'large', parameters: { cpus: '8', gone: 'x' } };
    const parameters = [parameter('cpus', { type: 'number', defaultValue: '2' }), parameter('region'), parameter('zone')];
    expect(resolve({ parameters, preset, given: { zone: 'z', cpus: '8.0' } })).toEqual({
      values: { cpus: '8', region: 'default', zone: 'z' },
      problems: [],
      poolMismatch: undefined,
    });
  });

  it('names unknown parameters, what was meant and what there is', () => {
    const parameters = [parameter('cpus'), parameter('region')];
    expect(resolve({ parameters, given: { cpu: '1', nothing: '2' } }).problems).toEqual([
      'unknown parameter "cpu"; did you mean "cpus"?; the template has: cpus, region',
      'unknown parameter "nothing"; the template has: cpus, region',
    ]);
    expect(resolve({ given: { constructor: '1' } }).problems).toEqual([
      'unknown parameter "constructor"; the template has no parameters',
    ]);
  });

  it('asks for required ones', () => {
    expect(resolve({ parameters: [parameter('region', { defaultValue: undefined })] }).problems).toEqual([
      'parameter "region" is required: give it with --param region=VALUE',
    ]);
    expect(resolve({ parameters: [parameter('toString', { defaultValue: undefined })] }).problems).toHaveLength(1);
    expect(resolve({ parameters: [parameter('region', { defaultValue: '' })] })).toMatchObject({
      values: { region: '' },
      problems: [],
    });
  });

  it('never replaces a pinned value silently', () => {
    const request = { parameters: [parameter('cpus', { type: 'number' })], preset: { name: 'large', parameters: { cpus: '8' } } };
    const problem = 'parameter "cpus": preset "large" sets it to "8", not "4"; leave it out or choose another preset';
    expect(resolve({ ...request, given: { cpus: '4' } }).problems).toEqual([problem]);
    expect(resolve({ ...request, given: { cpus: '4' }, mode: 'claim' }).problems).toEqual([problem]);
    expect(resolve({ ...request, given: { cpus: '8' }, mode: 'claim' }).problems).toEqual([]);
    expect(resolve({ ...request, given: { cpus: '4' }, previous: { cpus: '8' }, mode: 'update' })).toMatchObject({
      values: { cpus: '4' },
      problems: [],
    });
  });

  it('says when the mistake is the preset’s', () => {
    const request = {
      parameters: [parameter('cpus', { type: 'number' })],
      preset: { name: 'large', parameters: { cpus: 'many' } },
    };
    expect(resolve(request).problems).toEqual(['preset "large": parameter "cpus": "many" is not a number']);
  });

  const options = [
    { name: 'eu', value: 'eu' },
    { name: 'United States', value: 'us' },
  ];
  const range = { validations: [{ min: 1, max: 8 }] };
  const rules: readonly (readonly [string, Partial<Parameter>, string, string | undefined])[] = [
    ['option', { options }, 'eu', undefined],
    ['no option', { options }, 'mars', '"mars" is not one of its options: eu, us (United States)'],
    ['number option', { type: 'number', options: [{ name: '2', value: '2' }] }, '2.0', undefined],
    ['selection of options', { type: 'list(string)', options }, '["eu","us"]', undefined],
    ['selection with a stranger', { type: 'list(string)', options }, '["eu","mars"]', 'is not one of its options'],
    ['bool', { type: 'bool' }, 'maybe', '"maybe" is neither true nor false'],
    ['in range', { type: 'number', ...range }, '8', undefined],
    ['too small', { type: 'number', ...range }, '0', '0 is less than the minimum 1'],
    ['too large', { type: 'number', ...range }, '9', '9 is more than the maximum 8'],
    ['validated numbers are whole', { type: 'number', ...range }, '2.5', '2.5 is not a whole number'],
    ['other numbers need not be', { type: 'number' }, '2.5', undefined],
    [
      'own words',
      { type: 'number', validations: [{ max: 8, min: 1, error: '{value} is not in {min}-{max} ({min})' }] },
      '9',
      'p": 9 is not in 1-8 (1)',
    ],
    ['a $ in own words', { validations: [{ regex: '^a$', error: 'not {value}' }] }, '$&', 'not $&'],
    ['regex', { validations: [{ regex: '^[a-z]+$' }] }, 'abc', undefined],
    ['regex refuses', { validations: [{ regex: '^[a-z]+$' }] }, 'ABC', '"ABC" does not match ^[a-z]+$'],
    ['regex with flags', { validations: [{ regex: '(?i)^[a-z]+$' }] }, 'ABC', undefined],
    ['regex with a named group', { validations: [{ regex: '^(?P<x>a)$' }] }, 'b', 'does not match'],
    ['regex with an escaped hyphen', { validations: [{ regex: '^[\\w\\-.]+$' }] }, 'a b', 'does not match'],
    ['regex that only Go knows is left to the engine', { validations: [{ regex: '^[[:alpha:]]+\\z' }] }, '1', undefined],
    ['regex that nobody knows is left to the engine', { validations: [{ regex: '(' }] }, '1', undefined],
    ['regex is for strings', { type: 'bool', validations: [{ regex: '^x$' }] }, 'true', undefined],
  ];
  it.each(rules)('%s', (_, facts, value, expected) => {
    const problems = problemsOf(facts, value);
    if (expected === undefined) expect(problems).toEqual([]);
    else expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  it('sends another immutable value to a cold build, with the reason', () => {
    const parameters = [parameter('region', { mutable: false, defaultValue: 'eu' })];
    const found = resolve({ parameters, given: { region: 'us' }, mode: 'claim' });
    expect(found.problems).toEqual([]);
    expect(found.values).toEqual({ region: 'us' });
    expect(found.poolMismatch).toBe(
      'its prebuilds were built with parameter "region" = "eu": it is immutable, so "eu" cannot become "us"',
    );
    expect(
      resolve({ parameters, given: { region: 'us' }, previous: { region: 'us' }, mode: 'claim' }).poolMismatch,
    ).toBeUndefined();
    expect(resolve({ parameters, given: { region: 'eu' }, mode: 'claim' }).poolMismatch).toBeUndefined();
    expect(resolve({ parameters, given: { region: 'us' } }).poolMismatch).toBeUndefined();
  });

  it('keeps what a prebuild was built with', () => {
    const parameters = [parameter('region', { mutable: false, defaultValue: 'eu' })];
    expect(resolve({ parameters, previous: { region: 'us' }, mode: 'claim' })).toEqual({
      values: { region: 'us' },
      problems: [],
      poolMismatch: undefined,
    });
  });

  it('refuses another immutable value at an update', () => {
    const parameters = [parameter('region', { mutable: false })];
    const request = { parameters, previous: { region: 'eu' }, mode: 'update' } as const;
    expect(resolve({ ...request, given: { region: 'us' } }).problems).toEqual([
      'parameter "region": it is immutable, so "eu" cannot become "us"',
    ]);
    expect(resolve(request)).toMatchObject({ values: { region: 'eu' }, problems: [] });
    expect(resolve({ ...request, previous: {}, given: { region: 'us' } })).toMatchObject({
      values: { region: 'us' },
      problems: [],
    });
  });

  const monotonic: readonly (readonly ['increasing' | 'decreasing', string, boolean])[] = [
    ['increasing', '9', true],
    ['increasing', '11', false],
    ['increasing', '10', false],
    ['decreasing', '11', true],
    ['decreasing', '9', false],
  ];
  it.each(monotonic)('%s from 10 to %s is wrong: %s', (direction, value, wrong) => {
    const parameters = [parameter('disk', { type: 'number', validations: [{ monotonic: direction }], defaultValue: '1' })];
    const request = { parameters, given: { disk: value }, previous: { disk: '10' } };
    expect(resolve({ ...request, mode: 'update' }).problems).toHaveLength(wrong ? 1 : 0);
    const claim = resolve({ ...request, mode: 'claim' });
    expect(claim.problems).toEqual([]);
    expect(claim.poolMismatch === undefined).toBe(!wrong);
    expect(resolve({ ...request, mode: 'create' }).problems).toEqual([]);
  });

  it('never carries ephemeral values over', () => {
    const parameters = [parameter('debug', { ephemeral: true, defaultValue: 'off' })];
    for (const mode of ['claim', 'update'] as const) {
      expect(resolve({ parameters, previous: { debug: 'on' }, mode }).values).toEqual({ debug: 'off' });
      expect(resolve({ parameters, previous: { debug: 'on' }, given: { debug: 'more' }, mode }).values).toEqual({
        debug: 'more',
      });
    }
  });

  it('an update keeps the workspace’s values, and gives new parameters the preset’s value or the default', () => {
    const parameters = [parameter('kept'), parameter('fromPreset'), parameter('new')];
    const preset = { name: 'large', parameters: { fromPreset: 'p', kept: 'p' } };
    expect(resolve({ parameters, preset, previous: { kept: 'k', gone: 'g' }, mode: 'update' }).values).toEqual({
      kept: 'k',
      fromPreset: 'p',
      new: 'default',
    });
  });
});
