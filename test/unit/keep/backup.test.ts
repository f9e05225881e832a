import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backup } from '../../../src/keep/backup.ts';
import { restore } from '../../../src/keep/restore.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import { workspacePaths } from '../../../src/kit/paths.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { NEWEST_SCHEMA, relocateStore } from '../../../src/store/sqlite/relocate.ts';
import type { Store } from '../../../src/store/store.ts';
import { DRIVER, givenPrebuild, givenReady, givenReadyCold, must, queue, succeed } from '../../contract/support.ts';
import { eachHome, fill, giveState, stateText, type Home } from './support.ts';

describe('backup and restore', () => {
  const at = eachHome();
  const file = (box: Home): string => join(box.folder, 'backup.tar.gz');
  const restored = (box: Home): string => join(box.folder, 'new', 'home');

  const take = (box: Home, store: Store = box.store, target = file(box)) =>
    backup({ ...box.deps, store, ids: systemIds, configFiles: [] }, target, { force: false });

  const bring = (box: Home, hold = false, newestSchema = NEWEST_SCHEMA) =>
    restore(
      {
        ids: systemIds,
        newestSchema,
        relocate: (database, from, to) => {
          relocateStore(database, { from, to, holdAt: hold ? box.clock.now() : undefined });
        },
      },
      file(box),
      restored(box),
    );

  async function within<T>(box: Home, work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openSqliteStore(join(restored(box), 'prebuilds.db'), { clock: box.clock, ids: systemIds });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  it('brings rows, states, versions and links over to another home, with private modes', async () => {
    const box = at();
    const { store, home, given } = box;
    const version = await box.push();
    const cache = join(box.folder, 'cache', 'provider');
    fill(join(cache, 'binary'), 'provider');
    mkdirSync(join(version.folder, 'data', 'providers'), { recursive: true });
    symlinkSync(cache, join(version.folder, 'data', 'providers', 'linux_amd64'));
    const modules = { Modules: [{ Key: 'm', Dir: join(version.folder, 'data', 'modules', 'm') }] };
    fill(join(version.folder, 'data', 'modules', 'modules.json'), JSON.stringify(modules));
    const user = await givenReadyCold(store, { ...given, version: await store.getVersion(version.id) });
    const paths = giveState(home, user.id);
    fill(join(paths.work, 'made.txt'), 'by the template');
    symlinkSync('made.txt', join(paths.work, 'link'));
    fill(join(paths.runs, '1-apply-x', 'stdout'), 'old log');

    const report = await take(box);
    expect(report).toMatchObject({ file: file(box), workspaces: 1, versions: 2, busy: 0, takenAt: box.clock.now() });
    expect(report.bytes).toBe(statSync(file(box)).size);
    expect(statSync(file(box)).mode & 0o777).toBe(0o600);
    expect(readdirSync(box.folder).sort()).toEqual(['backup.tar.gz', 'cache', 'home']);
    expect(readdirSync(join(home, 'scratch'))).toEqual([]);
    await expect(take(box)).rejects.toMatchObject({ code: 'backup_exists', exitCode: 2 });
    expect((await take(box, store, `${box.folder}/`)).file).toMatch(/prebuilds-\d{8}T\d{6}Z\.tar\.gz$/);

    expect(await bring(box)).toMatchObject({ home: restored(box), takenAt: report.takenAt, busy: 0 });
    const now = workspacePaths(restored(box), user.id);
    expect(readFileSync(now.state, 'utf8')).toBe(stateText(user.id, 3));
    expect(readFileSync(join(now.work, 'link'), 'utf8')).toBe('by the template');
    expect(existsSync(now.runs)).toBe(false);
    expect([restored(box), now.work].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect([now.state, join(restored(box), 'prebuilds.db')].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    const folder = join(restored(box), 'versions', version.id);
    rmSync(cache, { recursive: true });
    expect(readFileSync(join(folder, 'data', 'providers', 'linux_amd64', 'binary'), 'utf8')).toBe('provider');
    const brought = JSON.parse(readFileSync(join(folder, 'data', 'modules', 'modules.json'), 'utf8')) as typeof modules;
    expect(brought.Modules[0]?.Dir).toBe(join(folder, 'data', 'modules', 'm'));
    await within(box, async (other) => {
      expect((await other.getVersion(version.id)).folder).toBe(folder);
      // One that lay elsewhere stays where it was.
      expect((await other.getVersion(given.version.id)).folder).toBe(given.version.folder);
      expect(await other.getWorkspace(user.id)).toMatchObject({ phase: 'ready', ownerName: 'bob' });
      expect((await other.identity()).storeId).toBe((await store.identity()).storeId);
      expect(await other.integrityProblems()).toEqual([]);
    });
    expect(readdirSync(join(box.folder, 'new'))).toEqual(['home']);
    await expect(bring(box)).rejects.toMatchObject({ code: 'home_not_empty', exitCode: 2 });
  });

  it('is consistent for what changes between the copy of the database and that of the states', async () => {
    const box = at();
    const { store, home, given } = box;
    const user = await givenReadyCold(store, given);
    giveState(home, user.id, 3);
    const dying = await givenReadyCold(store, given, { name: 'dying' });
    giveState(home, dying.id, 3);
    let copies = 0;
    const busy: Store = {
      ...store,
      copyTo: async (path) => {
        await store.copyTo(path);
        copies += 1;
        if (copies > 1) return;
        // Behind the copy's back one workspace gets a new state, one is destroyed, one comes.
        await succeed(store, must(await queue(store, await store.getWorkspace(user.id), 'stop')).build);
        giveState(home, user.id, 4);
        await succeed(store, must(await queue(store, dying, 'delete')).build);
        rmSync(workspacePaths(home, dying.id).folder, { recursive: true });
        const late = await givenReadyCold(store, given, { name: 'late' });
        giveState(home, late.id, 1);
      },
    };
    await take(box, busy);
    expect(copies).toBe(2);
    await bring(box);
    await within(box, async (other) => {
      const found = (await other.listWorkspaces()).toSorted((x, y) => (x.name < y.name ? -1 : 1));
      expect(found.map(({ name, phase }) => [name, phase])).toEqual([
        ['dev', 'stopped'],
        ['late', 'ready'],
      ]);
      for (const [n, { id }] of found.entries()) {
        expect(readFileSync(workspacePaths(restored(box), id).state, 'utf8')).toBe(stateText(id, n === 0 ? 4 : 1));
      }
      expect(readdirSync(join(restored(box), 'workspaces'))).toHaveLength(2);
    });
  });

  it('takes the engine words of a live build along, and leaves its processes behind', async () => {
    const box = at();
    const { store, home, given } = box;
    const { workspace, build } = await givenPrebuild(store, given.preset);
    await store.takeBuild(build.id, undefined, DRIVER);
    const paths = giveState(home, workspace.id);
    const folder = join(paths.runs, `1-apply-r`);
    for (const name of ['stdout', 'exit', 'engine', 'wrapper', 'intent.json', 'plan.tfplan']) fill(join(folder, name), name);
    await store.addRun({ id: 'r', buildId: build.id, workspaceId: workspace.id, kind: 'apply', folder, createdAt: 1 });
    writeFileSync(paths.state, '{"half');
    let tries = 0;
    const clock = {
      ...box.clock,
      sleep: () => {
        tries += 1;
        if (tries === 2) writeFileSync(paths.state, stateText(workspace.id, 5));
        return Promise.resolve();
      },
    };
    const report = await backup({ ...box.deps, clock, ids: systemIds, configFiles: [] }, file(box), { force: false });
    expect(report.busy).toBe(1);
    await bring(box);
    const now = workspacePaths(restored(box), workspace.id);
    expect(readdirSync(join(now.runs, '1-apply-r')).sort()).toEqual(['exit', 'stdout']);
    expect(readFileSync(now.state, 'utf8')).toBe(stateText(workspace.id, 5));
    await within(box, async (other) => {
      expect((await other.getBuild(build.id)).driver).toBeUndefined();
      expect((await other.listRuns(build.id))[0]?.folder).toBe(join(now.runs, '1-apply-r'));
    });
  });

  it('parks unclaimed prebuilds when asked to', async () => {
    const box = at();
    const ready = await givenReady(box.store, box.given.preset);
    const user = await givenReadyCold(box.store, box.given);
    await take(box);
    await bring(box, true);
    await within(box, async (other) => {
      expect(await other.getWorkspace(ready.id)).toMatchObject({ heldAt: box.clock.now(), heldBy: 'restore', slot: undefined });
      expect((await other.getWorkspace(user.id)).heldAt).toBeUndefined();
      expect((await other.listEvents({ workspaceId: ready.id })).at(-1)).toMatchObject({ kind: 'prebuild.held' });
    });
  });

  it('refuses what is no whole backup or of a newer tool, and leaves nothing', async () => {
    const box = at();
    const ready = await givenReady(box.store, box.given.preset);
    giveState(box.home, ready.id);
    writeFileSync(file(box), 'text');
    await expect(bring(box)).rejects.toMatchObject({ code: 'not_a_backup', exitCode: 2 });
    rmSync(file(box));
    await expect(bring(box)).rejects.toMatchObject({ code: 'not_a_backup' });
    await take(box);
    await expect(bring(box, false, NEWEST_SCHEMA - 1)).rejects.toMatchObject({ code: 'store_newer_schema', exitCode: 4 });

    const spoiled = join(box.folder, 'spoiled');
    const spoil = async (change: (folder: string) => void): Promise<void> => {
      rmSync(spoiled, { recursive: true, force: true });
      mkdirSync(spoiled);
      execFileSync('tar', ['-xzf', file(box), '-C', spoiled]);
      change(spoiled);
      execFileSync('tar', ['-czf', file(box), '-C', spoiled, ...readdirSync(spoiled)]);
      await expect(bring(box)).rejects.toMatchObject({ code: 'not_a_backup', exitCode: 2 });
    };
    const original = readFileSync(file(box));
    const state = (folder: string) => workspacePaths(folder, ready.id).state;
    for (const change of [
      (folder: string) => {
        writeFileSync(state(folder), stateText('other', 9));
      },
      (folder: string) => {
        rmSync(state(folder));
      },
      (folder: string) => {
        writeFileSync(join(folder, 'extra'), '');
      },
    ]) {
      writeFileSync(file(box), original);
      await spoil(change);
    }
    writeFileSync(file(box), original.subarray(0, original.length / 2));
    await expect(bring(box)).rejects.toMatchObject({ code: 'not_a_backup' });
    expect(existsSync(join(box.folder, 'new')) ? readdirSync(join(box.folder, 'new')) : []).toEqual([]);
  });

  it('leaves no half archive and no working folder where it cannot write', async () => {
    const box = at();
    await expect(take(box, box.store, join(box.folder, 'nowhere', 'x.tar.gz'))).rejects.toMatchObject({ code: 'backup_failed' });
    expect(readdirSync(box.folder)).toEqual(['home']);
    expect(readdirSync(join(box.home, 'scratch'))).toEqual([]);
  });
});
