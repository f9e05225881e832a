import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGENT_LIVES,
  agentsState,
  answerPoll,
  askManifest,
  hasStopped,
  hear,
  isLost,
  isStopping,
  LOST_AFTER_MS,
  metaMode,
  serverUpMs,
  wantsStop,
  type Agent,
  type AgentWord,
} from '../../../src/domain/agent.ts';
import { SYSTEM_USER, WORKSPACE_PHASES } from '../../../src/domain/types.ts';

const agent = (more: Partial<Agent> = {}): Agent => ({
  workspaceId: 'w',
  name: 'main',
  life: 'ready',
  generation: 1,
  processKey: 'a',
  seq: 3,
  results: [],
  seenAt: 0,
  lostAt: undefined,
  lifeAt: 0,
  rowVersion: 1,
  ...more,
});
const word = (more: Partial<AgentWord> = {}): AgentWord => ({
  proc: 'a',
  generation: 1,
  seq: 4,
  life: 'starting',
  results: [],
  ...more,
});
const stock = { generation: 1, phase: 'warming', ownerId: SYSTEM_USER.id } as const;
const owned = { generation: 2, phase: 'ready', ownerId: 'bob' } as const;

describe('askManifest', () => {
  it.each([...WORKSPACE_PHASES])('a new process in %s', (phase) => {
    const asked = askManifest(agent(), 'b', { ...stock, phase });
    if (phase === 'claiming' || phase === 'provisioning') expect(asked).toBe('wait');
    else expect(asked).toEqual({ life: 'created', generation: 1, processKey: 'b', seq: 0, results: [] });
    expect(askManifest(agent(), 'a', { ...stock, phase })).toBe('same');
  });
});

describe('hear', () => {
  it.each([
    ['a change of state', agent(), word(), stock, 0, { life: 'starting', generation: 1, processKey: 'a', seq: 4, results: [] }],
    ['the same number again', agent(), word({ seq: 3 }), stock, 0, 'same'],
    ['an older number', agent(), word({ seq: 2, life: 'created' }), stock, 0, 'same'],
    ['ready of an older generation', agent(), word({ life: 'ready' }), owned, 0, 'same'],
    ['another process while the first is alive', agent(), word({ proc: 'b' }), stock, LOST_AFTER_MS, 'superseded'],
    [
      'another process when the first is silent',
      agent(),
      word({ proc: 'b', seq: 1 }),
      stock,
      LOST_AFTER_MS + 1,
      { life: 'starting', generation: 1, processKey: 'b', seq: 1, results: [] },
    ],
    ['an unknown process of an older generation', agent({ processKey: undefined }), word(), owned, 0, 'same'],
    [
      'a process that a forgetful server does not know',
      agent({ processKey: undefined }),
      word(),
      stock,
      0,
      { life: 'starting', generation: 1, processKey: 'a', seq: 4, results: [] },
    ],
    [
      'a generation above the restored one',
      agent(),
      word({ generation: 5, life: 'ready' }),
      stock,
      0,
      { life: 'ready', generation: 5, processKey: 'a', seq: 4, results: [] },
    ],
  ] as const)('%s', (_name, before, said, world, silentMs, expected) => {
    expect(hear(before, said, world, silentMs)).toEqual(expected);
  });

  it('ends in the last state of the process whatever the order and the repetitions', () => {
    const said = fc.uniqueArray(fc.record({ seq: fc.nat(50), life: fc.constantFrom(...AGENT_LIVES) }), {
      selector: (one) => one.seq,
      minLength: 1,
    });
    fc.assert(
      fc.property(said, fc.infiniteStream(fc.nat()), (words, picks) => {
        const known = { ...agent({ seq: 0, life: 'created' }) };
        const top = words.reduce((a, b) => (a.seq > b.seq ? a : b));
        const mixed = [...words, ...words].sort(() => ((picks.next().value as number) % 2) - 0.5);
        let now: Agent = known;
        for (const one of mixed) {
          const heard = hear(now, word(one), stock, 0);
          if (typeof heard !== 'string') now = { ...now, ...heard };
        }
        expect(now).toMatchObject(top.seq === 0 ? { life: 'created', seq: 0 } : { life: top.life, seq: top.seq });
      }),
    );
  });
});

describe('answerPoll', () => {
  const options = { meta: 'slow', knownMeta: 'slow', stopSeconds: 60 } as const;
  it.each([
    ['nothing new', stock, { generation: 1, life: 'ready' }, options, false],
    ['a claim', owned, { generation: 1, life: 'ready' }, options, true],
    ['a restored store', stock, { generation: 9, life: 'ready' }, options, false],
    ['another metadata mode', stock, { generation: 1, life: 'ready' }, { ...options, knownMeta: undefined }, true],
    ['a stop', { ...owned, phase: 'stopping' }, { generation: 2, life: 'ready' }, options, true],
    ['a stop that is obeyed', { ...owned, phase: 'deleting' }, { generation: 2, life: 'off' }, options, false],
    ['a stop that was taken back', owned, { generation: 2, life: 'shutdown_error' }, options, true],
  ] as const)('%s', (_name, world, said, given, urgent) => {
    expect(answerPoll(world, said, given).urgent).toBe(urgent);
  });

  it('stops what somebody had, never stock', () => {
    for (const phase of WORKSPACE_PHASES) {
      const stopping = phase === 'stopping' || phase === 'stopped' || phase === 'deleting';
      expect(wantsStop({ ...owned, phase })).toBe(stopping);
      expect(wantsStop({ ...stock, phase })).toBe(false);
      expect(answerPoll({ ...owned, phase }, word(), options).stopSeconds).toBe(stopping ? 60 : undefined);
    }
    expect(AGENT_LIVES.filter(isStopping)).toEqual(['shutting_down', 'off', 'shutdown_error', 'shutdown_timeout']);
    expect(AGENT_LIVES.filter(hasStopped)).toEqual(['off', 'shutdown_error', 'shutdown_timeout']);
    expect([metaMode(stock), metaMode(owned)]).toEqual(['slow', 'fast']);
  });
});

describe('agentsState', () => {
  it.each([
    ['no agent', [], { kind: 'ready' }],
    ['all ready', [agent(), agent({ name: 'b', generation: 4 })], { kind: 'ready' }],
    [
      'one not heard of',
      [agent(), agent({ name: 'b', processKey: undefined })],
      { kind: 'waiting', reason: 'agent b is not heard of' },
    ],
    ['ready in an older generation', [agent({ generation: 0 })], { kind: 'waiting', reason: 'agent main is not heard of' }],
    ['starting', [agent({ life: 'starting' })], { kind: 'waiting', reason: 'agent main is starting' }],
    [
      'failed before all have reported',
      [agent({ life: 'starting' }), agent({ name: 'b', life: 'start_error' })],
      { kind: 'failed', reason: 'agent b: a start script failed' },
    ],
    [
      'failed in an older generation',
      [agent({ life: 'start_error', generation: 0 })],
      { kind: 'waiting', reason: 'agent main is not heard of' },
    ],
    [
      'too slow',
      [agent({ life: 'start_timeout', results: [{ id: 's-1', exit: 'timeout', seconds: 9 }] })],
      { kind: 'failed', reason: 'agent main: script s-1 was ended after 9 s, its time limit' },
    ],
    [
      'without its interpreter',
      [
        agent({
          life: 'start_error',
          results: [
            { id: 's-0', exit: 0, seconds: 1 },
            { id: 's-1', exit: 127, seconds: 0 },
          ],
        }),
      ],
      { kind: 'failed', reason: 'agent main: script s-1 exited 127 (a program is missing) after 0 s' },
    ],
  ] as const)('%s', (_name, agents, expected) => {
    expect(agentsState(agents, 1)).toEqual(expected);
  });
});

describe('silence', () => {
  it('counts as lost after 90 s', () => {
    expect(isLost(90_000)).toBe(false);
    expect(isLost(90_001)).toBe(true);
  });

  it('counts only time in which a server was up, and no time twice', () => {
    const sessions = [
      { startedAt: 0, seenAt: 50, endedAt: 100 },
      { startedAt: 80, seenAt: 150, endedAt: undefined },
      { startedAt: 300, seenAt: 400, endedAt: undefined },
    ];
    expect(serverUpMs(sessions, 0, 1000)).toBe(250);
    expect(serverUpMs(sessions, 90, 120)).toBe(30);
    expect(serverUpMs(sessions, 160, 290)).toBe(0);
    expect(serverUpMs(sessions, 350, 380)).toBe(30);
  });

  it('never exceeds the span, and grows with more sessions', () => {
    const span = fc
      .record({ startedAt: fc.nat(1000), length: fc.nat(500) })
      .map(({ startedAt, length }) => ({ startedAt, seenAt: startedAt + length, endedAt: undefined }));
    fc.assert(
      fc.property(fc.array(span), span, fc.nat(1000), fc.nat(1000), (all, more, from, length) => {
        const up = serverUpMs(all, from, from + length);
        expect(up).toBeLessThanOrEqual(length);
        expect(serverUpMs([...all, more], from, from + length)).toBeGreaterThanOrEqual(up);
      }),
    );
  });
});
