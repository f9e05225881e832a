import { describe, expect, it } from 'vitest';
import type { PoolApi, PoolStatus, ReconcileReport } from '../../../src/api/app.ts';
import { cli, NOW, pool, workspace } from './fakes.ts';

const report: ReconcileReport = {
  created: 1,
  deleted: 2,
  failed: 0,
  canceled: 0,
  repaired: 0,
  served: 0,
  timedOut: false,
  paused: false,
  pools: [{ ...pool, running: 0, building: 0 }],
};

describe('pause and resume of one pool', () => {
  it.each([
    ['pause', true, 'docker/GoLand: Large paused'],
    ['resume', false, 'docker/GoLand: Large resumed'],
  ])('%s', async (verb, paused, words) => {
    const asked: unknown[] = [];
    const setPaused: PoolApi['setPaused'] = (...args) => {
      asked.push(args);
      return Promise.resolve();
    };
    const pools = { setPaused, isPaused: () => Promise.resolve(true) };
    const { code, out, err } = await cli([verb, 'docker/GoLand: Large'], { app: { pools } });
    expect(asked).toEqual([[paused, 'docker/GoLand: Large']]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(words) as string });
    if (verb === 'resume') expect(err).toContain('as a whole is still paused');
  });
});

describe('drain', () => {
  const drain = (given: ReconcileReport | undefined) => {
    const asked: unknown[] = [];
    const answer: PoolApi['drain'] = (name, { wait }) => {
      asked.push([name, wait]);
      return Promise.resolve(given);
    };
    return { asked, pools: { drain: answer } };
  };

  it('says that the pool is empty, and how to fill it again', async () => {
    const { asked, pools } = drain(report);
    const { code, out } = await cli(['drain', 'docker'], { app: { pools } });
    expect(asked).toEqual([['docker', true]]);
    expect({ code, out }).toEqual({ code: 0, out: 'docker is empty; it stays empty until `prebuilds resume "docker"`\n' });
  });

  it('with --no-wait leaves the work to reconcile', async () => {
    const { asked, pools } = drain(undefined);
    expect((await cli(['drain', 'docker', '--no-wait'], { app: { pools } })).out).toContain('emptied by the next reconcile');
    expect(asked).toEqual([['docker', false]]);
    const { json } = await cli(['drain', 'docker', '--no-wait', '--json'], { app: { pools } });
    expect(json).toEqual({ pool: 'docker', draining: true, report: null });
  });

  it('exits 3 when something is left, and says that a paused pool waits', async () => {
    const failed = await cli(['drain', 'docker'], { app: { pools: drain({ ...report, failed: 1, pools: [pool] }).pools } });
    expect(failed.code).toBe(3);
    expect(failed.out).toContain('still has 4 prebuilds');
    const paused = await cli(['drain', 'docker'], { app: { pools: drain({ ...report, paused: true }).pools } });
    expect(paused.out).toContain('emptied when it is resumed');
  });
});

describe('invalidate', () => {
  it.each([
    [[], { rolling: false, wait: true }, report, '2 prebuilds invalidated; 1 created, 2 deleted\n'],
    [
      ['--rolling', '--no-wait'],
      { rolling: true, wait: false },
      undefined,
      '2 prebuilds invalidated; the next reconcile replaces them\n',
    ],
    [['--no-wait'], { rolling: false, wait: false }, undefined, '2 prebuilds invalidated; the next reconcile deletes them\n'],
  ])('%j', async (flags, options, given, words) => {
    let asked: unknown;
    const invalidate: PoolApi['invalidate'] = (target, { rolling, wait }) => {
      asked = { target, rolling, wait };
      return Promise.resolve({ marked: ['a', 'b'], report: given });
    };
    const { code, out } = await cli(['invalidate', 'docker', ...flags], { app: { pools: { invalidate } } });
    expect(asked).toEqual({ target: 'docker', ...options });
    expect({ code, out }).toEqual({ code: 0, out: words });
  });
});

describe('prune', () => {
  const one = {
    template: 'docker',
    preset: 'large',
    name: 'prebuild-a',
    failedAt: NOW - 120_000,
    lastError: 'no such image',
    deleted: true,
  };
  const prune = (...found: readonly (typeof one)[]) => ({ pools: { prune: () => Promise.resolve(found) } });

  it('lists what it destroyed and why it had failed', async () => {
    const { code, out } = await cli(['prune', '--failed', 'docker'], { app: prune(one) });
    expect(code).toBe(0);
    expect(out.split('\n')[1]?.split(/ {2,}/)).toEqual(['prebuild-a', 'docker/large', '2m ago', 'deleted', 'no such image']);
    expect((await cli(['prune', '--failed', '--json'], { app: prune(one) })).json).toMatchObject([
      { pool: 'docker/large', deleted: true },
    ]);
  });

  it('only says it with --dry-run', async () => {
    const { code, out } = await cli(['prune', '--failed', '--dry-run'], { app: prune({ ...one, deleted: false }) });
    expect(code).toBe(0);
    expect(out).toContain('would be deleted');
  });

  it('exits 3 when a destroy failed, and 2 when it was not told what to prune', async () => {
    expect((await cli(['prune', '--failed'], { app: prune(one, { ...one, deleted: false }) })).code).toBe(3);
    const { code, err } = await cli(['prune'], { app: prune(one) });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('prebuilds prune --failed') as string });
    expect((await cli(['prune', '--failed'], { app: prune() })).err).toContain('no failed prebuilds');
  });
});

describe('hold and unhold', () => {
  it.each([
    [['hold', 'prebuild-a', '--reason', 'slow disk'], ['prebuild-a', true, 'slow disk'], 'held'],
    [['unhold', 'prebuild-a'], ['prebuild-a', false], 'stock again'],
  ])('%j', async (args, expected, words) => {
    let asked: unknown;
    const hold = (...given: unknown[]) => {
      asked = given;
      return Promise.resolve(workspace);
    };
    const { code, out } = await cli(args, { app: { workspaces: { hold } } });
    expect(asked).toEqual(expected);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(words) as string });
  });
});

describe('status', () => {
  const show = async (more: Partial<PoolStatus>) =>
    (
      await cli(['status'], {
        app: { pools: { status: () => Promise.resolve([{ ...pool, ...more }]), isPaused: () => Promise.resolve(false) } },
      })
    ).out;

  it.each<[Partial<PoolStatus>, string]>([
    [{ draining: true }, 'draining'],
    [{ hindrance: { code: 'max_size', reason: 'full' }, maxSize: 5, claimed: 5 }, 'max size'],
    [{ maxSize: 5, claimed: 2 }, '2 (max 5)'],
    [
      { breaker: 'open', failures: 3, hindrance: { code: 'limited', reason: 'x', untilAt: NOW + 60_000 } },
      'hard limited after 3 failures, one try in 1m',
    ],
    [
      { heldPrebuilds: [{ name: 'prebuild-a', heldAt: NOW - 86_400_000, heldBy: 'ann', reason: 'slow disk' }] },
      'docker/GoLand: Large: prebuild-a is held for 1 day by ann: slow disk (prebuilds unhold prebuild-a)',
    ],
  ])('%#: says %s', async (facts, words) => {
    expect(await show(facts)).toContain(words);
  });
});

describe('reconcile --plan', () => {
  it('says what holds a pool up, also when nothing is to be done', async () => {
    const plan = () =>
      Promise.resolve([
        { template: 'docker', preset: 'a', actions: [], hindrance: { code: 'paused', reason: 'the pool is paused' } as const },
        {
          template: 'docker',
          preset: 'b',
          hindrance: undefined,
          actions: [
            { kind: 'limited', code: 'limited', untilAt: NOW + 60_000, reason: '3 failures in a row' },
            { kind: 'limited', code: 'max_size', reason: 'max_size of 3 is reached' },
            { kind: 'create', count: 1, slotLimit: 1, probe: true, reason: '0 of 1 running' },
          ] as const,
        },
      ]);
    const { out } = await cli(['reconcile', '--plan'], { app: { pools: { plan } } });
    expect(
      out
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['docker/a', 'nothing', 'the pool is paused'],
      ['docker/b', 'stopped until retry, one try in 1m', '3 failures in a row'],
      ['docker/b', 'wait (max size)', 'max_size of 3 is reached'],
      ['docker/b', 'create 1 to try', '0 of 1 running'],
    ]);
  });
});
