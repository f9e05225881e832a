import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Detail, PoolRow, WorkspaceRow } from '../support/json.ts';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import { named, plain } from '../support/templates.ts';

interface State {
  readonly resources: readonly { type: string; instances: readonly { attributes: Readonly<Record<string, unknown>> }[] }[];
}

const tokenOf = (box: Sandbox, id: string): unknown => {
  const state = JSON.parse(readFileSync(join(box.home, 'workspaces', id, 'work', 'terraform.tfstate'), 'utf8')) as State;
  return state.resources.find((resource) => resource.type === 'coder_agent')?.instances[0]?.attributes['token'];
};

const prebuildsOf = async (box: Sandbox): Promise<readonly WorkspaceRow[]> =>
  (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];

describe('a pool on the real engine', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('plain', plain(2)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('is filled by reconcile, and a second call has nothing to do', async () => {
    const first = (await box.json('reconcile')) as { created: number; failed: number };
    expect(first).toMatchObject({ created: 2, failed: 0 });
    const second = (await box.json('reconcile')) as { created: number; deleted: number };
    expect(second).toMatchObject({ created: 0, deleted: 0 });
    const [pool] = ((await box.json('status')) as { pools: readonly PoolRow[] }).pools;
    expect(pool).toMatchObject({ desired: 2, running: 2, eligible: 2 });
    expect(box.log()).toContain('coderd.prebuilds: attempting to create prebuild template=plain preset=Standard');
  });

  it('serves a claim warm: same workspace id, same agent token, new owner and name', async () => {
    const [oldest] = [...(await prebuildsOf(box))].sort((a, b) => (a.readyAt ?? '').localeCompare(b.readyAt ?? ''));
    if (oldest === undefined) throw new Error('no prebuild is ready');
    const token = tokenOf(box, oldest.id);
    const answer = (await box.json('claim', 'plain', '--name', 'dev')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect(answer.workspace).toMatchObject({ id: oldest.id, name: 'anna/dev', owner: 'anna', status: 'ready' });
    expect(answer.rebuilt).toEqual([]);
    expect(Object.keys(answer.phasesMs)).toEqual(expect.arrayContaining(['reserve', 'plan', 'apply']));
    expect(token).toMatch(/^[0-9a-f-]{36}$/);
    expect(tokenOf(box, oldest.id)).toBe(token);
    expect(box.log()).toContain('coderd.prebuilds: workspace prebuild successfully claimed by user template=plain');
  });

  it('is refilled by the next reconcile', async () => {
    const report = (await box.json('reconcile')) as { created: number };
    expect(report.created).toBe(1);
    expect(await prebuildsOf(box)).toHaveLength(2);
  });

  it('is refilled also when nobody reads what is said; a question ends with its reader', async () => {
    const [one] = await prebuildsOf(box);
    await box.ok('delete', one?.name ?? '', '--force');
    expect(await box.unread('reconcile')).toBe(0);
    expect(await prebuildsOf(box)).toHaveLength(2);
    expect(await box.unread('list')).toBe(0);
  });

  it('refuses a name that is taken, and takes no stock', async () => {
    const answer = await box.run('claim', 'plain', '--name', 'dev');
    expect(answer.code).toBe(5);
    expect(answer.stderr).toContain('dev');
    expect(await prebuildsOf(box)).toHaveLength(2);
  });

  it('returns the same workspace for the same request id', async () => {
    const first = (await box.json('claim', 'plain', '--name', 'again', '--request-id', 'r1')) as Answer;
    const second = (await box.json('claim', 'plain', '--name', 'again', '--request-id', 'r1')) as Answer;
    expect(second.workspace.id).toBe(first.workspace.id);
    expect(second.repeated).toBe(true);
    const other = await box.run('claim', 'plain', '--name', 'other', '--request-id', 'r1');
    expect(other.code).toBe(5);
    await box.ok('reconcile');
  });

  it('replaces a prebuild that was deleted by hand', async () => {
    const [victim] = await prebuildsOf(box);
    if (victim === undefined) throw new Error('no prebuild is ready');
    await box.ok('delete', victim.name);
    expect(existsSync(join(box.home, 'workspaces', victim.id))).toBe(false);
    await box.ok('reconcile');
    const now = await prebuildsOf(box);
    expect(now).toHaveLength(2);
    expect(now.map((view) => view.id)).not.toContain(victim.id);
  });

  it('stops and starts a claimed workspace, and keeps its id and token', async () => {
    const before = (await box.json('show', 'dev')) as Detail;
    const token = tokenOf(box, before.id);
    await box.ok('stop', 'dev');
    expect((await box.json('show', 'dev')) as Detail).toMatchObject({ status: 'stopped' });
    await box.ok('start', 'dev');
    const after = (await box.json('show', 'dev')) as Detail;
    expect(after).toMatchObject({ id: before.id, status: 'ready' });
    expect(tokenOf(box, before.id)).toBe(token);
    expect(after.builds.map((build) => build.transition)).toEqual(expect.arrayContaining(['start', 'stop']));
  });

  it('replaces the whole pool when a new version becomes active, and leaves claimed workspaces alone', async () => {
    const old = await prebuildsOf(box);
    await box.ok('template', 'push', box.template('plain', plain(3, '2')));
    await box.ok('reconcile');
    const now = await prebuildsOf(box);
    expect(now).toHaveLength(3);
    expect(now.every((view) => view.version === 2)).toBe(true);
    expect(now.map((view) => view.id).filter((id) => old.some((view) => view.id === id))).toEqual([]);
    expect((await box.json('show', 'dev')) as Detail).toMatchObject({ version: 1, status: 'ready' });
    expect(box.log()).toContain('coderd.prebuilds: attempting to delete prebuild');
  });

  it('updates and renames a claimed workspace', async () => {
    await box.ok('update', 'dev');
    expect((await box.json('show', 'dev')) as Detail).toMatchObject({ version: 2 });
    await box.ok('rename', 'dev', 'work');
    expect((await box.json('show', 'work')) as Detail).toMatchObject({ name: 'anna/work', status: 'ready' });
    expect((await box.run('show', 'dev')).code).toBe(2);
  });

  it('renames only what keeps everything and runs, unless it is told to', async () => {
    await box.ok('template', 'push', box.template('named', named(0)));
    await box.ok('create', 'named', '--name', 'one');
    const before = (await box.json('show', 'one')) as Detail;
    const refused = await box.run('rename', 'one', 'two');
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringContaining('terraform_data.machine is replaced because of triggers_replace'),
    ]);
    expect((await box.json('show', 'one')) as Detail).toMatchObject({
      status: 'ready',
      lastError: null,
      readyAt: before.readyAt,
    });
    expect((await box.run('show', 'two')).code).toBe(2);
    await box.ok('rename', 'one', 'two', '--force');
    const after = (await box.json('show', 'two')) as Detail;
    expect(after).toMatchObject({ status: 'ready', readyAt: before.readyAt });
    await box.ok('stop', 'two');
    expect(await box.run('rename', 'two', 'three')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('only what runs can be renamed') as string,
    });
    await box.ok('delete', 'two');
  });

  it('builds cold with --no-pool, and exits 5 with --no-cold when the pool is empty', async () => {
    const cold = (await box.json('create', 'plain', '--name', 'cold', '--no-pool')) as Answer;
    expect(cold.servedAs).toBe('cold');
    expect(await prebuildsOf(box)).toHaveLength(3);
    await box.ok('template', 'push', box.template('empty', plain(0)));
    const none = await box.run('claim', 'empty', '--name', 'none', '--no-cold');
    expect(none.code).toBe(5);
    const fallback = (await box.json('claim', 'empty', '--name', 'none')) as Answer;
    expect(fallback.servedAs).toBe('cold');
    expect(fallback.missReason).toBeTruthy();
  });

  it('does nothing while paused, but still serves claims', async () => {
    await box.ok('pause');
    const answer = (await box.json('claim', 'plain', '--name', 'paused')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect((await box.json('reconcile')) as object).toMatchObject({ created: 0, paused: true });
    await box.ok('resume');
    expect((await box.json('reconcile')) as object).toMatchObject({ created: 1 });
  });

  it('shows what happened', async () => {
    const events = (await box.json('events')) as readonly { kind: string }[];
    expect(events.map((event) => event.kind)).toEqual(
      expect.arrayContaining(['template.pushed', 'prebuild.created', 'prebuild.ready', 'claim.served']),
    );
    expect(await box.ok('history', 'work')).toContain('claim');
    expect(await box.ok('logs', 'work', '--build', '1')).toContain('coder_agent.main: create complete');
  });
});
