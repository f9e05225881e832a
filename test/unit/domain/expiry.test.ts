import { describe, expect, it } from 'vitest';
import { claimTtl, expiryDue, newExpiry } from '../../../src/domain/expiry.ts';
import { UserError } from '../../../src/kit/errors.ts';
import { writeDuration } from '../../../src/kit/duration.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const life = (facts: object = {}) => ({
  createdAt: 0,
  claimedAt: 0,
  expiresAt: 20 * HOUR,
  expiryWarnedAt: undefined,
  phase: 'ready' as const,
  nextTryAt: undefined,
  ...facts,
});

describe('what is due', () => {
  const rows: readonly (readonly [string, object, number, 'warn' | 'end' | undefined])[] = [
    ['nothing without an end', { expiresAt: undefined }, 99 * HOUR, undefined],
    ['nothing long before', {}, 18 * HOUR, undefined],
    ['the warning at most an hour before', {}, 19 * HOUR, 'warn'],
    ['not two hours before, a tenth of the life', {}, 19 * HOUR - 1, undefined],
    ['a tenth of a short life', { expiresAt: HOUR }, 54 * MINUTE, 'warn'],
    ['not earlier', { expiresAt: HOUR }, 54 * MINUTE - 1, undefined],
    ['no second warning', { expiryWarnedAt: 1 }, 19 * HOUR, undefined],
    ['the end', {}, 20 * HOUR, 'end'],
    ['the end also of a failed one', { phase: 'failed' }, 20 * HOUR, 'end'],
    ['a life counted from a late claim', { claimedAt: 19 * HOUR }, 19 * HOUR + 50 * MINUTE, undefined],
    ['a cold one counted from its creation', { claimedAt: undefined, expiresAt: HOUR }, 54 * MINUTE, 'warn'],
    ['a delete that failed, when its time has come', { phase: 'deleting', nextTryAt: 21 * HOUR }, 21 * HOUR, 'end'],
    ['not before', { phase: 'deleting', nextTryAt: 21 * HOUR }, 20 * HOUR, undefined],
    ['nothing any more', { phase: 'deleted' }, 99 * HOUR, undefined],
  ];
  it.each(rows)('%s', (_, facts, now, expected) => {
    expect(expiryDue(life(facts), now)).toBe(expected);
  });
});

describe('the life of a claim', () => {
  const policy = { claimTtlMs: HOUR, claimTtlMaxMs: 2 * HOUR };
  it('is what was asked for, else the policy’s', () => {
    expect(claimTtl(undefined, policy, writeDuration)).toBe(HOUR);
    expect(claimTtl(2 * HOUR, policy, writeDuration)).toBe(2 * HOUR);
    expect(claimTtl(undefined, { claimTtlMs: undefined, claimTtlMaxMs: undefined }, writeDuration)).toBeUndefined();
    expect(claimTtl(99 * HOUR, { claimTtlMs: undefined, claimTtlMaxMs: undefined }, writeDuration)).toBe(99 * HOUR);
  });
  it('is never longer than the maximum', () => {
    expect(() => claimTtl(2 * HOUR + 1000, policy, writeDuration)).toThrow(/2h1s is longer than claim_ttl_max, which is 2h/);
  });
});

describe('extending', () => {
  const extend = (ms: number, facts: object = {}, maxMs: number | undefined = 24 * HOUR) =>
    newExpiry(life(facts), { full: 'ana/api', now: 19 * HOUR, ms, maxMs, inWords: writeDuration });

  it('counts from now, up to the maximum from the claim', () => {
    expect(extend(2 * HOUR)).toBe(21 * HOUR);
    expect(extend(5 * HOUR)).toBe(24 * HOUR);
    expect(extend(6 * HOUR, { claimedAt: HOUR })).toBe(25 * HOUR);
    expect(newExpiry(life(), { full: 'ana/api', now: 0, ms: 99 * HOUR, maxMs: undefined, inWords: writeDuration })).toBe(
      99 * HOUR,
    );
  });

  it.each([
    ['more than the maximum', 5 * HOUR + 1000, {}, 'may live 1d from its claim', 'extend it by 5h at most'],
    ['an end that came nearer', 30 * MINUTE, {}, 'ends in 1h, which is later than 30m from now', 'more than 1h'],
    ['no end', HOUR, { expiresAt: undefined }, 'has no end', 'delete it'],
    ['at the maximum already', 6 * HOUR, { expiresAt: 24 * HOUR }, 'may live 1d', 'it cannot be extended any more'],
  ])('refuses %s with what to do', (_, ms, facts, message, hint) => {
    try {
      extend(ms, facts);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain(message);
      expect((error as UserError).hint).toContain(hint);
    }
  });
});

describe('writeDuration', () => {
  it.each([
    [0, '0s'],
    [999, '0s'],
    [90_000, '1m30s'],
    [HOUR + 1000, '1h1s'],
    [50 * HOUR, '2d2h'],
  ])('%d ms is %s', (ms, text) => {
    expect(writeDuration(ms)).toBe(text);
  });
});
