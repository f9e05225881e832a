import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, killHard, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { elsewhere, type Elsewhere } from '../support/elsewhere.ts';
import type { Answer, Detail } from '../support/json.ts';
import { startServe, type Served } from '../support/serve.ts';
import { slow } from '../support/templates.ts';

/** How many engines have begun to make the machine, over all workspaces. */
function begun(box: Sandbox): number {
  const root = join(box.home, 'workspaces');
  const folders = existsSync(root) ? readdirSync(root).map((id) => join(root, id, 'runs')) : [];
  return folders
    .filter((runs) => existsSync(runs))
    .flatMap((runs) => readdirSync(runs).map((name) => join(runs, name, 'stdout')))
    .filter((out) => existsSync(out))
    .filter((out) => /"addr":"terraform_data\.machine".*"type":"apply_start"/.test(readFileSync(out, 'utf8'))).length;
}

/** How often the machine of a workspace was made. */
const made = (box: Sandbox, id: string): number =>
  readFileSync(join(box.home, 'workspaces', id, 'work', 'made.txt'), 'utf8')
    .trim()
    .split('\n').length;

describe('a cold build in a server', () => {
  let box: Sandbox;
  let served: Served;
  let bob: Elsewhere;
  let port: string;
  const serve = async (): Promise<Served> => startServe(box, '--interval', '1h', '--listen', `127.0.0.1:${port}`);
  beforeAll(async () => {
    box = makeSandbox();
    // Passes are made for what happens, not for the time that goes by.
    box.config('rehearsal: false\n');
    await box.ok('template', 'push', box.template('slow', slow(0, 4, 0)));
    await box.ok('user', 'create', 'bob');
    served = await startServe(box, '--interval', '1h');
    port = new URL(served.url).port;
    bob = elsewhere(served.url, await box.ok('token', 'create', '--role', 'member', '--user', 'bob', '--name', 'laptop'));
  });
  afterAll(async () => {
    if (served.child.exitCode === null) await stop();
    bob.dispose();
    await box.dispose();
  });

  async function stop(): Promise<void> {
    const startedAt = performance.now();
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    expect(await over).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }

  /** Asks for a workspace of bob and waits until the engine makes its machine. */
  async function building(name: string, ...more: readonly string[]): Promise<ReturnType<Elsewhere['start']>> {
    const before = begun(box);
    const asking = bob.start('create', 'slow', '--no-pool', '--name', name, '--json', ...more);
    await until('the engine to make the machine', () => (begun(box) > before ? true : undefined));
    return asking;
  }

  const shown = async (name: string): Promise<Detail> => (await box.json('show', `bob/${name}`)) as Detail;

  /** It is bob's, was made once, and works: it can be stopped and started. */
  async function expectWhole(name: string): Promise<void> {
    const detail = await shown(name);
    expect(detail).toMatchObject({ owner: 'bob', status: 'ready', builds: [{ transition: 'start', state: 'succeeded' }] });
    expect(made(box, detail.id)).toBe(1);
    await box.ok('stop', `bob/${name}`);
    await box.ok('start', `bob/${name}`);
    expect(await shown(name)).toMatchObject({ status: 'ready' });
    expect(await box.ok('doctor', '--json')).not.toContain('may exist although');
  }

  const ready = (name: string): Promise<true> =>
    until(`${name} to be ready`, async () => ((await shown(name)).status === 'ready' ? true : undefined));

  it('goes on when the server is stopped: its client is told so, and the next server finishes it', async () => {
    const asking = await building('again', '--request-id', 'r0');
    await stop();
    const { code, stdout } = await asking.answer;
    expect([code, stdout]).toEqual([130, expect.stringContaining('continues')]);
    served = await serve();
    const words = ['create', 'slow', '--no-pool', '--name', 'again', '--request-id', 'r0'];
    expect((await bob.json(...words)) as Answer).toMatchObject({
      servedAs: 'cold',
      workspace: { name: 'bob/again', status: 'ready' },
    });
    await expectWhole('again');
  });

  it('goes on when the server is stopped, and a reconcile without a server finishes it', async () => {
    const asking = await building('alone');
    await stop();
    expect((await asking.answer).code).toBe(130);
    expect(await shown('alone')).toMatchObject({ status: 'provisioning', owner: 'bob' });
    expect(await box.json('reconcile')).toMatchObject({ repaired: 1, failed: 0 });
    await expectWhole('alone');
    served = await serve();
  });

  it('goes on when its client goes away, and whoever asks again with the same request id joins it', async () => {
    const asking = await building('left', '--request-id', 'r1');
    await killHard(asking.child);
    const words = ['create', 'slow', '--no-pool', '--name', 'left', '--request-id', 'r1'];
    expect((await bob.json(...words)) as Answer).toMatchObject({ servedAs: 'cold', workspace: { status: 'ready' } });
    expect((await bob.json(...words)) as Answer).toMatchObject({ repeated: true });
    await expectWhole('left');
  });

  it('is left to its engine by Ctrl-C of its client, and the server that lives on finishes it', async () => {
    const asking = await building('ended');
    asking.child.kill('SIGINT');
    const { code, stdout } = await asking.answer;
    expect(code).toBe(130);
    expect(stdout).toContain('continues');
    await ready('ended');
    await expectWhole('ended');
  });
});
