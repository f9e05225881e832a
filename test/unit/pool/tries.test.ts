import { describe, expect, it } from 'vitest';
import { createTries } from '../../../src/pool/tries.ts';
import { aSnapshot } from '../domain/model.ts';

const pass = () => createTries({ endless: false });

describe('tries of a pass', () => {
  it('lets a pool that works be filled again and again', () => {
    const tries = pass();
    const pool = aSnapshot();
    tries.note(pool);
    expect(tries.allow(pool)).toBe(true);
  });

  it.each(['backing_off', 'holding', 'half_open', 'open'] as const)('lets a pool that is %s try once', (breaker) => {
    const tries = pass();
    const pool = aSnapshot({ pool: { breaker } });
    expect(tries.allow(pool)).toBe(true);
    tries.note(pool);
    expect(tries.allow(pool)).toBe(false);
    expect(tries.allow(aSnapshot({ pool: { breaker, presetName: 'other' } }))).toBe(true);
  });

  it('lets it go on when it has recovered, and gives it no new try when it fails again', () => {
    const tries = pass();
    tries.note(aSnapshot({ pool: { breaker: 'half_open' } }));
    expect(tries.allow(aSnapshot())).toBe(true);
    expect(tries.allow(aSnapshot({ pool: { breaker: 'backing_off' } }))).toBe(false);
  });
});

describe('tries of a pass that need not end', () => {
  const failed = (nextTryAt: number) => aSnapshot({ pool: { breaker: 'backing_off', nextTryAt } });
  const open = (openedAt: number) => aSnapshot({ pool: { breaker: 'open', openedAt } });
  const server = () => createTries({ endless: true });

  it('are one for each wait', () => {
    const tries = server();
    tries.note(failed(1000));
    expect(tries.allow(failed(1000))).toBe(false);
    expect(tries.allow(failed(2000))).toBe(true);
    tries.note(failed(2000));
    expect(tries.allow(failed(2000))).toBe(false);
    expect(tries.allow(aSnapshot({ pool: { breaker: 'holding', nextTryAt: 3000 } }))).toBe(true);
  });

  it('are one each time that the breaker opened', () => {
    const tries = server();
    tries.note(open(1000));
    expect(tries.allow(aSnapshot({ pool: { breaker: 'half_open', openedAt: 1000 } }))).toBe(false);
    expect(tries.allow(open(1000))).toBe(false);
    expect(tries.allow(open(9000))).toBe(true);
  });

  it('are no more in a pass that is to end', () => {
    const tries = pass();
    tries.note(failed(1000));
    expect(tries.allow(failed(2000))).toBe(false);
  });
});
