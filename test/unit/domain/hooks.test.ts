import { describe, expect, it } from 'vitest';
import {
  describeTarget,
  hookPayload,
  hooksOfEvent,
  nextHookTry,
  subscribersOf,
  type HookTarget,
  type HookTargets,
} from '../../../src/domain/hooks.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REBUILT = { address: 'a.b', type: 'a', action: 'replace', paths: ['env'] };

describe('which hooks an event fires', () => {
  it.each([
    ['prebuild.ready', {}, ['on_ready']],
    ['workspace.ready', {}, []],
    ['claim.served', {}, ['on_claim']],
    ['claim.served', { rebuilt: [] }, ['on_claim']],
    ['claim.served', { rebuilt: [REBUILT] }, ['on_claim', 'on_replace']],
    ['claim.released', {}, []],
    ['workspace.deleted', {}, ['on_release']],
    ['prebuild.deleted', {}, []],
    ['pool.limited', {}, ['on_limit']],
    ['pool.backoff', {}, []],
    ['workspace.expiring', {}, ['on_expiring']],
    ['hook.failed', {}, []],
  ])('%s %j: %j', (kind, data, expected) => {
    expect(hooksOfEvent({ kind, data })).toEqual(expected);
  });
});

const target = (more: Partial<HookTarget> = {}): HookTarget => ({
  templates: undefined,
  timeoutMs: 1000,
  retries: undefined,
  run: { command: ['notify', '--token', 'x'] },
  ...more,
});

describe('subscribers', () => {
  const none: HookTargets = { on_ready: [], on_claim: [], on_release: [], on_replace: [], on_limit: [], on_expiring: [] };
  it('are the positions of those who want the template', () => {
    const ask = subscribersOf({
      ...none,
      on_claim: [target(), target({ templates: ['docker'] }), target({ templates: ['vm', 'docker'] })],
    });
    expect(ask('on_claim', 'docker')).toEqual([0, 1, 2]);
    expect(ask('on_claim', 'vm')).toEqual([0, 2]);
    expect(ask('on_claim', undefined)).toEqual([0]);
    expect(ask('on_ready', 'docker')).toEqual([]);
  });
});

describe('the next try', () => {
  it.each([
    [1, MINUTE],
    [2, 2 * MINUTE],
    [3, 4 * MINUTE],
    [6, 32 * MINUTE],
    [7, HOUR],
    [40, HOUR],
  ])('after try %i comes %i ms later', (attempts, delay) => {
    expect(nextHookTry({ attempts, createdAt: 0 }, undefined, 5000)).toBe(5000 + delay);
  });

  it('is none where the retries or the 24 hours are used up', () => {
    expect(nextHookTry({ attempts: 1, createdAt: 0 }, 0, 0)).toBeUndefined();
    expect(nextHookTry({ attempts: 2, createdAt: 0 }, 2, 0)).toBe(2 * MINUTE);
    expect(nextHookTry({ attempts: 3, createdAt: 0 }, 2, 0)).toBeUndefined();
    expect(nextHookTry({ attempts: 20, createdAt: 0 }, undefined, 23 * HOUR)).toBe(24 * HOUR);
    expect(nextHookTry({ attempts: 20, createdAt: 0 }, undefined, 23 * HOUR + 1)).toBeUndefined();
  });

  it('comes about thirty times in a day', () => {
    let [attempts, now] = [0, 0];
    for (let at: number | undefined = 0; at !== undefined; at = nextHookTry({ attempts, createdAt: 0 }, undefined, now)) {
      now = at;
      attempts += 1;
    }
    expect(attempts).toBe(29);
  });
});

describe('the payload', () => {
  it('is this document', () => {
    const text = hookPayload({
      id: 'i',
      hook: 'on_replace',
      owner: 'ann',
      servedAs: 'warm',
      event: {
        seq: 7,
        at: 0,
        kind: 'claim.served',
        actor: 'ann',
        template: 'docker',
        preset: 'small',
        workspaceId: 'w',
        workspaceName: 'dev',
        claimId: 'c',
        reason: 'warm, 1 rebuilt',
        data: { rebuilt: [REBUILT] },
      },
    });
    expect(JSON.parse(text)).toEqual({
      schema: 1,
      id: 'i',
      hook: 'on_replace',
      test: false,
      at: '1970-01-01T00:00:00.000Z',
      event: { kind: 'claim.served', seq: 7 },
      template: 'docker',
      preset: 'small',
      workspace: { id: 'w', name: 'dev', owner: 'ann' },
      claim: { id: 'c', servedAs: 'warm' },
      actor: 'ann',
      reason: 'warm, 1 rebuilt',
      data: { rebuilt: [REBUILT] },
    });
  });
});

it('a receiver is named without what may be secret', () => {
  expect(describeTarget(target())).toBe('notify');
  const run = { webhook: 'https://user:pw@hooks.example:8443/T0/KEY?token=x', secret: { env: 'K' } };
  expect(describeTarget(target({ run }))).toBe('https://hooks.example:8443');
});
