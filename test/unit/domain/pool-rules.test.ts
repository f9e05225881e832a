import { describe, expect, it } from 'vitest';
import { clockJump, isRecent } from '../../../src/domain/clock-jump.ts';
import { shareRoom, type Want } from '../../../src/domain/fair.ts';
import { lanesOf } from '../../../src/domain/lanes.ts';
import { percentile } from '../../../src/domain/percentile.ts';
import { schemaKey } from '../../../src/domain/shape.ts';
import type { Parameter } from '../../../src/domain/types.ts';
import { MINUTE, NOW } from './model.ts';

describe('clockJump', () => {
  const last = { wallAt: NOW, uptimeMs: 1000, bootId: 'boot' };
  const later = (wallMs: number, upMs: number, bootId = 'boot') => ({ wallAt: NOW + wallMs, uptimeMs: 1000 + upMs, bootId });

  it.each([
    ['both went on alike', later(60 * MINUTE, 60 * MINUTE), NOW, undefined],
    ['a machine that slept', later(600 * MINUTE, 600 * MINUTE), NOW, undefined],
    ['ten minutes ahead', later(10 * MINUTE, 0), NOW, undefined],
    ['more than ten minutes ahead', later(10 * MINUTE + 1, 0), NOW, 'forwards'],
    ['ahead over a reboot: nobody knows', later(600 * MINUTE, 0, 'other'), NOW, undefined],
    ['a minute back against the newest event', later(-MINUTE, 1), NOW, undefined],
    ['more than a minute back', later(-MINUTE - 1, 1), NOW, 'backwards'],
    ['back over a reboot', later(-5 * MINUTE, 0, 'other'), NOW, 'backwards'],
    ['no event yet', later(-5 * MINUTE, 1), undefined, undefined],
  ])('%s', (_, now, newest, direction) => {
    expect(clockJump(now, last, newest)?.direction).toBe(direction);
  });

  it('has nothing to compare with in the first pass', () => {
    expect(clockJump(last, undefined, undefined)).toBeUndefined();
  });

  it.each([
    [later(9999, 9999), true],
    [later(0, 0), true],
    [later(5999, 5000), true],
    [later(6000, 5000), false],
    [later(-30 * MINUTE, 1000), false],
    [later(10_000, 10_000), false],
    [later(1, -1), false],
    [later(1, 1, 'other'), false],
  ])('%o is a moment later: %s', (now, expected) => {
    expect(isRecent(now, last)).toBe(expected);
    expect(isRecent(now, undefined)).toBe(false);
  });
});

describe('lanesOf', () => {
  it.each([
    [4, 1, { pool: 3, people: 1, delete: 1 }],
    [2, 1, { pool: 1, people: 1, delete: 1 }],
    [1, 1, { pool: 1, people: 1, delete: 1 }],
    [4, 0, { pool: 4, people: 0, delete: 1 }],
    [4, 9, { pool: 1, people: 9, delete: 1 }],
  ])('%i jobs, %i in reserve', (jobs, reserve, lanes) => {
    expect(lanesOf(jobs, reserve)).toEqual(lanes);
  });
});

describe('shareRoom', () => {
  const want = (key: string, facts: Partial<Want>): Want => ({
    key,
    missing: 3,
    desired: 3,
    eligible: 0,
    underWay: 0,
    waiting: 0,
    ...facts,
  });
  const share = (wants: readonly Want[], room: number) => Object.fromEntries(shareRoom(wants, room));

  it('gives the emptiest pool first', () => {
    expect(share([want('a', { eligible: 2, missing: 1 }), want('b', {})], 1)).toEqual({ a: 0, b: 1 });
  });
  it('goes by share, not by number', () => {
    const wants = [want('big', { desired: 10, eligible: 5, missing: 5 }), want('small', { desired: 2, eligible: 1, missing: 1 })];
    expect(share(wants, 2)).toEqual({ big: 1, small: 1 });
    expect(
      share([want('big', { desired: 10, eligible: 2, missing: 8 }), want('small', { desired: 2, eligible: 1, missing: 1 })], 3),
    ).toEqual({ big: 3, small: 0 });
  });
  it('counts what is on its way', () => {
    expect(share([want('a', { underWay: 2, missing: 1 }), want('b', { eligible: 1, missing: 2 })], 1)).toEqual({ a: 0, b: 1 });
  });
  it('takes turns, and gives no more than is missing', () => {
    expect(share([want('b', { missing: 1 }), want('a', { missing: 1 })], 9)).toEqual({ a: 1, b: 1 });
    expect(share([want('b', {}), want('a', {})], 3)).toEqual({ a: 2, b: 1 });
  });
  it('a pool that somebody waits for comes first, as often as somebody waits', () => {
    expect(share([want('a', {}), want('b', { eligible: 2, waiting: 2 })], 3)).toEqual({ a: 1, b: 2 });
  });
  it('gives nothing without room', () => {
    expect(share([want('a', {})], 0)).toEqual({ a: 0 });
  });
});

describe('percentile', () => {
  it.each([
    [[], 0.9, undefined],
    [[5], 0.9, 5],
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
  ])('%j at %d', (values, p, expected) => {
    expect(percentile(values, p)).toBe(expected);
  });
});

describe('schemaKey', () => {
  const cpus: Parameter = {
    name: 'cpus',
    displayName: 'CPUs',
    description: '',
    type: 'number',
    mutable: false,
    ephemeral: false,
    defaultValue: '2',
    options: [{ name: 'two', value: '2' }],
    validations: [{ min: 1 }],
  };
  const mood: Parameter = { ...cpus, name: 'mood', type: 'string' };

  it('does not look at order and descriptions', () => {
    expect(schemaKey([mood, { ...cpus, displayName: 'Cores', description: 'how many' }])).toBe(schemaKey([cpus, mood]));
  });
  it.each<Partial<Parameter>>([
    { name: 'cores' },
    { type: 'string' },
    { mutable: true },
    { ephemeral: true },
    { defaultValue: '4' },
    { defaultValue: undefined },
    { options: [{ name: 'two', value: '4' }] },
    { validations: [{ min: 2 }] },
  ])('%j makes another schema', (change) => {
    expect(schemaKey([{ ...cpus, ...change }])).not.toBe(schemaKey([cpus]));
  });
});
