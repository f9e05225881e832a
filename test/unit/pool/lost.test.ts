import { describe, expect, it } from 'vitest';
import type { BreakerState } from '../../../src/domain/types.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import type { PoolDeps } from '../../../src/pool/deps.ts';
import { retireLost } from '../../../src/pool/lost.ts';
import { anItem, aSnapshot, NOW } from '../domain/model.ts';

/** What a look does about prebuilds of which `lost` are silent. */
async function look(all: readonly string[], lost: readonly string[], breaker: BreakerState = 'closed', nextTryAt?: number) {
  const failed: string[] = [];
  const holds: unknown[] = [];
  const deps = {
    clock: { now: () => NOW },
    logger: silentLogger,
    policyOf: () => ({ healthIntervalMs: 1000 }),
    store: {
      markFailed: (id: string) => {
        failed.push(id);
        return Promise.resolve(true);
      },
      holdPools: (...input: readonly unknown[]) => {
        holds.push(input);
        return Promise.resolve();
      },
    },
  } as unknown as PoolDeps;
  const snapshot = aSnapshot({ stock: all.map((id) => anItem(id, { agentLost: lost.includes(id) })) });
  const changed = await retireLost(deps, [{ ...snapshot, pool: { ...snapshot.pool, breaker, nextTryAt } }]);
  return { failed, holds: holds.length, changed };
}

describe('stock whose agents fell silent', () => {
  it.each([
    ['nobody', ['a', 'b'], [], { failed: [], holds: 0, changed: false }],
    ['the only one', ['a'], ['a'], { failed: ['a'], holds: 0, changed: true }],
    ['one of three', ['a', 'b', 'c'], ['b'], { failed: ['b'], holds: 0, changed: true }],
    ['half', ['a', 'b', 'c', 'd'], ['b', 'c'], { failed: ['b', 'c'], holds: 0, changed: true }],
    ['more than half: nothing is destroyed', ['a', 'b', 'c'], ['b', 'c'], { failed: [], holds: 1, changed: true }],
  ])('%s', async (_, all, lost, expected) => {
    expect(await look(all, lost)).toEqual(expected);
  });

  it('holds once for as long as it lasts', async () => {
    const both = ['a', 'b'];
    expect(await look(both, both, 'holding', NOW + 1)).toEqual({ failed: [], holds: 0, changed: false });
    expect(await look(both, both, 'holding', NOW)).toMatchObject({ holds: 1 });
    expect(await look(both, both, 'open')).toMatchObject({ holds: 0 });
  });
});
