import { describe, expect, it } from 'vitest';
import type { PoolApi, ReconcileReport } from '../../../src/api/app.ts';
import { cli, NOW, pool } from './fakes.ts';

const report: ReconcileReport = {
  created: 2,
  deleted: 1,
  failed: 0,
  canceled: 0,
  repaired: 0,
  served: 0,
  timedOut: false,
  paused: false,
  pools: [pool],
};

describe('reconcile', () => {
  it('passes on pool, timeout and session, and sums up in one line', async () => {
    let asked: Parameters<PoolApi['reconcile']>[0] | undefined;
    const { code, out } = await cli(['reconcile', '--pool', 'docker', '--timeout', '5m', '--no-provider-session'], {
      app: {
        pools: {
          reconcile: (options) => {
            asked = options;
            return Promise.resolve(report);
          },
        },
      },
    });
    expect(asked).toMatchObject({ pool: 'docker', timeoutMs: 300_000, providerSession: false });
    expect({ code, out }).toEqual({ code: 0, out: '2 created, 1 deleted; 1 pool: 2 of 3 prebuilds ready\n' });
  });

  it.each([
    [{ ...report, created: 0, deleted: 0 }, 0, 'nothing to do; 1 pool: 2 of 3 prebuilds ready'],
    [{ ...report, failed: 1 }, 3, '2 created, 1 deleted, 1 failed; 1 pool: 2 of 3 prebuilds ready'],
    [
      { ...report, created: 0, deleted: 0, paused: true, timedOut: true },
      0,
      'nothing to do; 1 pool: 2 of 3 prebuilds ready; paused',
    ],
  ])('%#: exit code and words', async (given, code, words) => {
    const outcome = await cli(['reconcile'], { app: { pools: { reconcile: () => Promise.resolve(given) } } });
    expect(outcome.code).toBe(code);
    expect(outcome.out).toContain(words);
  });

  it('has no time limit while it watches', async () => {
    const { code, err } = await cli(['reconcile', '--watch', '--timeout', '5m'], { app: { pools: {} } });
    expect([code, err]).toEqual([2, expect.stringContaining('--watch has no end')]);
  });

  it('writes one plain line per phase change of a build where there is no terminal', async () => {
    const base = { buildId: 'b1', workspace: 'prebuild-a', template: 'docker', transition: 'start', stage: 'create' } as const;
    const { err } = await cli(['reconcile'], {
      app: {
        pools: {
          reconcile: ({ onProgress }) => {
            onProgress?.({ ...base, step: 'planning', elapsedMs: 0 });
            onProgress?.({ ...base, step: 'applying', elapsedMs: 1000, resource: 'a.b' });
            onProgress?.({ ...base, step: 'applying', elapsedMs: 2000, resource: 'a.c' });
            onProgress?.({ ...base, step: 'failed', elapsedMs: 12_000, message: 'no such image' });
            return Promise.resolve(report);
          },
        },
      },
    });
    expect(err).toBe(
      [
        'docker: prebuild-a: create planning',
        'docker: prebuild-a: create applying',
        'docker: prebuild-a: create failed after 12s: no such image',
        '',
      ].join('\n'),
    );
  });

  it('--plan prints actions and reasons, and changes nothing', async () => {
    const actions = [
      { kind: 'create', count: 2, slotLimit: 3, probe: false, reason: '1 of 3 running' },
      { kind: 'delete', workspaceId: '0123456789abcdef', rowVersion: 1, reason: 'expired', why: 'expired' },
      { kind: 'backoff', code: 'backoff', untilAt: NOW + 60_000, reason: 'failed once' },
    ] as const;
    const plan = () => Promise.resolve([{ template: 'docker', preset: 'large', actions, hindrance: undefined }]);
    const { out } = await cli(['reconcile', '--plan'], { app: { pools: { plan } } });
    expect(out.split('\n').map((line) => line.replaceAll(/ {2,}/g, '|'))).toEqual([
      'POOL|ACTION|WHY',
      'docker/large|create 2|1 of 3 running',
      'docker/large|delete 01234567 (expired)|expired',
      'docker/large|wait, next try in 1m|failed once',
      '',
    ]);
    expect((await cli(['reconcile', '--plan', '--json'], { app: { pools: { plan } } })).json).toMatchObject([
      { pool: 'docker/large', actions: [{ kind: 'create' }, { kind: 'delete' }, { untilAt: '2026-01-02T03:05:05.000Z' }] },
    ]);
  });

  it.each([
    [0, 'interrupted; no engine was left running'],
    [1, 'interrupted; 1 engine finishes alone, and the next reconcile goes on from there'],
    [2, 'interrupted; 2 engines finish alone, and the next reconcile goes on from there'],
  ])('an interrupt ends it with 130 and says what goes on: %d', async (left, words) => {
    const abort = new AbortController();
    const given = { ...report, failed: 1, left };
    const reconcile = () => {
      abort.abort();
      return Promise.resolve(given);
    };
    const { code, err, out } = await cli(['reconcile'], { app: { pools: { reconcile } }, abort, received: 'SIGTERM' });
    expect({ code, err: err.trim() }).toEqual({ code: 130, err: words });
    expect(out).not.toBe('');
  });

  it('--watch says a summary only when it changed; SIGINT ends it with 130, SIGTERM with 0', async () => {
    const watch: PoolApi['watch'] = ({ intervalMs, onPass }) => {
      expect(intervalMs).toBe(15_000);
      onPass(report);
      onPass(report);
      onPass({ ...report, created: 0, deleted: 0 });
      return Promise.resolve();
    };
    const interrupted = await cli(['reconcile', '--watch'], { app: { pools: { watch } }, received: 'SIGINT' });
    expect(interrupted.code).toBe(130);
    expect(interrupted.out.trimEnd().split('\n')).toHaveLength(2);
    expect((await cli(['reconcile', '--watch'], { app: { pools: { watch } }, received: 'SIGTERM' })).code).toBe(0);
  });
});

describe('status', () => {
  const pools = (given = pool, paused = false) => ({
    pools: { status: () => Promise.resolve([given]), isPaused: () => Promise.resolve(paused) },
  });

  it('shows a pool, and no columns that are empty everywhere', async () => {
    const { out } = await cli(['status'], { app: pools() });
    const [head, row] = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(head).toEqual(['POOL', 'DESIRED', 'RUNNING', 'ELIGIBLE', 'BUILDING', 'HITS', 'P50', 'P95', 'NEXT CHANGE']);
    expect(row).toEqual(['docker/GoLand: Large', '3', '3', '2', '1', '75% of 4', '0.42s', '1.23s', '1 in 2h']);
  });

  it('says why a pool stands still', async () => {
    const open = { ...pool, breaker: 'open', failures: 3, lastError: 'no such image' };
    const { out } = await cli(['status'], { app: pools(open, true) });
    expect(out).toContain('Paused: nothing is created, deleted or expired');
    expect(out).toContain('hard limited after 3 failures');
    expect(out).toContain(
      'docker/GoLand: Large: last error: no such image (after the repair: prebuilds retry "docker/GoLand: Large")',
    );
    const waiting = { ...pool, breaker: 'backing_off', failures: 1, nextTryAt: NOW + 120_000 };
    expect((await cli(['status'], { app: pools(waiting) })).out).toContain('backing off, next try in 2m');
  });

  it('answers with JSON', async () => {
    expect((await cli(['status', '--json'], { app: pools() })).json).toMatchObject({
      paused: false,
      pools: [
        {
          pool: 'docker/GoLand: Large',
          eligible: 2,
          nextChange: { at: '2026-01-02T05:04:05.000Z', instances: 1 },
          lastError: null,
        },
      ],
    });
  });
});

describe('pause, resume, retry', () => {
  it.each([
    ['pause', true],
    ['resume', false],
  ])('%s', async (verb, paused) => {
    const set: boolean[] = [];
    const { code } = await cli([verb], {
      app: {
        pools: {
          setPaused: (value) => {
            set.push(value);
            return Promise.resolve();
          },
          isPaused: () => Promise.resolve(true),
        },
      },
    });
    expect({ code, set }).toEqual({ code: 0, set: [paused] });
  });

  it('resume says when it was not that pause', async () => {
    const pools = { setPaused: () => Promise.resolve(), isPaused: () => Promise.resolve(false) };
    expect((await cli(['resume'], { app: { pools } })).out).toContain('`prebuilds resume POOL` resumes a pool');
  });

  it('retry names the pool', async () => {
    let asked = '';
    const retry = (name: string) => {
      asked = name;
      return Promise.resolve();
    };
    await cli(['retry', 'docker/GoLand: Large'], { app: { pools: { retry } } });
    expect(asked).toBe('docker/GoLand: Large');
  });
});
