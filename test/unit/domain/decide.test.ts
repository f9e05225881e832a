import { describe, expect, it } from 'vitest';
import { decide, type Action } from '../../../src/domain/decide.ts';
import { summarise } from '../../../src/domain/summarise.ts';
import { aSnapshot, anItem, execute, HOUR, liveOf, MINUTE, NOW, simulate, type ItemFacts, type SnapshotFacts } from './model.ts';

type Row = readonly [name: string, facts: SnapshotFacts, stock: readonly ItemFacts[], expected: readonly string[]];

/** `delete:a:expired`, `create:2<3`, ... */
function short(action: Action): string {
  switch (action.kind) {
    case 'create':
      return `create:${action.count}<${action.slotLimit}`;
    case 'delete':
      return `delete:${action.workspaceId}:${action.why}`;
    case 'cancel':
      return `cancel:${action.workspaceId}`;
    case 'backoff':
      return `backoff:${(action.untilAt - NOW) / MINUTE}m`;
    case 'limited':
      return 'limited';
  }
}

const two = { preset: { instances: 2 } };
const old = { versionId: 'version-1' };

const rows: readonly Row[] = [
  ['an empty pool is filled', {}, [], ['create:3<3']],
  ['a full pool is left alone', two, [{ slot: 0 }, { slot: 1 }], []],
  ['what is being built counts', {}, [{ slot: 0 }, { slot: 1, phase: 'provisioning' }, { slot: 2, phase: 'queued' }], []],
  ['the free slot is used', {}, [{ slot: 0 }, { slot: 2 }], ['create:1<2']],
  ['slots above the size do not widen the limit', two, [{ slot: 4 }], ['create:1<1']],
  ['slots of another version are not in the way', two, [{ slot: 0, ...old, phase: 'provisioning' }], ['create:2<2']],
  ['paused: nothing', { paused: true }, [{ phase: 'failed' }], []],
  ['paused pool: nothing', { pool: { pausedAt: NOW } }, [{ phase: 'failed' }], []],
  ['inactive version: ready goes', two, [{ slot: 0, ...old }], ['delete:a:inactive', 'create:2<2']],
  ['inactive version: warming goes', { preset: { instances: 0 } }, [{ phase: 'warming', ...old }], ['delete:a:inactive']],
  ['inactive version: stopped goes', { preset: { instances: 0 } }, [{ phase: 'stopped', ...old }], ['delete:a:inactive']],
  ['inactive version: queued is canceled', { preset: { instances: 0 } }, [{ phase: 'queued', ...old }], ['cancel:a']],
  ['inactive version: a running create ends first', { preset: { instances: 0 } }, [{ phase: 'provisioning', ...old }], []],
  ['inactive version: expired goes too', { preset: { instances: 0 } }, [{ ttlMs: 1, ...old }], ['delete:a:inactive']],
  ['inactive template: everything goes', { templateActive: false }, [{}, { phase: 'queued' }], ['delete:a:inactive', 'cancel:b']],
  ['preset gone from the active version', { preset: undefined }, [old], ['delete:a:inactive']],
  ['expired goes and is replaced', two, [{ slot: 0, ttlMs: HOUR - 1 }, { slot: 1 }], ['delete:a:expired', 'create:1<1']],
  ['exactly as old as its ttl: stays', two, [{ slot: 0, ttlMs: HOUR }, { slot: 1 }], []],
  ['ttl 0 never expires', two, [{ slot: 0, ttlMs: 0 }, { slot: 1 }], []],
  [
    'age counts from creation',
    two,
    [{ slot: 0, ttlMs: HOUR, createdAt: NOW - 2 * HOUR, readyAt: NOW }, { slot: 1 }],
    ['delete:a:expired', 'create:1<1'],
  ],
  ['what is being built does not expire', two, [{ slot: 0, ttlMs: 1, phase: 'provisioning' }, { slot: 1 }], []],
  ['surplus: unready before ready', two, [{}, { phase: 'warming', createdAt: NOW }, {}], ['delete:b:surplus']],
  ['surplus: then the oldest', two, [{}, { createdAt: NOW - 3 * HOUR }, {}], ['delete:b:surplus']],
  ['surplus: queued is canceled first', two, [{}, { phase: 'warming' }, { phase: 'queued' }], ['cancel:c']],
  ['surplus: no ready one in place of one being built', two, [{}, {}, { phase: 'provisioning' }], []],
  ['failed goes and is replaced', two, [{ phase: 'failed' }, { slot: 0 }], ['delete:a:failed', 'create:1<2']],
  ['quarantined goes', { preset: { instances: 0 } }, [{ phase: 'quarantined' }], ['delete:a:failed']],
  [
    'a destroy that failed is retried',
    { preset: { instances: 0 } },
    [{ phase: 'deleting', nextTryAt: NOW, attempts: 2 }],
    ['delete:a:retry'],
  ],
  ['but not before its time', { preset: { instances: 0 } }, [{ phase: 'deleting', nextTryAt: NOW + 1 }], []],
  ['nor while it runs', { preset: { instances: 0 } }, [{ phase: 'deleting', hasLiveBuild: true }], []],
  [
    'held is neither counted nor touched',
    two,
    [{ heldAt: NOW, ...old }, { heldAt: NOW, phase: 'failed' }, { slot: 0 }],
    ['create:1<2'],
  ],
  ['stopped goes', two, [{ phase: 'stopped' }, { slot: 0 }, { slot: 1 }], ['delete:a:stopped']],
  ['stopped and held stays', two, [{ phase: 'stopped', heldAt: NOW }, { slot: 0 }, { slot: 1 }], []],
  ['reserved keeps its slot: not yet replaced', two, [{ phase: 'claiming', slot: 0 }, { slot: 1 }], []],
  ['applying has given it up: replaced', two, [{ phase: 'claiming' }, { slot: 1 }], ['create:1<1']],
  ['claiming of an inactive version is left alone', two, [{ phase: 'claiming', slot: 0, ...old }], ['create:2<2']],
  ['backoff stops creates', { pool: { breaker: 'backing_off', failures: 1, nextTryAt: NOW + MINUTE } }, [], ['backoff:1m']],
  [
    'backoff does not stop deletes',
    { pool: { breaker: 'backing_off', failures: 1, nextTryAt: NOW + MINUTE } },
    [{ phase: 'failed' }, old],
    ['delete:a:failed', 'delete:b:inactive', 'backoff:1m'],
  ],
  [
    'a next try that no backoff is long enough for, from a clock that was ahead',
    { pool: { breaker: 'backing_off', failures: 1, nextTryAt: NOW + 24 * 60 * MINUTE } },
    [],
    ['create:3<3'],
  ],
  ['backoff over', { pool: { breaker: 'backing_off', failures: 1, nextTryAt: NOW } }, [], ['create:3<3']],
  ['nothing missing: no word about backoff', { ...two, pool: { breaker: 'backing_off', nextTryAt: NOW + 1 } }, [{}, {}], []],
  ['open breaker', { pool: { breaker: 'open', failures: 3 } }, [{ slot: 0, ...old }], ['delete:a:inactive', 'limited']],
  ['limit reached, breaker not yet written', { pool: { failures: 3 } }, [], ['limited']],
  ['limit 0 is no limit', { pool: { failures: 9 }, policy: { ...aSnapshot().policy, failuresLimit: 0 } }, [], ['create:3<3']],
  ['holding', { pool: { breaker: 'holding', nextTryAt: NOW + 30 * MINUTE } }, [], ['backoff:30m']],
  ['holding is over: one probe', { pool: { breaker: 'holding', nextTryAt: NOW } }, [{ slot: 0 }], ['create:1<2']],
  ['holding: one probe at a time', { pool: { breaker: 'holding', nextTryAt: NOW } }, [{ slot: 0, phase: 'queued' }], ['limited']],
  [
    'a schedule decides the size',
    { preset: { timezone: 'UTC', schedules: [{ cron: '* 12 * * *', instances: 1 }] } },
    [],
    ['create:1<1'],
  ],
  ['a negative size is none', { preset: { instances: -1 } }, [], []],
];

describe('decide', () => {
  it.each(rows)('%s', (_, facts, stock, expected) => {
    const snapshot = aSnapshot({ ...facts, stock: stock.map((item, index) => anItem('abc'[index] ?? 'z', item)) });
    if ('preset' in facts && facts.preset === undefined) Object.assign(snapshot, { preset: undefined });
    expect(decide(snapshot, NOW).map(short)).toEqual(expected);
  });

  it('gives a reason in words', () => {
    const stock = [
      anItem('a', { slot: 0 }),
      anItem('b', { versionId: 'version-1' }),
      anItem('c', { phase: 'failed', lastError: 'docker: no space left\nmore' }),
      anItem('d', { ttlMs: HOUR / 2 }),
      anItem('e', { phase: 'provisioning', slot: 1 }),
    ];
    const reasons = decide(aSnapshot({ preset: { instances: 4 }, stock }), NOW).map(({ reason }) => reason);
    expect(reasons).toEqual([
      'its version is not the active one',
      'it failed: docker: no space left',
      'its time to live of 30m is over',
      '1 of 4 running, 1 being built',
    ]);
  });

  it('says which error limits the pool', () => {
    const [action] = decide(aSnapshot({ pool: { breaker: 'open', failures: 3, lastError: 'bad image' } }), NOW);
    expect(action?.reason).toBe('3 failures in a row: bad image');
  });

  it('passes the row version on, so that a changed row is not deleted', () => {
    const snapshot = aSnapshot({ preset: { instances: 0 }, stock: [anItem('a', { rowVersion: 7 })] });
    const changed = aSnapshot({ preset: { instances: 0 }, stock: [anItem('a', { rowVersion: 8 })] });
    const actions = decide(snapshot, NOW);
    expect(actions).toMatchObject([{ kind: 'delete', rowVersion: 7 }]);
    expect(execute(changed, actions).stock[0]?.workspace.phase).toBe('ready');
  });
});

const KINDS: Readonly<Record<string, ItemFacts>> = {
  ready: { slot: 0 },
  old: { slot: 0, versionId: 'version-1' },
  'old and queued': { slot: 0, versionId: 'version-1', phase: 'queued' },
  'old and provisioning': { slot: 0, versionId: 'version-1', phase: 'provisioning' },
  expired: { slot: 0, ttlMs: 1 },
  failed: { phase: 'failed' },
  quarantined: { phase: 'quarantined' },
  'half destroyed': { phase: 'deleting', attempts: 1, nextTryAt: NOW - 1 },
  queued: { slot: 0, phase: 'queued' },
  warming: { slot: 0, phase: 'warming' },
  'high slot': { slot: 7 },
};
const SIZES = [0, 1, 3];
const products = SIZES.flatMap((desired) =>
  Object.keys(KINDS).flatMap((first) => Object.keys(KINDS).map((second) => ({ desired, first, second }))),
);

describe('eight rounds with a store that re-checks', () => {
  it.each(products)('$first and $second end as $desired ready ones', ({ desired, first, second }) => {
    const stock = [
      anItem('a', KINDS[first]),
      anItem('b', { ...KINDS[second], slot: KINDS[second]?.slot === undefined ? undefined : 5 }),
    ];
    const world = simulate(
      aSnapshot({ preset: { instances: desired }, stock }),
      { createFails: false, deleteFails: false },
      8,
      (now) => {
        expect(liveOf(now).length).toBeLessThanOrEqual(Math.max(desired, 2));
      },
    );
    const at = NOW + 8 * MINUTE;
    expect(summarise(world, at)).toEqual({
      desired,
      running: desired,
      eligible: desired,
      building: 0,
      failed: 0,
      expired: 0,
      held: 0,
      deleting: 0,
      stale: 0,
      claimed: 0,
      waiting: 0,
    });
    expect(decide(world, at)).toEqual([]);
  });

  it('a pool whose creates fail deletes what failed and never has more than it should', () => {
    simulate(aSnapshot(), { createFails: true, deleteFails: false }, 8, (world) => {
      expect(liveOf(world).length).toBeLessThanOrEqual(3);
      expect(world.stock.filter(({ workspace }) => workspace.phase === 'failed')).toEqual([]);
    });
  });

  it('a destroy that fails is tried again and again, and holds nothing up', () => {
    const start = aSnapshot({ stock: [anItem('a', { versionId: 'version-1', slot: 0 })] });
    const world = simulate(start, { createFails: false, deleteFails: true }, 8);
    expect(world.stock.find(({ workspace }) => workspace.id === 'a')?.workspace).toMatchObject({
      phase: 'deleting',
      attempts: 8,
    });
    expect(liveOf(world)).toHaveLength(3);
  });
});
