import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT, type Sandbox } from '../../support/cli.ts';
import type { Answer, WorkspaceRow } from '../../support/json.ts';
import { openContainers, type Daemon } from '../../support/containers.ts';

interface Report {
  readonly unaccounted: number;
  readonly removed: readonly { readonly kind: string; readonly id: string; readonly name: string | null }[];
  readonly sources: readonly {
    readonly objects: number;
    readonly error: string | null;
    readonly findings: readonly {
      readonly verdict: string;
      readonly kind: string;
      readonly id: string;
      readonly reason: string;
    }[];
  }[];
}

const FOREIGN = '11111111-2222-3333-4444-555555555555';

/** Leaks at a real container daemon (podman's): found, removed, and nothing of anybody else touched. */
describe('a sweep of containers', () => {
  let daemon: Daemon;
  let box: Sandbox;
  beforeAll(async () => {
    ({ daemon, box } = await openContainers());
    box.config(`sweep: { docker: { host: "${daemon.host}" } }\n`);
    const dir = join(PROJECT, 'fixtures', 'templates', 'docker');
    const variables = [`docker_host=${daemon.host}`, `image=${daemon.image}`, 'instances=1'].flatMap((one) => ['--var', one]);
    await box.ok('template', 'push', dir, ...variables);
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
    daemon.stop();
  });

  const sweep = async (...args: readonly string[]): Promise<{ code: number; report: Report }> => {
    const { code, stdout } = await box.run('sweep', '--json', ...args);
    return { code, report: JSON.parse(stdout) as Report };
  };
  const run = (name: string, workspaceId: string): string =>
    daemon
      .podman('run', '-d', '--name', name, '--label', `coder.workspace_id=${workspaceId}`, daemon.image, 'sleep', '1000')
      .trim();
  const volume = (name: string, workspaceId: string): string =>
    daemon.podman('volume', 'create', '--label', `coder.workspace_id=${workspaceId}`, name).trim();
  const exists = (id: string): boolean => daemon.podman('ps', '-aq', '--no-trunc').includes(id);

  it('accounts for the container and the volume of a prebuild', async () => {
    expect(await sweep()).toMatchObject({ code: 0, report: { unaccounted: 0, sources: [{ objects: 2, findings: [] }] } });
  });

  it('finds what a deleted workspace left, removes it, and leaves a foreign container and a living volume alone', async () => {
    const { workspace } = (await box.json('claim', 'docker', '--name', 'dev')) as Answer;
    await box.ok('delete', 'dev');
    await box.ok('reconcile');
    const [living] = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    const leaked = run('leaked', workspace.id);
    const stray = run('stray', living?.id ?? '');
    const foreign = run('foreign', FOREIGN);
    volume('left-behind', workspace.id);
    volume('of-the-living', living?.id ?? '');

    const found = await sweep();
    expect(found).toMatchObject({ code: 1, report: { unaccounted: 4, removed: [] } });
    const [source] = found.report.sources;
    expect(source?.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          verdict: 'leaked',
          kind: 'container',
          id: leaked,
          reason: 'its workspace is deleted',
          removable: true,
        }),
        expect.objectContaining({ verdict: 'leaked', kind: 'container', id: stray, removable: true }),
        expect.objectContaining({ verdict: 'leaked', kind: 'volume', id: 'left-behind', removable: true }),
        expect.objectContaining({ verdict: 'leaked', kind: 'volume', id: 'of-the-living', removable: false }),
        expect.objectContaining({ verdict: 'foreign', kind: 'container', id: foreign, removable: false }),
      ]),
    );
    expect((await box.run('doctor')).stdout).toContain('run `prebuilds sweep --remove`');

    expect((await sweep('--remove', '--dry-run')).report.removed).toHaveLength(3);
    expect(exists(leaked)).toBe(true);

    const removed = await sweep('--remove');
    expect(removed.report.removed.map(({ id }) => id).sort()).toEqual([leaked, stray, 'left-behind'].sort());
    expect(removed).toMatchObject({ code: 1, report: { unaccounted: 1 } });
    expect([exists(leaked), exists(stray), exists(foreign)]).toEqual([false, false, true]);
    const events = (await box.json('events')) as readonly { kind: string }[];
    expect(events.filter(({ kind }) => kind === 'sweep.removed')).toHaveLength(3);

    daemon.podman('volume', 'rm', 'of-the-living');
    expect(await sweep()).toMatchObject({ code: 0, report: { unaccounted: 0 } });
    daemon.podman('rm', '-f', '-t', '0', foreign);
  });

  it('resolves suspects: found when it removed them, absent when it would have seen them', async () => {
    const { workspace } = (await box.json('claim', 'docker', '--name', 'dev')) as Answer;
    await box.ok('reconcile');
    const db = new Database(join(box.home, 'prebuilds.db'));
    const add = db.prepare(
      "insert into suspect (id, workspace_id, build_id, address, type, state, at) select ?, workspace_id, id, ?, ?, 'open', 0 from build where workspace_id = ? order by number limit 1",
    );
    add.run('s1', 'docker_container.workspace[0]', 'docker_container', workspace.id);
    add.run('s2', 'docker_volume.home', 'docker_volume', workspace.id);
    expect((await box.run('delete', 'dev')).code).toBe(5);
    const leaked = run('half-made', workspace.id);
    expect((await sweep('--dry-run')).code).toBe(1);
    const removed = await sweep('--remove');
    expect(removed.report.removed.map(({ id }) => id)).toEqual([leaked]);
    const states = db.prepare('select address, state from suspect order by id').all();
    db.close();
    expect(states).toEqual([
      { address: 'docker_container.workspace[0]', state: 'found' },
      { address: 'docker_volume.home', state: 'absent' },
    ]);
    await box.ok('delete', 'dev');
    expect((await sweep()).code).toBe(0);
  });

  it('says what a state has and the daemon has not', async () => {
    const [view] = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    const id = daemon.podman('ps', '-aq', '--no-trunc', '--filter', `label=coder.workspace_id=${view?.id ?? ''}`).trim();
    daemon.podman('rm', '-f', '-t', '0', id);
    const { code, report } = await sweep();
    expect(code).toBe(0);
    expect(report.sources[0]?.findings).toMatchObject([{ verdict: 'missing', id }]);
  });

  it('says that a daemon does not answer', async () => {
    box.config('sweep: { docker: { host: "unix:///nowhere/docker.sock" } }\n');
    const { code, report } = await sweep();
    expect(code).toBe(1);
    expect(report.sources[0]?.error).toContain('container daemon unix:///nowhere/docker.sock');
  });
});
