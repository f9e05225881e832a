import { describe, expect, it } from 'vitest';
import type { Answer, PoolStatus } from '../../../src/api/app.ts';
import type { Parameter, Preset, VersionFacts } from '../../../src/domain/types.ts';
import { controlOf, expectedOf, parameterNotes, parametersOf, paramsOf, sourceOf } from '../../../src/web/claim-form.ts';
import { progressLine, withLine } from '../../../src/web/parts/progress.ts';
import { byUrgency, chartWords, matchesPool, oddCounts, poolState, totalsOf } from '../../../src/web/pool-words.ts';
import { hasWord, withWord } from '../../../src/web/workspace-words.ts';

const pool = (more: Partial<PoolStatus> = {}): PoolStatus =>
  ({
    desired: 2,
    eligible: 2,
    building: 0,
    failed: 0,
    expired: 0,
    held: 0,
    stale: 0,
    deleting: 0,
    claimed: 1,
    waiting: 0,
    ...more,
  }) as PoolStatus;
const why = (code: Answer['code']): Answer => ({
  kind: 'pool',
  name: 'a/b',
  code,
  text: '',
  next: undefined,
  untilAt: undefined,
});

describe('pools', () => {
  it('have a state in one word, from why or from their numbers', () => {
    expect(poolState(pool(), why('limited'))).toEqual({ tone: 'bad', word: 'breaker open' });
    expect(poolState(pool({ paused: true }), undefined).word).toBe('paused');
    expect(poolState(pool(), undefined).word).toBe('full');
    expect(poolState(pool({ eligible: 1 }), undefined).word).toBe('filling');
  });

  it('are sorted by what needs a person, else left in order', () => {
    expect(
      byUrgency([{ tone: 'off' }, { tone: 'good' }, { tone: 'bad' }, { tone: 'warn' }] as const).map(({ tone }) => tone),
    ).toEqual(['bad', 'warn', 'off', 'good']);
  });

  it('are found by parts of name and state', () => {
    expect(matchesPool('GO full', 'docker/GoLand: Large', 'full')).toBe(true);
    expect(matchesPool('go paused', 'docker/GoLand: Large', 'full')).toBe(false);
    expect(matchesPool('', 'docker/x', 'full')).toBe(true);
  });

  it('say what is odd, and sum up', () => {
    expect(oddCounts(pool())).toEqual([]);
    expect(oddCounts(pool({ failed: 2, waiting: 1 }))).toEqual(['2 failed', '1 claim in line']);
    expect(totalsOf([pool(), pool({ eligible: 1 })])).toMatchObject({ pools: 2, desired: 4, eligible: 3, claimed: 2 });
  });

  it('put a chart into words', () => {
    expect(chartWords(24, { eligible: [null], lowest: [null], desired: [null] })).toBe('Nothing is known of the last 24 hours.');
    expect(chartWords(24, { eligible: [2, 1.5, null, 2], lowest: [2, 1, null, 2], desired: [2, 2, null, 2] })).toBe(
      'Last 24 hours: 1 to 2 eligible at least, 2 desired; short in 33 % of the known time; lately 2 eligible.',
    );
  });
});

describe('search words', () => {
  it('replace those of the same key', () => {
    expect(withWord('dev status:ready', 'status:', 'failed')).toBe('dev status:failed');
    expect(withWord('"preset:Go Land" x', 'preset:', 'A B')).toBe('x "preset:A B"');
    expect(withWord('owner:ann dev', 'owner:', '')).toBe('dev');
    expect(hasWord('x "preset:A B"', 'preset:a b')).toBe(true);
    expect(hasWord('status:readyish', 'status:ready')).toBe(false);
  });
});

describe('the claim form', () => {
  const parameter = (more: Partial<Parameter> = {}): Parameter => ({
    name: 'cpus',
    displayName: 'CPUs',
    description: 'How many.',
    type: 'number',
    mutable: false,
    ephemeral: false,
    defaultValue: '2',
    options: [],
    validations: [{ min: 1, max: 8 }],
    ...more,
  });
  const preset = { parameters: { cpus: '4' } } as unknown as Preset;

  it('sends what was typed and is neither pinned nor the default', () => {
    const mood = parameter({ name: 'mood', type: 'string', defaultValue: undefined });
    expect(paramsOf([parameter(), mood], undefined, { cpus: '2', mood: 'a=b' })).toEqual(['mood=a=b']);
    expect(paramsOf([parameter()], undefined, { cpus: '3' })).toEqual(['cpus=3']);
    expect(paramsOf([parameter()], preset, { cpus: '3' })).toEqual([]);
    expect(sourceOf(parameter(), preset)).toEqual({ pinned: true, value: '4' });
  });

  it('asks for what the chosen preset has, where presets have different parameters', () => {
    const [way, key] = [parameter({ name: 'way' }), parameter({ name: 'key' })];
    const facts = {
      conditional: { targets: [], leading: [], values: {}, presets: { Keys: [way, key] } },
    } as unknown as VersionFacts;
    const detail = { parameters: [way], version: { facts } };
    expect(parametersOf(detail, { name: 'Keys' } as Preset)).toEqual([way, key]);
    expect(parametersOf(detail, { name: 'Plain' } as Preset)).toEqual([way]);
    expect(parametersOf(detail, undefined)).toEqual([way]);
  });

  const size = parameter({ name: 'size', defaultValue: '9' });
  const open = (name: string) => parameter({ name, defaultValue: undefined });
  const presetOf = (isDefault: boolean, parameters: object) => ({ isDefault, parameters }) as unknown as Preset;
  const small = presetOf(false, { size: '1' });
  const presets = [small, presetOf(true, { size: '2', script: 'run' })];

  it.each([
    ['the template says', size, undefined, '9'],
    ['only the default preset says, without a choice', open('script'), undefined, 'run'],
    ['the chosen preset says', size, small, '1'],
    ['nobody says under the chosen preset', open('script'), small, undefined],
    ['nobody says', open('other'), undefined, undefined],
  ] as const)('expects what %s', (_what, one, chosen, value) => {
    expect(expectedOf(one, chosen, presets)).toBe(value);
  });

  it('asks by type and options, and says the rules', () => {
    expect(controlOf(parameter())).toEqual({ kind: 'number', min: 1, max: 8 });
    expect(controlOf(parameter({ type: 'bool' })).kind).toBe('choice');
    expect(controlOf(parameter({ type: 'string' })).kind).toBe('text');
    expect(parameterNotes(parameter())).toBe('How many; fixed once it is built');
    expect(parameterNotes(parameter({ mutable: true, description: '', validations: [{ regex: '^a$', error: 'use a' }] }))).toBe(
      'use a',
    );
  });
});

describe('progress', () => {
  const step = (more: object) => ({
    workspace: 'dev',
    transition: 'start',
    stage: 'claim',
    step: 'applying',
    elapsedMs: 2400,
    ...more,
  });

  it('is one line, without control characters', () => {
    expect(progressLine('step', { step: 'looking\u001b[1m' })).toBe('looking');
    expect(progressLine('progress', step({ resource: 'docker.a' }))).toBe('claim: applying docker.a, 2.4 s');
    expect(progressLine('other', {})).toBeUndefined();
  });

  it('replaces the line of the same step', () => {
    expect(withLine(['claim: planning, 1.0 s'], 'claim: planning, 2.0 s')).toEqual(['claim: planning, 2.0 s']);
    expect(withLine(['claim: planning'], 'claim: applying')).toEqual(['claim: planning', 'claim: applying']);
  });
});
