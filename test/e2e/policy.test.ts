import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import type { Answer, Detail, PoolRow, WorkspaceRow } from '../support/json.ts';
import { failing, plain } from '../support/templates.ts';

interface Event {
  readonly kind: string;
  readonly workspaceId: string | null;
  readonly reason: string;
}

const prebuilds = async (box: Sandbox, more = ''): Promise<readonly WorkspaceRow[]> =>
  (await box.json('list', '--search', `owner:prebuilds ${more}`)) as readonly WorkspaceRow[];

const status = async (box: Sandbox): Promise<PoolRow> => {
  const [pool] = ((await box.json('status')) as { pools: readonly PoolRow[] }).pools;
  if (pool === undefined) throw new Error('there is no pool');
  return pool;
};

const eventsOf = async (box: Sandbox): Promise<readonly Event[]> => (await box.json('events')) as readonly Event[];

describe('pool policy on the real engine', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = makeSandbox();
  });
  afterEach(async () => {
    await box.dispose();
  });

  it('rolls a new version out: one old goes per new one ready, and the old ones serve until then', async () => {
    box.config('rollout: rolling\njobs: 2\nreserve: 0\n');
    await box.ok('template', 'push', box.template('plain', plain(2)));
    await box.ok('reconcile');
    await box.ok('template', 'push', box.template('plain', plain(2, '2')));
    expect(await status(box)).toMatchObject({ eligible: 2, stale: 2 });
    const answer = (await box.json('claim', 'plain', '--name', 'early')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm', older: { version: 1, active: 2 } });
    expect(((await box.json('show', 'early')) as Detail).version).toBe(1);
    expect(await box.ok('reconcile', '--plan')).toContain('create');
    await box.ok('reconcile');
    expect((await prebuilds(box)).map(({ version, status: phase }) => [version, phase])).toEqual([
      [2, 'ready'],
      [2, 'ready'],
    ]);
    const events = await eventsOf(box);
    const ready = events.flatMap(({ kind }, at) => (kind === 'prebuild.ready' ? [at] : []));
    const replaced = events.flatMap(({ kind, reason }, at) =>
      kind === 'prebuild.deleting' && reason.startsWith('its version is not the active one, and') ? [at] : [],
    );
    expect(replaced).toHaveLength(1);
    // Two of version 1, two of version 2: the last old one goes only when a new one is ready beside it.
    expect(replaced[0]).toBeGreaterThan(ready[2] ?? Infinity);
  });

  it('invalidate deletes at once and replaces; --rolling replaces first', async () => {
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
    const [first] = await prebuilds(box);
    expect(await box.json('invalidate', 'plain')).toMatchObject({ report: { created: 1, deleted: 1 } });
    const [second] = await prebuilds(box);
    expect(second?.id).not.toBe(first?.id);
    const name = second?.name.split('/')[1] ?? '';
    await box.ok('invalidate', name, '--rolling', '--no-wait');
    expect(await box.ok('list', '--search', 'owner:prebuilds')).toContain('ready, to be replaced');
    expect(await status(box)).toMatchObject({ eligible: 1, stale: 1 });
    await box.ok('reconcile');
    const left = await prebuilds(box);
    expect(left).toHaveLength(1);
    expect(left[0]?.id).not.toBe(second?.id);
    const events = await eventsOf(box);
    const readyAt = events.findIndex(({ kind, workspaceId }) => kind === 'prebuild.ready' && workspaceId === left[0]?.id);
    const goneAt = events.findIndex(({ kind, workspaceId }) => kind === 'prebuild.deleting' && workspaceId === second?.id);
    expect(readyAt).toBeLessThan(goneAt);
    const unknown = await box.run('invalidate', 'nobody');
    expect({ code: unknown.code, stderr: unknown.stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody') as string,
    });
  });

  it('keeps failed prebuilds as evidence until they are pruned', async () => {
    box.config('backoff: {base: 1ms, cap: 1h}\nfailures: {limit: 2, keep: 2}\n');
    await box.ok('template', 'push', box.template('broken', failing(1)));
    for (let pass = 0; pass < 3; pass += 1) await box.run('reconcile');
    expect(await status(box)).toMatchObject({ failed: 2, breaker: 'open' });
    expect(await box.ok('status')).toContain('one try in');
    const listed = (await box.json('prune', '--failed', '--dry-run')) as readonly { deleted: boolean; lastError: string }[];
    expect(listed.map(({ deleted }) => deleted)).toEqual([false, false]);
    expect(listed[0]?.lastError).toContain('terraform_data.machine');
    expect(await prebuilds(box, 'status:failed')).toHaveLength(2);
    const pruned = (await box.json('prune', '--failed', 'broken')) as readonly { deleted: boolean }[];
    expect(pruned.map(({ deleted }) => deleted)).toEqual([true, true]);
    expect(await prebuilds(box)).toEqual([]);
    expect((await box.run('prune')).code).toBe(2);
  });

  it('drains, holds and pauses one pool, each with an end and an event', async () => {
    box.config('max_size: 2\n');
    await box.ok('template', 'push', box.template('plain', plain(2)));
    await box.ok('reconcile');
    const [held] = await prebuilds(box);
    const name = held?.name.split('/')[1] ?? '';
    await box.ok('hold', name, '--reason', 'slow disk');
    expect(await box.ok('status')).toContain(`${name} is held for`);
    expect(await box.ok('show', name)).toContain('slow disk');
    expect(await box.ok('reconcile', '--plan')).toContain('max_size of 2 is reached');
    await box.ok('drain', 'plain');
    expect((await prebuilds(box)).map(({ id }) => id)).toEqual([held?.id]);
    expect(await box.ok('reconcile', '--plan')).toContain('the pool is drained until it is resumed');
    await box.ok('resume', 'plain/Standard');
    await box.ok('pause', 'plain');
    await box.ok('unhold', name);
    expect(await box.json('reconcile')).toMatchObject({ created: 0, deleted: 0 });
    await box.ok('resume', 'plain');
    expect(await box.json('reconcile')).toMatchObject({ created: 1, deleted: 0 });
    const kinds = (await eventsOf(box)).map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['prebuild.held', 'pool.drained', 'pool.resumed', 'pool.paused', 'prebuild.unheld']),
    );
  });

  it('a prebuild that was stopped is held, can be started again, and is stock again or goes', async () => {
    await box.ok('template', 'push', box.template('plain', plain(2)));
    await box.ok('reconcile');
    const [kept, gone] = (await prebuilds(box)).map(({ name }) => name);
    await box.ok('stop', kept ?? '');
    await box.ok('stop', gone ?? '');
    await box.ok('start', kept ?? '');
    await box.ok('unhold', kept ?? '');
    expect(await box.ok('unhold', gone ?? '')).toContain('the next reconcile deletes it');
    expect(await box.ok('why', gone ?? '')).toContain('it is stopped, and nobody holds it');
    expect(await box.json('reconcile')).toMatchObject({ created: 1, deleted: 1, failed: 0 });
    const left = (await prebuilds(box)).map(({ name }) => name);
    expect(left).toHaveLength(2);
    expect(left).toContain(kept);
    const claimed = (await box.json('claim', 'plain', '--name', 'dev')) as Answer;
    expect(claimed.servedAs).toBe('warm');
  });

  it('stock for another access URL is replaced, since a claim would rebuild its agent', async () => {
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
    box.config('access_url: http://127.0.0.1:7799\n');
    expect(await status(box)).toMatchObject({ eligible: 0, stale: 1 });
    expect(await box.ok('reconcile', '--plan')).toContain('it was built for access_url http://127.0.0.1:7780');
    expect(await box.json('reconcile')).toMatchObject({ created: 1, deleted: 1 });
    expect(await status(box)).toMatchObject({ eligible: 1, stale: 0 });
  });
});
