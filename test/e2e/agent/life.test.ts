import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exited, killHard, type Sandbox, until } from '../../support/cli.ts';
import type { Answer, PoolRow, WorkspaceRow } from '../../support/json.ts';
import { agentSandbox, noted, processTemplate } from './process-template.ts';

const words = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What agents say about the life of a workspace, with a real engine (spec 8.1, SM W19, W23). */
describe('the life of a workspace with agents', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await agentSandbox();
    const scripts = {
      start: 'echo "start $PERSON" >>${var.notes}/note',
      stop: 'echo "stop $PERSON" >>${var.notes}/note; sleep 2; echo "stopped $PERSON" >>${var.notes}/note',
    };
    const dir = box.template('life', processTemplate(scripts));
    await box.ok('template', 'push', dir, '--var', `notes=${box.folder}`);
  });
  afterEach(async () => {
    for (const { name } of (await box.json('list')) as readonly WorkspaceRow[]) await box.run('delete', name, '--force');
  });
  afterAll(() => box.dispose());
  const note = (): readonly string[] => words(noted(box));
  /** What was noted since. */
  const since = (before: readonly string[]): readonly string[] => note().slice(before.length);
  const claimed = async (name: string): Promise<void> => {
    await box.ok('reconcile');
    expect(await box.json('claim', 'life', '--name', name)).toMatchObject({ workspace: { status: 'ready' } });
  };
  const stock = async () => (await box.json('list', '--search', 'owner:prebuilds')) as readonly WorkspaceRow[];
  const pools = async () => ((await box.json('status')) as { readonly pools: readonly PoolRow[] }).pools;
  const sql = (statement: string): void => {
    const raw = new Database(join(box.home, 'prebuilds.db'));
    raw.exec(statement);
    raw.close();
  };

  it('its stop scripts end before the engine destroys anything, on stop, restart and delete; never those of stock', async () => {
    await claimed('dev');
    let before = note();
    const stopped = await box.run('stop', 'dev');
    expect(stopped.code).toBe(0);
    expect(stopped.stderr).toContain('stop scripts of main');
    expect(since(before)).toEqual(['stop anna', 'stopped anna', 'destroy']);
    expect(await box.ok('events', '--json')).toContain('workspace.stop_scripts');

    before = note();
    await box.ok('start', 'dev');
    expect(since(before)).toEqual(['start anna']);
    expect(await box.json('show', 'dev')).toMatchObject({ status: 'ready' });
    before = note();
    await box.ok('restart', 'dev');
    expect(since(before)).toEqual(['stop anna', 'stopped anna', 'destroy', 'start anna']);
    before = note();
    await box.ok('delete', 'dev');
    expect(since(before)).toEqual(['stop anna', 'stopped anna', 'destroy']);

    await box.ok('reconcile');
    before = note();
    const [prebuild] = await stock();
    await box.ok('delete', prebuild!.name, '--force');
    expect(since(before)).toEqual(['destroy']);
  });

  it('a driver that is killed while stop scripts run destroys nothing; the next one goes on', async () => {
    await claimed('dev');
    const before = note();
    const driver = box.start('delete', 'dev');
    await until('its stop scripts', () => (since(before).includes('stop anna') ? true : undefined));
    await killHard(driver);
    expect(since(before)).not.toContain('destroy');
    await until('their end', () => (since(before).includes('stopped anna') ? true : undefined));
    const { status } = (await box.json('show', 'dev')) as WorkspaceRow;
    expect(status).toBe('deleting');
    await box.ok('reconcile');
    expect(since(before).filter((line) => !line.includes('prebuilds'))).toEqual(['stop anna', 'stopped anna', 'destroy']);
    expect((await box.run('show', 'dev')).code).toBe(2);
  });

  it.each([
    ['stop', 'SIGINT'],
    ['restart', 'SIGHUP'],
    ['delete', 'SIGINT'],
  ] as const)(
    '%s that gets %s while stop scripts run leaves the workspace as it was, and its agent begins again',
    async (verb, signal) => {
      await claimed('dev');
      const before = note();
      const driver = box.start(verb, 'dev');
      let said = '';
      driver.stderr?.on('data', (data) => (said += String(data)));
      await until('its stop scripts', () => (since(before).includes('stop anna') ? true : undefined));
      driver.kill(signal);
      expect(await exited(driver)).toBe(130);
      expect(await box.ok('events')).toContain('interrupted: it is ready as before');
      expect(since(before)).not.toContain('destroy');
      expect(await box.json('show', 'dev')).toMatchObject({ status: 'ready' });
      // It is told when somebody listens: here while the next command waits for its stop scripts.
      await box.ok('delete', 'dev');
      expect(since(before).filter((line) => line === 'destroy')).toHaveLength(1);
    },
  );

  it('an agent that was never heard, or is lost, keeps no engine waiting', async () => {
    await claimed('dev');
    spawnSync('kill', ['-KILL', '--', `-${noted(box, 'pid').trim()}`]);
    sql(`update agent set lost_at = seen_at`);
    const before = note();
    await box.ok('delete', 'dev');
    expect(since(before)).toEqual(['destroy']);
    expect(await box.ok('events', '--json')).not.toContain('did not stop within');
  });

  it('a prebuild whose agent fell silent is not handed out, and replaced', async () => {
    await box.ok('reconcile');
    const [dead] = await stock();
    spawnSync('kill', ['-KILL', '--', `-${noted(box, 'pid').trim()}`]);
    // As a server that was up for 90 s writes it; test/e2e/slow waits for a real one.
    sql(`update agent set lost_at = seen_at`);
    expect((await pools())[0]).toMatchObject({ eligible: 0 });
    expect(await box.ok('why', dead!.name)).toContain('its agent is not heard any more');
    expect((await box.run('claim', 'life', '--name', 'none', '--no-cold')).code).toBe(5);
    await box.ok('reconcile');
    const now = (await stock()).filter((row) => row.status === 'ready');
    expect(now).toHaveLength(1);
    expect(now[0]!.id).not.toBe(dead!.id);
    expect((await pools())[0]).toMatchObject({ eligible: 1, failures: 0 });
    expect(await box.json('claim', 'life', '--name', 'fresh', '--no-cold')).toMatchObject({ servedAs: 'warm' });
  });

  it('a server that goes and comes back loses nothing: a claim without one is heard of later', async () => {
    await box.ok('reconcile');
    const watch = box.start('reconcile', '--watch', '--interval', '1s');
    await until('a server', () => (openSession() ? true : undefined));
    watch.kill('SIGTERM');
    await exited(watch);
    const before = note();
    const answer = (await box.json('claim', 'life', '--name', 'later')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm', agents: [{ name: 'main', status: 'ready' }] });
    expect(since(before)).toEqual(['start anna']);
    expect(await box.ok('events', '--json')).not.toContain('agent_lost');
  });

  function openSession(): boolean {
    const raw = new Database(join(box.home, 'prebuilds.db'), { readonly: true });
    const open = raw.prepare('select 1 from server_session where ended_at is null').get();
    raw.close();
    return open !== undefined;
  }
});
