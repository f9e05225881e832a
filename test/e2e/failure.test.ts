import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, PoolRow, WorkspaceRow } from '../support/json.ts';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import { failing, lastingForEver, parameterised, plain, rebuilding } from '../support/templates.ts';

const status = async (box: Sandbox, pool: string): Promise<PoolRow | undefined> =>
  ((await box.json('status', pool)) as { pools: readonly PoolRow[] }).pools[0];

describe('an engine that is gone', () => {
  it('is named with what to do, and a push of the same template puts another one in its place', async () => {
    const box = makeSandbox();
    const real = process.env['PREBUILDS_ENGINE'] ?? '';
    /** The tool on the same home, with the engine at a place of its own. */
    const withEngine = (place: string) => {
      const path = join(box.folder, place, basename(real));
      mkdirSync(dirname(path));
      symlinkSync(real, path);
      return { path, ...makeSandbox({ PREBUILDS_ENGINE: path, PREBUILDS_HOME: box.home }) };
    };
    const [one, two] = [withEngine('one'), withEngine('two')];
    try {
      const dir = box.template('plain', plain(0));
      await one.ok('template', 'push', dir);
      await one.ok('create', 'plain', '--name', 'dev', '--no-pool');
      rmSync(one.path);
      const stopped = await two.run('stop', 'dev');
      expect([stopped.code, stopped.stderr]).toEqual([3, expect.stringContaining(`its engine ${one.path} is gone`)]);
      const pushed = await two.run('template', 'push', dir);
      expect(pushed.stdout + pushed.stderr).toContain(`${one.path} is gone; what was pushed with it uses ${two.path}`);
      await two.ok('delete', 'dev');
    } finally {
      for (const sandbox of [two, one, box]) await sandbox.dispose();
    }
  });
});

describe('builds that fail', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('backoff:\n  base: 1ms\n  cap: 1h\nfailures:\n  limit: 3\n');
    await box.ok('template', 'push', box.template('broken', failing(1)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('backs off, is hard limited after the limit, cleans up, and starts again after retry', async () => {
    for (let pass = 0; pass < 6; pass += 1) await box.run('reconcile');
    const limited = await status(box, 'broken');
    expect(limited).toMatchObject({ breaker: 'open', failures: 3, eligible: 0 });
    expect(limited?.lastError).toContain('terraform_data.machine');
    expect(box.log()).toContain('backing off template=broken');
    expect(box.log()).toContain('hard limited');
    const why = await box.ok('why', 'broken');
    expect(why).toContain('pool, limited');
    expect(why).toContain('terraform_data.machine');
    expect(why).toMatch(/next: .*prebuilds retry/);
    await box.ok('retry', 'broken');
    expect(await status(box, 'broken')).toMatchObject({ breaker: 'closed', failures: 0 });
  });

  it('is closed by a new version, which fills the pool', async () => {
    for (let pass = 0; pass < 4; pass += 1) await box.run('reconcile');
    await box.ok('template', 'push', box.template('broken', plain(1)));
    await box.ok('reconcile');
    expect(await status(box, 'broken')).toMatchObject({ breaker: 'closed', eligible: 1, failed: 0 });
    const all = (await box.json('list', '--search', 'owner:prebuilds')) as readonly WorkspaceRow[];
    expect(all).toHaveLength(1);
  });

  it('a failed cold build stays with its owner, exit 3 says which resource', async () => {
    await box.ok('template', 'push', box.template('broken2', failing(0)));
    const answer = await box.run('create', 'broken2', '--name', 'mine', '--no-pool');
    expect(answer.code).toBe(3);
    expect(answer.stderr).toContain('terraform_data.machine');
    const [mine] = (await box.json('list', '--search', 'name:mine')) as readonly WorkspaceRow[];
    expect(mine).toMatchObject({ status: 'failed', owner: 'anna' });
    expect(await box.json('why', 'mine')).toMatchObject([{ kind: 'workspace', name: 'anna/mine', code: 'failed' }]);
    expect(await box.run('why', 'nobody')).toMatchObject({ code: 2 });
  });
});

describe('a pool that fails faster than its backoff lasts', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('backoff:\n  base: 1ms\n  cap: 2ms\nfailures:\n  limit: 1\n  keep: 0\n');
    await box.ok('template', 'push', box.template('broken', failing(1)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('is probed once by each pass, which comes to its end by itself', async () => {
    for (const failed of [2, 1, 1]) {
      const answer = await box.run('reconcile', '--timeout', '2m', '--json');
      expect(answer.code).toBe(3);
      expect(JSON.parse(answer.stdout)).toMatchObject({ created: 0, failed, timedOut: false });
    }
    expect(await status(box, 'broken')).toMatchObject({ breaker: 'open', failures: 4, eligible: 0 });
  });
});

describe('a workspace that cannot be destroyed', () => {
  it('is forgotten by --orphan, which says what it leaves and keeps the state for a week', async () => {
    const box = makeSandbox();
    try {
      await box.ok('template', 'push', box.template('stuck', lastingForEver()));
      await box.ok('create', 'stuck', '--name', 'dev', '--no-pool');
      const [{ id = '' } = {}] = (await box.json('list')) as readonly { id?: string }[];
      const failed = await box.run('delete', 'dev', '--yes');
      expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining('prebuilds delete anna/dev --orphan')]);
      const left = await box.run('delete', 'dev', '--orphan', '--yes', '--json');
      expect(left.code).toBe(0);
      const { folder, ...answer } = JSON.parse(left.stdout) as { folder: string };
      expect(answer).toMatchObject({ id, status: 'deleted', left: ['terraform_data.machine'] });
      await box.ok('reconcile');
      expect(existsSync(join(folder, 'work', 'terraform.tfstate'))).toBe(true);
      expect(existsSync(join(box.home, 'workspaces', id))).toBe(false);
      expect(await box.ok('events')).toContain('left where it is: terraform_data.machine');
      await box.ok('create', 'stuck', '--name', 'dev', '--no-pool');
      await box.ok('delete', 'dev', '--orphan', '--yes');
      await box.ok('template', 'delete', 'stuck', '--yes');
    } finally {
      await box.dispose();
    }
  });
});

describe('claims that meet the template', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('rebuilding', rebuilding(1)));
    await box.ok('template', 'push', box.template('params', parameterised(1)));
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('tells what a claim rebuilt, and because of which path', async () => {
    const answer = (await box.json('claim', 'rebuilding', '--name', 'a')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect(answer.rebuilt.map((change) => [change.address, change.paths])).toEqual([
      ['terraform_data.machine', ['triggers_replace']],
    ]);
    const events = (await box.json('events')) as readonly { kind: string; reason: string }[];
    expect(events.some((event) => event.kind === 'claim.served')).toBe(true);
  });

  it('refuses a value that the preset pins, naming the preset, and takes no stock', async () => {
    const answer = await box.run('claim', 'params', '--preset', 'Standard', '--name', 'b', '--param', 'cpus=6');
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain('Standard');
    expect(await status(box, 'params')).toMatchObject({ eligible: 1 });
  });

  it.each([
    ['an unknown parameter', ['--param', 'colour=red'], 'colour'],
    ['a value outside the range', ['--param', 'cpus=99'], 'cpus'],
    ['a value that is no option', ['--param', 'mood=sad'], 'mood'],
    ['an unknown preset', ['--preset', 'Huge'], 'Standard'],
    ['an invalid name', ['--name', 'no spaces please'], 'name'],
  ])('refuses %s with exit 2', async (_what, args, word) => {
    const answer = await box.run('claim', 'params', ...args);
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain(word);
    expect(answer.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(await status(box, 'params')).toMatchObject({ eligible: 1 });
  });

  it('falls to a cold build when an immutable parameter differs from what was built', async () => {
    const answer = (await box.json('claim', 'params', '--preset', 'Standard', '--name', 'c', '--param', 'region=us')) as Answer;
    expect(answer.servedAs).toBe('cold');
    expect(answer.missReason).toContain('region');
    expect(answer.workspace.parameters).toMatchObject({ cpus: '4', region: 'us', mood: 'calm' });
  });

  it('takes the pool for a mutable parameter that the preset leaves open', async () => {
    const answer = (await box.json('claim', 'params', '--param', 'cpus=4', '--name', 'd', '--param', 'mood=wild')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect(answer.workspace.parameters).toMatchObject({ cpus: '4', region: 'eu', mood: 'wild' });
  });
});
