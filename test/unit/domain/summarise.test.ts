import { describe, expect, it } from 'vitest';
import { isEligible } from '../../../src/domain/stock.ts';
import { summarise } from '../../../src/domain/summarise.ts';
import { aSnapshot, anItem, NOW, type ItemFacts } from './model.ts';

describe('summarise', () => {
  it('counts each prebuild where it belongs', () => {
    const items: ItemFacts[] = [
      {},
      { phase: 'warming' },
      { ttlMs: 1 },
      { versionId: 'version-1' },
      { phase: 'queued' },
      { phase: 'provisioning' },
      { phase: 'failed' },
      { phase: 'quarantined' },
      { heldAt: NOW },
      { heldAt: NOW, phase: 'stopped' },
      { phase: 'deleting' },
      { phase: 'claiming' },
      { phase: 'stopped' },
      { ownerId: 'somebody' },
    ];
    const snapshot = aSnapshot({ claimed: 4, waiting: 2, stock: items.map((item, index) => anItem(String(index), item)) });
    expect(summarise(snapshot, NOW)).toEqual({
      desired: 3,
      running: 4,
      eligible: 1,
      building: 2,
      failed: 2,
      expired: 1,
      held: 2,
      deleting: 1,
      stale: 1,
      claimed: 4,
      waiting: 2,
    });
  });

  it('wants nothing of an inactive template, and nothing of it may be claimed', () => {
    const snapshot = aSnapshot({ templateActive: false, stock: [anItem('a')] });
    expect(summarise(snapshot, NOW)).toMatchObject({ desired: 0, running: 1, eligible: 0 });
  });
});

describe('isEligible', () => {
  const rows: readonly (readonly [string, ItemFacts, boolean])[] = [
    ['ready', {}, true],
    ['warming', { phase: 'warming' }, false],
    ['held', { heldAt: NOW }, false],
    ['expired', { ttlMs: 1 }, false],
    ['of another version', { versionId: 'version-1' }, false],
    ['with a live build', { hasLiveBuild: true }, false],
    ['claimed', { ownerId: 'somebody' }, false],
    ['bound to a claim', { claimId: 'claim-1' }, false],
  ];
  it.each(rows)('%s: %o -> %s', (_, facts, expected) => {
    expect(isEligible(anItem('a', facts), aSnapshot(), NOW)).toBe(expected);
  });
});
