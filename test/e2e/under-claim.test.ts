import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { elsewhere, type Elsewhere } from '../support/elsewhere.ts';
import type { Answer, Detail, WorkspaceRow } from '../support/json.ts';
import { startServe, type Served } from '../support/serve.ts';
import { slow } from '../support/templates.ts';

interface Shown extends Detail {
  readonly claimant: { readonly owner: string; readonly name: string } | null;
}

interface History {
  readonly builds: readonly { readonly stage: string; readonly reason: string }[];
  readonly claims: readonly { readonly name: string; readonly state: string }[];
  readonly events: readonly { readonly kind: string }[];
}

/** The apply of its claim goes on until the gate is open. */
const gated = (gate: string): string =>
  slow(1, 0, 0).replace(
    'sleep 0; echo claimed',
    `until [ -e '${gate}' ]; do touch '${gate}.seen'; sleep 0.1; done; echo claimed`,
  );

const LATER = ['stop', 'start', 'restart', 'update', 'delete', 'connect'] as const;

describe('a workspace while its claim applies', () => {
  let box: Sandbox;
  let served: Served;
  let members: Record<'anna' | 'bob', Elsewhere>;
  let claiming: Promise<unknown>;
  let gate: string;
  beforeAll(async () => {
    box = makeSandbox();
    gate = join(box.folder, 'gate');
    await box.ok('template', 'push', box.template('slow', gated(gate)));
    await box.ok('reconcile');
    served = await startServe(box, '--no-reconcile');
    await box.ok('user', 'create', 'bob');
    const member = async (user: string): Promise<Elsewhere> =>
      elsewhere(served.url, await box.ok('token', 'create', '--user', user));
    members = { anna: await member('anna'), bob: await member('bob') };
    claiming = box.json('claim', 'slow', '--name', 'dev');
    await until('its apply', () => (existsSync(`${gate}.seen`) ? true : undefined));
  });
  afterAll(async () => {
    writeFileSync(gate, '');
    await claiming;
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    await over;
    for (const one of Object.values(members)) one.dispose();
    await box.dispose();
  });

  it('is found by the name that was claimed, and says whose it will be', async () => {
    for (const name of ['dev', 'anna/dev', 'Anna/DEV']) {
      expect(await box.json('show', name)).toMatchObject({
        owner: 'prebuilds',
        status: 'claiming',
        claimant: { owner: 'anna', name: 'dev' },
      });
    }
    expect(await box.ok('show', 'dev')).toMatch(/Status +claiming by anna as dev\n/);
    expect(await box.ok('list')).toMatch(/claiming by anna as dev \(start: applying\)/);
    expect(await box.ok('why', 'dev')).toMatch(/it is being claimed by anna as dev\n.*prebuilds logs anna\/dev -f/s);
    expect(await box.ok('logs', 'dev')).toContain('terraform_data.handover[0]: plan to create');
    expect((await box.json('history', 'dev')) as History).toMatchObject({ claims: [{ name: 'dev', state: 'applying' }] });
  });

  it('is not touched under that name before it is its owner’s', async () => {
    for (const verb of LATER) {
      const { code, stderr } = await box.run(verb, 'dev', ...(verb === 'delete' ? ['--yes'] : []));
      expect([verb, code]).toEqual([verb, 5]);
      expect(stderr).toContain('anna/dev is being claimed');
    }
    for (const args of [
      ['rename', 'dev', 'other'],
      ['extend', 'dev', '1h'],
    ]) {
      expect((await box.run(...args)).code).toBe(5);
    }
  });

  it('is seen by the member who claims it, as what it will be, and by no other member', async () => {
    const { anna, bob } = members;
    expect(await anna.json('show', 'dev')).toMatchObject({ name: 'anna/dev', owner: 'anna', status: 'claiming' });
    expect(((await anna.json('list')) as readonly WorkspaceRow[]).map(({ name }) => name)).toEqual(['anna/dev']);
    expect((await anna.run('why', 'dev')).stdout).toContain('it is being claimed by anna as dev');
    expect((await anna.run('logs', 'dev')).stdout).toContain('terraform_data.handover[0]: plan to create');
    expect((await anna.json('history', 'dev')) as History).toMatchObject({ claims: [{ name: 'dev' }] });
    expect((await anna.run('stop', 'dev')).code).toBe(5);

    const prebuild = ((await box.json('show', 'dev')) as Shown).name;
    expect(await bob.json('list')).toEqual([]);
    for (const verb of ['show', 'why', 'logs', 'history', 'stop']) {
      const asked = async (name: string) => {
        const { code, stdout, stderr } = await bob.run(verb, name);
        return { verb, code, said: `${stdout}${stderr}`.replaceAll(name, 'NAME').replaceAll('bob/NAME', 'NAME') };
      };
      const nobodys = await asked('nobody');
      expect(nobodys).toMatchObject({ code: 2, said: expect.stringContaining('NAME') as string });
      for (const name of ['dev', 'anna/dev', prebuild]) expect(await asked(name)).toEqual(nobodys);
    }
  });

  it('is followed to the end of its claim, and then has its name', async () => {
    const following = box.ok('logs', 'dev', '-f');
    writeFileSync(gate, '');
    expect(await following).toContain('terraform_data.handover');
    expect(((await claiming) as Answer).servedAs).toBe('warm');
    expect(await box.json('show', 'dev')).toMatchObject({ name: 'anna/dev', status: 'ready', claimant: null });
  });

  it('has a history under each name it had, also when it is deleted', async () => {
    const { id } = (await box.json('show', 'dev')) as Shown;
    await box.ok('rename', 'dev', 'work');
    expect((await box.json('history', 'dev')) as History).toMatchObject({ claims: [{ name: 'dev' }] });
    await box.ok('rename', 'work', 'last');
    await box.ok('delete', 'last', '--yes');
    for (const name of ['dev', 'work', 'anna/last']) {
      const history = (await box.json('history', name)) as History;
      expect(history.claims).toMatchObject([{ name: 'dev', state: 'served' }]);
      expect(history.builds.map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(['claimed', 'renamed to work', 'renamed to last', 'deleted by hand']),
      );
      expect(JSON.stringify(history.events)).toContain(id);
      expect((await members.anna.json('history', name)) as History).toMatchObject({ claims: [{ name: 'dev' }] });
      expect((await members.bob.run('history', name)).code).toBe(2);
    }
  });
});
