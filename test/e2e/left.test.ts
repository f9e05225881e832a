import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/api/app.ts';
import { createApp } from '../../src/app/create-app.ts';
import { loadConfig } from '../../src/app/load-config.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { lasting, slow } from '../support/templates.ts';

/** Whether the engine has begun to make something whose address holds these words. */
function begun(box: Sandbox, words: string): true | undefined {
  const root = join(box.home, 'workspaces');
  if (!existsSync(root)) return undefined;
  const runs = readdirSync(root).map((id) => join(root, id, 'runs'));
  const outs = runs.filter((one) => existsSync(one)).flatMap((one) => readdirSync(one).map((name) => join(one, name, 'stdout')));
  const starts = (line: string) => line.includes('"type":"apply_start"') && line.includes(words);
  return outs.some((out) => existsSync(out) && readFileSync(out, 'utf8').split('\n').some(starts)) ? true : undefined;
}

describe('what a process leaves while it lives on, as a server does', () => {
  let box: Sandbox;
  let app: App;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('rehearsal: false\n');
    await box.ok('template', 'push', box.template('slow', slow(1, 0, 3)));
    await box.ok('reconcile');
    const env = { ...process.env, PREBUILDS_HOME: box.home, PREBUILDS_OWNER: 'anna' };
    app = await createApp({ config: await loadConfig({ env }), logger: silentLogger, env });
  });
  afterAll(async () => {
    await app.close();
    await box.dispose();
  });

  it('is finished by its own next pass: a claim that was interrupted during its apply goes to the same person', async () => {
    const [prebuild] = await app.workspaces.list('owner:prebuilds status:ready');
    const leave = new AbortController();
    const claiming = app.workspaces.claim({
      template: 'slow',
      name: 'dev',
      params: [],
      noPool: false,
      noCold: true,
      detach: false,
      signal: leave.signal,
    });
    await until('the engine to hand it over', () => begun(box, 'handover'));
    leave.abort();
    await expect(claiming).rejects.toMatchObject({ code: 'interrupted' });
    await app.pools.reconcile({});
    const { workspace } = await app.workspaces.show('dev');
    expect(workspace).toMatchObject({ id: prebuild?.workspace.id, ownerName: 'anna', phase: 'ready' });
    const file = join(box.home, 'workspaces', workspace.id, 'work', 'claimed.txt');
    expect(readFileSync(file, 'utf8')).toBe('claimed\n');
  });
});

describe('the log of a build', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('lasting', lasting(2)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('ends with the engine when the command was left, and says how it goes on', async () => {
    const creating = box.start('create', 'lasting', '--name', 'dev');
    await until('the engine to make it', () => begun(box, 'terraform_data.machine'));
    creating.kill('SIGINT');
    expect(await exited(creating)).toBe(130);
    const lines = (await box.ok('logs', 'dev', '-f')).split('\n');
    expect(lines).toContain('apply: 2 to add, 0 to change, 0 to destroy');
    expect(lines.at(-1)).toContain('nobody works on this build any more; prebuilds reconcile goes on with it');
    await box.ok('reconcile');
    expect(await box.ok('logs', 'dev', '-f')).not.toContain('nobody works');
  });

  it('is whole when its workspace is deleted meanwhile', async () => {
    const deleting = box.start('delete', 'dev');
    await until('the engine to destroy it', () => begun(box, '"action":"delete"'));
    const lines = (await box.ok('logs', 'dev', '-f')).split('\n');
    expect(await exited(deleting)).toBe(0);
    expect(lines.slice(-3).join('\n')).toContain('terraform_data.machine: delete complete');
    expect(lines.at(-1)).toMatch(/^(apply|destroy): 0 to add, 0 to change, 2 to destroy$/);
  });
});
