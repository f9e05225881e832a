import { describe, expect, it } from 'vitest';
import { decide, hindranceNow, type Action } from '../../../src/domain/decide.ts';
import { isEligible } from '../../../src/domain/stock.ts';
import { aPolicy, aSnapshot, anItem, execute, HOUR, MINUTE, NOW, type ItemFacts, type SnapshotFacts } from './model.ts';

type Row = readonly [name: string, facts: SnapshotFacts, stock: readonly ItemFacts[], expected: readonly string[]];

/** `delete:a:expired`, `create:2`, `probe:1`, `wait:max_size`, ... */
function short(action: Action): string {
  switch (action.kind) {
    case 'create':
      return `${action.probe ? 'probe' : 'create'}:${action.count}`;
    case 'delete':
      return `delete:${action.workspaceId}:${action.why}`;
    case 'cancel':
      return `cancel:${action.workspaceId}`;
    case 'backoff':
      return `wait:${action.code}:${(action.untilAt - NOW) / 1000}s`;
    case 'limited':
      return `wait:${action.code}`;
  }
}

const snapshotOf = (facts: SnapshotFacts, stock: readonly ItemFacts[]) =>
  aSnapshot({ ...facts, stock: stock.map((item, index) => anItem('abcdefgh'[index] ?? 'z', item)) });

const one = { preset: { instances: 1 } };
const two = { preset: { instances: 2 } };
const surge = { policy: aPolicy({ surge: 1 }) };
const rolling = { policy: aPolicy({ rollout: 'rolling', surge: 1 }) };
const old = { versionId: 'version-1' };
const over: ItemFacts = { ttlMs: HOUR - 1 };
const keep = (failuresKeep: number, more = {}) => ({ policy: aPolicy({ failuresKeep, ...more }) });

const tables: Readonly<Record<string, readonly Row[]>> = {
  'surge on expiry (spec 5.2)': [
    ['a replacement comes first', { ...two, ...surge }, [{ ...over }, {}], ['create:1']],
    ['no more than surge at once', { ...two, ...surge }, [over, over], ['create:1']],
    ['two with surge 2', { ...two, policy: aPolicy({ surge: 2 }) }, [over, over], ['create:2']],
    ['it waits while the replacement is built', { ...one, ...surge }, [over, { phase: 'provisioning' }], []],
    ['and goes when that is ready', { ...one, ...surge }, [over, {}], ['delete:a:expired']],
    ['one after the other', { ...two, ...surge }, [over, over, {}], ['delete:a:expired', 'create:1']],
    ['without surge it goes at once', { ...one, policy: aPolicy() }, [over], ['delete:a:expired', 'create:1']],
    ['without room too', { ...one, policy: aPolicy({ surge: 1, maxSize: 1 }) }, [over], ['delete:a:expired', 'wait:max_size']],
    ['room within max_size is used', { ...one, policy: aPolicy({ surge: 1, maxSize: 2 }) }, [over], ['create:1']],
    ['past twice its ttl it goes', { ...one, ...surge }, [{ ttlMs: 29 * MINUTE }], ['delete:a:expired', 'create:1']],
    [
      '30 minutes past a long ttl too',
      { ...one, ...surge },
      [{ ttlMs: HOUR, createdAt: NOW - HOUR - 30 * MINUTE - 1 }],
      ['delete:a:expired', 'create:1'],
    ],
    ['but not before', { ...one, ...surge }, [{ ttlMs: HOUR, createdAt: NOW - HOUR - 30 * MINUTE }], ['create:1']],
    ['a warming one is not healthy', { ...one, ...surge }, [{ ...over, phase: 'warming' }], ['delete:a:expired', 'create:1']],
    ['inactive versions: deleted', { ...one, ...surge }, [{ ...over, ...old }], ['delete:a:inactive', 'create:1']],
    ['a smaller pool needs no replacement', { preset: { instances: 0 }, ...surge }, [over], ['delete:a:expired']],
    [
      'it stays while nothing can be built',
      { ...one, ...surge, pool: { breaker: 'open', failures: 3 } },
      [over],
      ['wait:limited'],
    ],
  ],
  'rolling rollout (spec 5.5)': [
    ['new ones come first', { ...two, ...rolling }, [old, old], ['create:1']],
    ['old ones stay while they are built', { ...two, ...rolling }, [old, old, { phase: 'warming' }], []],
    ['one goes per new one ready', { ...two, ...rolling }, [old, old, {}], ['delete:a:replaced', 'create:1']],
    ['the last one goes', { ...two, ...rolling }, [old, {}, {}], ['delete:a:replaced']],
    ['fewer than wanted: nothing old goes', { ...rolling }, [old, {}], ['create:2']],
    ['another shape goes at once', { ...one, ...rolling }, [{ ...old, sameShape: false }], ['delete:a:inactive', 'create:1']],
    ['expired goes at once', { ...one, ...rolling }, [{ ...old, ...over }], ['delete:a:inactive', 'create:1']],
    ['warming goes at once', { ...one, ...rolling }, [{ ...old, phase: 'warming' }], ['delete:a:inactive', 'create:1']],
    ['queued is canceled', { ...one, ...rolling }, [{ ...old, phase: 'queued' }], ['cancel:a', 'create:1']],
    ['the preset is gone: all go', { ...rolling, templateActive: false }, [old], ['delete:a:inactive']],
    [
      'without surge one makes way',
      { ...two, policy: aPolicy({ rollout: 'rolling' }) },
      [old, old],
      ['delete:a:replaced', 'create:1'],
    ],
    [
      'and the next when its replacement is ready',
      { ...two, policy: aPolicy({ rollout: 'rolling' }) },
      [old, {}],
      ['delete:a:replaced', 'create:1'],
    ],
    ['not while it is built', { ...two, policy: aPolicy({ rollout: 'rolling' }) }, [old, { phase: 'queued' }], []],
    [
      'not while builds fail',
      { ...two, policy: aPolicy({ rollout: 'rolling' }), pool: { breaker: 'open', failures: 3 } },
      [old, old],
      ['wait:limited'],
    ],
    [
      'max_size: one makes way',
      { ...two, policy: aPolicy({ rollout: 'rolling', surge: 1, maxSize: 2 }) },
      [old, old],
      ['delete:a:replaced', 'wait:max_size'],
    ],
    [
      'max_size: its destroy is awaited',
      { ...two, policy: aPolicy({ rollout: 'rolling', surge: 1, maxSize: 2 }) },
      [old, { phase: 'deleting', hasLiveBuild: true }],
      ['wait:max_size'],
    ],
    [
      'over max_size: none is given up in vain',
      { ...two, claimed: 5, policy: aPolicy({ rollout: 'rolling', surge: 1, maxSize: 3 }) },
      [old],
      ['wait:max_size'],
    ],
    ['a pool that shrinks gives up old ones first', { ...one, ...rolling }, [old, {}], ['delete:a:replaced']],
  ],
  'stale by fingerprint or access URL (spec 4.3)': [
    ['other inputs', one, [{ fingerprint: 'other' }], ['delete:a:stale', 'create:1']],
    ['another access URL', one, [{ accessUrl: 'http://old.example' }], ['delete:a:stale', 'create:1']],
    ['another access URL, no agents', { ...one, activeAgents: false }, [{ accessUrl: 'http://old.example' }], []],
    ['rolling: replaced first', { ...one, ...rolling }, [{ accessUrl: 'http://old.example' }], ['create:1']],
  ],
  'invalidated (spec 5.6)': [
    ['goes at once', one, [{ invalidatedAt: NOW }], ['delete:a:invalidated', 'create:1']],
    ['queued is canceled', one, [{ invalidatedAt: NOW, phase: 'queued' }], ['cancel:a', 'create:1']],
    ['what is built ends first, and is replaced beside', one, [{ invalidatedAt: NOW, phase: 'provisioning' }], ['create:1']],
    ['rolling: replaced first', { ...one, ...surge }, [{ staleAt: NOW }], ['create:1']],
    ['rolling: goes when that is ready', { ...one, ...surge }, [{ staleAt: NOW }, {}], ['delete:a:replaced']],
    ['held stays', one, [{ invalidatedAt: NOW, heldAt: NOW }, {}], []],
    ['being claimed stays', one, [{ invalidatedAt: NOW, phase: 'claiming' }, {}], []],
  ],
  'max_size (spec 5.4)': [
    ['claimed ones count', { claimed: 2, policy: aPolicy({ maxSize: 3 }) }, [], ['create:1']],
    ['reached', { claimed: 3, policy: aPolicy({ maxSize: 3 }) }, [], ['wait:max_size']],
    ['exceeded', { claimed: 9, policy: aPolicy({ maxSize: 3 }) }, [], ['wait:max_size']],
    [
      'held and deleting ones count',
      { policy: aPolicy({ maxSize: 3 }) },
      [{ heldAt: NOW }, { phase: 'deleting', hasLiveBuild: true }],
      ['create:1'],
    ],
    [
      'failed ones count',
      { policy: aPolicy({ maxSize: 3, failuresKeep: 1 }) },
      [{}, { phase: 'failed' }],
      ['delete:b:evidence', 'create:1'],
    ],
    ['0 = none', { policy: aPolicy({ maxSize: 0 }) }, [], ['wait:max_size']],
    [
      'a canceled one makes room at once',
      { policy: aPolicy({ maxSize: 1 }) },
      [{ ...old, phase: 'queued' }],
      ['cancel:a', 'create:1'],
    ],
  ],
  'start_rate (spec 5.4)': [
    ['a part at a time', { policy: aPolicy({ startRate: 2 }) }, [], ['create:2']],
    [
      'the rest later',
      { policy: aPolicy({ startRate: 2 }), recentStarts: [NOW - 50_000, NOW - 20_000] },
      [{ phase: 'queued' }],
      ['wait:start_rate:10s'],
    ],
    ['old starts do not count', { policy: aPolicy({ startRate: 1 }), recentStarts: [NOW - MINUTE] }, [], ['create:1']],
    [
      'the one that frees the next place decides',
      { policy: aPolicy({ startRate: 1 }), recentStarts: [NOW - 50_000, NOW - 20_000] },
      [],
      ['wait:start_rate:40s'],
    ],
  ],
  'evidence (spec 5.2, SM W15)': [
    ['is kept and replaced', { ...one, ...keep(2) }, [{ phase: 'failed' }, { phase: 'quarantined' }, {}], []],
    [
      'the newest are kept',
      { ...one, ...keep(1) },
      [{ phase: 'failed', failedAt: NOW - HOUR }, { phase: 'failed', failedAt: NOW - MINUTE }, {}],
      ['delete:a:failed'],
    ],
    [
      'for its time',
      { ...one, ...keep(1, { failuresKeepForMs: HOUR }) },
      [{ phase: 'failed', failedAt: NOW - HOUR - 1 }, {}],
      ['delete:a:failed'],
    ],
    [
      'what was killed half way is none',
      { ...one, ...keep(2) },
      [{ phase: 'failed', invalidatedAt: NOW }, {}],
      ['delete:a:failed'],
    ],
    ['of another version is none', { ...one, ...keep(2) }, [{ phase: 'failed', ...old }, {}], ['delete:a:failed']],
    ['held stays', { ...one, ...keep(0) }, [{ phase: 'failed', heldAt: NOW }, {}], []],
    [
      'it gives way when max_size is reached',
      { ...one, ...keep(2, { maxSize: 2 }) },
      [
        { phase: 'failed', failedAt: NOW - 2 },
        { phase: 'failed', failedAt: NOW - 1 },
      ],
      ['delete:a:evidence', 'wait:max_size'],
    ],
    [
      'not while nothing can be built',
      { ...one, ...keep(2, { maxSize: 1 }), pool: { breaker: 'open', failures: 3 } },
      [{ phase: 'failed' }],
      ['wait:limited'],
    ],
    [
      'one on its way out is room enough',
      { ...one, ...keep(2, { maxSize: 2 }) },
      [{ phase: 'failed' }, { phase: 'deleting', hasLiveBuild: true }],
      ['wait:max_size'],
    ],
  ],
  'drain (spec 3)': [
    [
      'all unclaimed stock goes',
      { ...two, ...keep(2), pool: { drainingAt: NOW } },
      [{}, { phase: 'queued' }, { phase: 'failed' }, { phase: 'provisioning' }],
      ['delete:a:drained', 'cancel:b', 'delete:c:failed'],
    ],
    ['held stays', { ...two, pool: { drainingAt: NOW } }, [{ heldAt: NOW }], []],
    ['it stays empty, whoever waits', { ...two, waiting: 2, pool: { drainingAt: NOW } }, [], []],
  ],
  'waiting claims (SM section 3)': [
    ['one more for each', { ...one, waiting: 2 }, [{ phase: 'provisioning' }], ['create:2']],
    ['also in a pool of none', { preset: { instances: 0 }, waiting: 1 }, [], ['create:1']],
    ['within max_size', { ...one, waiting: 5, policy: aPolicy({ maxSize: 3 }) }, [], ['create:3']],
  ],
  'clock jump (SM R10)': [
    ['nothing expires, nothing is trimmed', { ...one, clockJumped: true }, [over, over], []],
    ['evidence is not too old', { ...one, ...keep(1), clockJumped: true }, [{ phase: 'failed', failedAt: 1 }, {}], []],
    ['what is missing is made', { ...two, clockJumped: true }, [over], ['create:1']],
    ['inactive versions go', { ...one, clockJumped: true }, [old, {}], ['delete:a:inactive']],
  ],
};

describe.each(Object.entries(tables))('%s', (_, rows) => {
  it.each(rows)('%s', (_name, facts, stock, expected) => {
    const snapshot = snapshotOf(facts, stock);
    const actions = decide(snapshot, NOW);
    expect(actions.map(short)).toEqual(expected);
    expect(decide(execute(snapshot, actions), NOW).filter(({ kind }) => kind !== 'backoff' && kind !== 'limited')).toEqual([]);
  });
});

describe('isEligible', () => {
  const rows: readonly (readonly [string, SnapshotFacts, ItemFacts, boolean])[] = [
    ['an old version under recreate', {}, old, false],
    ['an old version under rolling', rolling, old, true],
    ['an old version of another shape', rolling, { ...old, sameShape: false }, false],
    ['an expired old version', rolling, { ...old, ...over }, false],
    ['invalidated', rolling, { invalidatedAt: NOW }, false],
    ['to be replaced', {}, { staleAt: NOW }, true],
    ['to be replaced, and of an old version', {}, { ...old, staleAt: NOW }, false],
    ['another access URL', {}, { accessUrl: 'http://old.example' }, false],
    ['another access URL, no agents', { activeAgents: false }, { accessUrl: 'http://old.example' }, true],
    ['expired, waiting for its replacement', surge, over, false],
    ['a pool that is drained', { pool: { drainingAt: NOW } }, {}, false],
  ];
  it.each(rows)('%s', (_, facts, item, expected) => {
    expect(isEligible(anItem('a', item), aSnapshot(facts), NOW)).toBe(expected);
  });
});

describe('hindranceNow', () => {
  const rows: readonly (readonly [SnapshotFacts, string | undefined])[] = [
    [{}, undefined],
    [{ paused: true }, 'paused'],
    [{ pool: { pausedAt: NOW } }, 'paused'],
    [{ templateActive: false }, 'template_inactive'],
    [{ pool: { drainingAt: NOW } }, 'draining'],
    [{ pool: { breaker: 'open', failures: 3 } }, 'limited'],
    [{ pool: { breaker: 'holding', nextTryAt: NOW + 1 } }, 'holding'],
    [{ pool: { breaker: 'backing_off', nextTryAt: NOW + 1 } }, 'backoff'],
    [{ claimed: 1, policy: aPolicy({ maxSize: 1 }) }, 'max_size'],
    [{ recentStarts: [NOW], policy: aPolicy({ startRate: 1 }) }, 'start_rate'],
    [{ clockJumped: true }, 'clock_jump'],
  ];
  it.each(rows)('%#: %o -> %s', (facts, code) => {
    expect(hindranceNow(aSnapshot(facts), NOW)?.code).toBe(code);
  });

  it('names the missing preset', () => {
    const snapshot = { ...aSnapshot(), preset: undefined };
    expect(hindranceNow(snapshot, NOW)).toMatchObject({ code: 'no_preset', reason: 'the active version has no preset "large"' });
  });
});
