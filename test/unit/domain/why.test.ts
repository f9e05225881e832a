import type { Agent } from '../../../src/domain/agent.ts';
import { describe, expect, it } from 'vitest';
import type { DeleteWhy } from '../../../src/domain/actions.ts';
import type { HindranceCode } from '../../../src/domain/hindrance.ts';
import type { PoolSnapshot } from '../../../src/domain/snapshot.ts';
import type { Build, Workspace, WorkspacePhase } from '../../../src/domain/types.ts';
import { explainWaiting } from '../../../src/domain/why-claim.ts';
import { explainPool } from '../../../src/domain/why-pool.ts';
import { explainWorkspace, type WorkspaceFacts } from '../../../src/domain/why-workspace.ts';
import type { PoolState } from '../../../src/domain/why.ts';
import { aPolicy, aSnapshot, anItem, HOUR, MINUTE, NOW, type ItemFacts, type SnapshotFacts } from './model.ts';

type Case = readonly [facts: SnapshotFacts, stock?: readonly ItemFacts[]];

const snapshotOf = ([facts, stock = []]: Case): PoolSnapshot => ({
  ...aSnapshot({ ...facts, stock: stock.map((item, index) => anItem('abcdefgh'[index] ?? 'z', item)) }),
  ...('preset' in facts && facts.preset === undefined ? { preset: undefined } : {}),
});

// The types make these tables complete: a hindrance or a reason without an explanation does not compile, and its test fails.
const hindrances: Readonly<Record<HindranceCode, Case>> = {
  paused: [{ paused: true }],
  template_inactive: [{ templateActive: false }],
  no_preset: [{ preset: undefined }],
  draining: [{ pool: { drainingAt: NOW } }],
  clock_jump: [{ clockJumped: true }, [{}, {}, {}]],
  limited: [{ pool: { breaker: 'open', failures: 3, openedAt: NOW } }],
  holding: [{ pool: { breaker: 'holding', errorClass: 'capacity', nextTryAt: NOW + MINUTE } }],
  backoff: [{ pool: { breaker: 'backing_off', failures: 1, nextTryAt: NOW + MINUTE } }],
  probing: [{ pool: { breaker: 'half_open', failures: 3 } }, [{ phase: 'provisioning' }]],
  max_size: [{ policy: aPolicy({ maxSize: 1 }), claimed: 1 }],
  start_rate: [{ policy: aPolicy({ startRate: 1 }), recentStarts: [NOW - 1000] }],
};

const states: Readonly<Record<PoolState, Case>> = {
  full: [{}, [{}, {}, {}]],
  size_zero: [{ preset: { instances: 0 } }],
  due: [{}],
  waits_for_build: [{}, [{}, {}, { phase: 'provisioning' }]],
  waits_for_ready: [{}, [{}, {}, { phase: 'warming' }]],
  degraded: [{ policy: aPolicy({ onReplace: 'refuse' }) }, [{}, {}, { claimSafety: 'unsafe' }]],
};

const expired = { ttlMs: HOUR - 1 };
const departures: Readonly<Record<DeleteWhy, Case>> = {
  inactive: [{}, [{ versionId: 'version-1' }]],
  stale: [{}, [{ fingerprint: 'another' }]],
  invalidated: [{}, [{ invalidatedAt: NOW }]],
  drained: [{ pool: { drainingAt: NOW } }, [{}]],
  expired: [{ preset: { instances: 1 } }, [expired]],
  replaced: [{ preset: { instances: 1 }, policy: aPolicy({ rollout: 'rolling' }) }, [{ versionId: 'version-1' }, {}]],
  surplus: [{ preset: { instances: 0 } }, [{}]],
  stopped: [{}, [{ phase: 'stopped' }]],
  failed: [{}, [{ phase: 'failed', lastError: 'disk full' }]],
  evidence: [{ preset: { instances: 1 }, policy: aPolicy({ failuresKeep: 1, maxSize: 1 }) }, [{ phase: 'failed' }]],
  retry: [{}, [{ phase: 'deleting', hasLiveBuild: false, attempts: 2 }]],
};

describe('why a pool is as it is', () => {
  it.each(Object.entries({ ...hindrances, ...states }))('%s', (code, facts) => {
    const answer = explainPool(snapshotOf(facts), NOW);
    expect(answer.code).toBe(code);
    expect(answer.text).toMatch(/\w/);
  });

  it.each(Object.keys(hindrances) as HindranceCode[])('%s says what to do', (code) => {
    expect(explainPool(snapshotOf(hindrances[code]), NOW).next).toMatch(/\w/);
  });

  it('quotes names for the shell, and says when it ends by itself', () => {
    const answer = explainPool(
      snapshotOf([{ pool: { presetName: 'GoLand: Large', nextTryAt: NOW + 1, breaker: 'backing_off' } }]),
      NOW,
    );
    expect(answer.next).toContain('prebuilds retry "docker/GoLand: Large"');
    expect(answer.untilAt).toBe(NOW + 1);
  });
});

const factsOf = (workspace: Workspace, more: Partial<WorkspaceFacts> = {}): WorkspaceFacts => ({
  workspace,
  liveBuild: undefined,
  driven: true,
  suspects: [],
  agents: [],
  pool: undefined,
  ...more,
});

const anAgent = (more: Partial<Agent> = {}): Agent => ({
  workspaceId: 'a',
  name: 'main',
  life: 'ready',
  generation: 2,
  processKey: 'p',
  seq: 1,
  results: [],
  seenAt: NOW,
  lostAt: undefined,
  lifeAt: NOW,
  rowVersion: 1,
  ...more,
});

function explainFirst(facts: Case, more: Partial<WorkspaceFacts> = {}) {
  const pool = snapshotOf(facts);
  const workspace = pool.stock[0]?.workspace;
  if (workspace === undefined) throw new Error('no stock');
  return explainWorkspace(factsOf(workspace, { pool, ...more }), NOW);
}

const PHASES: Readonly<Record<WorkspacePhase, RegExp>> = {
  queued: /queued/,
  provisioning: /provisioning/,
  warming: /readiness check/,
  ready: /is ready/,
  claiming: /claiming/,
  stopping: /stopping/,
  stopped: /stopped/,
  failed: /failed: no space/,
  quarantined: /failed half way/,
  deleting: /destroy did not end/,
  deleted: /deleted/,
};

describe('why a workspace is as it is', () => {
  it.each(Object.keys(departures) as DeleteWhy[])('a prebuild that goes: %s', (why) => {
    const answer = explainFirst(departures[why]);
    expect(answer).toMatchObject({ code: why });
    expect(answer.text).toMatch(/^the next pass deletes it: \w/);
  });

  it.each(Object.entries(PHASES) as [WorkspacePhase, RegExp][])('a workspace of a person: %s', (phase, words) => {
    const { workspace } = anItem('a', { ownerId: 'anna', ownerName: 'anna', phase, lastError: 'no space' });
    const answer = explainWorkspace(factsOf(workspace), NOW);
    expect(answer.code).toBe(phase);
    expect(answer.text).toMatch(words);
  });

  it('a held prebuild: by whom, why, and how it is given back', () => {
    const answer = explainFirst([{}, [{ heldAt: NOW, heldBy: 'olga', heldReason: 'looking at its logs' }]]);
    expect(answer).toMatchObject({ code: 'held', text: 'it is held by olga: looking at its logs' });
    expect(answer.next).toBe('prebuilds unhold prebuilds/prebuild-a');
  });

  it('a claimable one, with what is known of a claim', () => {
    expect(explainFirst([{}, [{}]])).toMatchObject({ code: 'eligible', text: 'it may be claimed now' });
    expect(explainFirst([{}, [{ claimSafety: 'safe' }]]).text).toContain('rebuilt nothing');
    const unsafeChanges = [
      { address: 'docker_container.x', type: 'docker_container', action: 'replace', paths: ['name'] },
    ] as const;
    expect(explainFirst([{}, [{ claimSafety: 'unsafe', unsafeChanges }]])).toMatchObject({
      code: 'unsafe',
      text: 'it may be claimed, but a claim would rebuild something: docker_container.x is replaced because of name',
    });
  });

  it('what works on it, and what remains when that has died', () => {
    const liveBuild = { number: 3, transition: 'start', stage: 'none', state: 'applying', reason: 'by hand' } as Build;
    const { workspace } = anItem('a', { ownerId: 'anna', ownerName: 'anna', phase: 'provisioning' });
    expect(explainWorkspace(factsOf(workspace, { liveBuild }), NOW)).toMatchObject({
      text: 'build 3 (start) is applying: by hand',
      next: 'prebuilds logs anna/prebuild-a -f',
    });
    expect(explainWorkspace(factsOf(workspace, { liveBuild, driven: false }), NOW).text).toContain('has ended');
  });

  it('whom it is being claimed for, by the name that is asked for', () => {
    const liveBuild = { number: 2, transition: 'start', stage: 'claim', state: 'applying', reason: 'claimed' } as Build;
    const { workspace } = anItem('a', { phase: 'claiming' });
    const claimant = { owner: 'anna', name: 'dev' };
    expect(explainWorkspace(factsOf(workspace, { liveBuild, claimant }), NOW)).toMatchObject({
      code: 'claiming',
      text: 'it is being claimed by anna as dev',
      next: 'prebuilds logs anna/dev -f',
    });
    expect(explainWorkspace(factsOf(workspace, { liveBuild, claimant, driven: false }), NOW)).toMatchObject({
      text: 'it is being claimed by anna as dev, and the process that drove it has ended',
    });
  });

  it('a prebuild whose agent fell silent, and what becomes of it', () => {
    expect(explainFirst([{}, [{ agentLost: true }]])).toMatchObject({
      code: 'agent_lost',
      text: 'it cannot be claimed: its agent is not heard any more',
      next: 'nothing: the next prebuilds reconcile replaces it',
    });
    const pool = { breaker: 'holding', nextTryAt: NOW + 1 } as const;
    expect(explainFirst([{ pool }, [{ agentLost: true }]]).text).toContain('most of the stock');
  });

  it.each([
    [{}, 'ready', 'it is ready'],
    [{ life: 'start_error' }, 'agents', 'it can be used, but not all start scripts succeeded: agent main: a start script failed'],
    [{ lostAt: NOW }, 'agent_lost', 'it is ready, but its agent main is not heard any more'],
  ] as const)('agents of what a person has: %j', (more, code, text) => {
    const { workspace } = anItem('a', { ownerId: 'anna', ownerName: 'anna', generation: 2 });
    expect(explainWorkspace(factsOf(workspace, { agents: [anAgent(more)] }), NOW)).toMatchObject({ code, text });
  });

  it('what it waits for while it warms', () => {
    const { workspace } = anItem('a', { ownerId: 'anna', ownerName: 'anna', phase: 'warming', generation: 2 });
    const starting = explainWorkspace(factsOf(workspace, { agents: [anAgent({ life: 'starting' })] }), NOW);
    expect(starting).toMatchObject({ code: 'warming', text: 'it is built, and agent main is starting' });
    const unheard = explainWorkspace(factsOf(workspace, { agents: [anAgent({ generation: 1 })] }), NOW);
    expect(unheard.text).toBe('it is built, and agent main is not heard of');
  });

  it.each([
    [{ life: 'start_error' }, 'prebuilds logs anna/mine --agent'],
    [{ life: 'ready' }, 'prebuilds logs anna/mine'],
  ] as const)('which log says why it failed: agent %j', (agent, next) => {
    const { workspace } = anItem('a', { ownerId: 'anna', ownerName: 'anna', name: 'mine', phase: 'failed', generation: 2 });
    expect(explainWorkspace(factsOf(workspace, { agents: [anAgent(agent)] }), NOW)).toMatchObject({ code: 'failed', next });
  });

  it('an error as far as one line goes', () => {
    const told = (lastError: string) => explainFirst([{}, [{ phase: 'failed', lastError }]]).text.split('failed: ')[1];
    expect(told(`${'x'.repeat(390)}\nsecond line`)).toBe('x'.repeat(390));
    expect(told('x'.repeat(1000))).toBe(`${'x'.repeat(399)}…`);
  });

  it('suspects come before everything else', () => {
    const { workspace } = anItem('a', { phase: 'deleting' });
    const suspect = {
      id: 's',
      workspaceId: 'a',
      buildId: 'b',
      address: 'docker_container.x',
      type: 't',
      state: 'open',
      at: 1,
    } as const;
    const ending = explainWorkspace(factsOf(workspace, { suspects: [suspect] }), NOW);
    expect(ending).toMatchObject({ code: 'suspects', next: expect.stringContaining('prebuilds delete') as string });
    const used = explainWorkspace(factsOf({ ...workspace, phase: 'ready' }, { suspects: [suspect] }), NOW);
    expect(used).toMatchObject({ code: 'suspects', next: expect.stringContaining('prebuilds sweep --absent') as string });
  });
});

describe('why a claim waits', () => {
  const waits = (facts: Case, before = 0) => explainWaiting({ pool: snapshotOf(facts), before, deadlineAt: NOW + MINUTE }, NOW);

  it.each(Object.entries({ ...hindrances, ...states }))('%s: its place, and what binds its pool', (_code, facts) => {
    const pool = explainPool(snapshotOf(facts), NOW);
    const answer = waits(facts, 2);
    expect(answer).toMatchObject({ code: 'in_line', untilAt: NOW + MINUTE });
    expect(answer.text).toBe(`it is number 3 in line for docker/large: ${pool.text}`);
    expect(answer.next).toBe(pool.code === 'full' ? 'run prebuilds reconcile: it hands over what is there' : pool.next);
  });

  it('is the next, or waits for a pool that is gone', () => {
    expect(waits([{}, [{}, {}, { phase: 'provisioning' }]]).text).toMatch(
      /^it is the next in line for .*: 1 prebuild being built$/,
    );
    expect(explainWaiting({ pool: undefined, before: 0, deadlineAt: undefined }, NOW)).toMatchObject({
      text: 'it is the next in line',
      untilAt: undefined,
    });
  });
});
