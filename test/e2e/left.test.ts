import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/api/app.ts';
import { createApp } from '../../src/app/create-app.ts';
import { loadConfig } from '../../src/app/load-config.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { slow } from '../support/templates.ts';

/** Whether the engine has begun to make something whose address holds these words. */
function begun(box: Sandbox, words: string): true | undefined {
  const root = join(box.home, 'workspaces');
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
