import { expect, it } from 'vitest';
import { poolStatus } from '../../../src/app/status.ts';
import type { ClaimTime } from '../../../src/store/store.ts';
import { aSnapshot, NOW } from '../domain/model.ts';

const claim = (facts: Partial<ClaimTime>): ClaimTime => ({
  templateId: 't',
  presetName: 'large',
  state: 'served',
  servedAs: 'warm',
  missed: false,
  createdAt: NOW - 1000,
  endedAt: NOW,
  ...facts,
});

it('hits and misses of a pool are of the claims that asked it', () => {
  const claims = [
    claim({}),
    claim({ servedAs: 'waited' }),
    claim({ missed: true }),
    claim({ servedAs: 'cold', missed: true }),
    claim({ state: 'failed', servedAs: undefined, missed: true }),
    // Not asked, canceled by its owner, and not at its end.
    claim({ servedAs: 'cold' }),
    claim({ state: 'canceled', servedAs: undefined }),
    claim({ state: 'cold', servedAs: undefined, missed: true, endedAt: undefined }),
  ];
  expect(poolStatus(aSnapshot({}), claims, NOW)).toMatchObject({ claims: 5, misses: 2, hitRate: 0.6 });
  expect(poolStatus(aSnapshot({}), [], NOW)).toMatchObject({ claims: 0, misses: 0, hitRate: undefined });
});
