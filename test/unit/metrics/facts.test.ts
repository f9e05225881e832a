import { describe, expect, it } from 'vitest';
import { poolFacts } from '../../../src/metrics/facts.ts';
import { anItem, aSnapshot, HOUR, NOW } from '../domain/model.ts';

describe('the facts of a pool', () => {
  it('count the active version for Coder, and all versions for the rest', () => {
    const stock = [
      anItem('a'),
      anItem('b', { phase: 'warming' }),
      anItem('c', { phase: 'provisioning' }),
      anItem('old', { versionId: 'version-1' }),
      anItem('old2', { versionId: 'version-1', phase: 'failed' }),
    ];
    const facts = poolFacts(aSnapshot({ stock }), NOW, false);
    expect(facts.active).toMatchObject({ desired: 3, running: 2, eligible: 1, building: 1, failed: 0 });
    expect(facts.all).toMatchObject({ running: 3, eligible: 1, building: 1, failed: 1 });
    expect(facts).toMatchObject({ template: 'docker', preset: 'large', breaker: 'closed', invalid: false });
  });

  it('count expired ones as running, as Coder does', () => {
    const stock = [anItem('a', { ttlMs: HOUR / 2 })];
    expect(poolFacts(aSnapshot({ stock }), NOW, false).active).toMatchObject({ running: 1, eligible: 0, expired: 1 });
  });

  it('have nothing of Coder when the active version has no such preset', () => {
    const snapshot = { ...aSnapshot({ stock: [anItem('old', { versionId: 'version-1' })] }), preset: undefined };
    const facts = poolFacts(snapshot, NOW, false);
    expect(facts.active).toBeUndefined();
    expect(facts.all).toMatchObject({ desired: 0, running: 1 });
  });

  it("count what a claim would rebuild: built, not held, and the pool's own", () => {
    const unsafe = { claimSafety: 'unsafe' } as const;
    const stock = [
      anItem('ready', unsafe),
      anItem('warming', { ...unsafe, phase: 'warming' }),
      anItem('safe', { claimSafety: 'safe' }),
      anItem('held', { ...unsafe, heldAt: NOW }),
      anItem('failed', { ...unsafe, phase: 'failed' }),
      anItem('claimed', { ...unsafe, ownerId: 'ann' }),
    ];
    expect(poolFacts(aSnapshot({ stock }), NOW, false).unsafe).toBe(2);
  });

  it.each([
    [aSnapshot({ paused: true }), { paused: true, draining: false }],
    [aSnapshot({ pool: { pausedAt: NOW } }), { paused: true, draining: false }],
    [aSnapshot({ pool: { drainingAt: NOW } }), { paused: false, draining: true }],
    [aSnapshot({ pool: { breaker: 'half_open', failures: 3 } }), { breaker: 'half_open', failures: 3 }],
  ])('tell the state of the pool %#', (snapshot, expected) => {
    expect(poolFacts(snapshot, NOW, false)).toMatchObject(expected);
  });
});
