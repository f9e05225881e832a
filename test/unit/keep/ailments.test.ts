import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { staleStaging, sweepStaging } from '../../../src/catalog/staging.ts';
import { findAilments, type Ailment, type AilmentDeps } from '../../../src/keep/ailments.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import { applyBuild, givenPrebuild, givenReady, givenReadyCold, must, queue, succeed } from '../../contract/support.ts';
import { eachHome, fill, giveState, stateText, type Home } from './support.ts';

/** `topic: message`, and whether it can be repaired. */
const words = (found: readonly Ailment[]): readonly string[] =>
  found.map(({ topic, message, repair }) => `${repair === undefined ? '-' : '+'} ${topic}: ${message}`);

describe('what the doctor finds in a home', () => {
  const at = eachHome();
  const deps = ({ deps: given, home }: Home, more: Partial<AilmentDeps> = {}): AilmentDeps => ({
    ...given,
    isRunAlive: () => false,
    touchedAnything: () => true,
    staleStaging: () => staleStaging(home),
    sweepStaging: () => sweepStaging(home, () => Promise.resolve(false)),
    ...more,
  });
  const repairAll = async (found: readonly Ailment[]): Promise<void> => {
    for (const { repair } of found) await repair?.();
  };

  it('is nothing in a home in order', async () => {
    const box = at();
    const ready = await givenReady(box.store, box.given.preset);
    giveState(box.home, ready.id);
    fill(join(box.home, 'logs', 'prebuilds.log'), '');
    expect(await findAilments(deps(box))).toEqual([]);
  });

  it('restores a missing, an empty and a torn state from the newest copy, and says where there is none', async () => {
    const box = at();
    const { store, home, given } = box;
    const made = [];
    for (const text of [undefined, '', '{"version": 4, "seri']) {
      const { workspace, build } = await givenPrebuild(store, given.preset);
      const run = { id: systemIds.uuid(), buildId: build.id, workspaceId: workspace.id, kind: 'apply', createdAt: 1 } as const;
      await store.addRun({ ...run, folder: '/r' });
      await store.consumeRun(run.id, 0);
      await succeed(store, build);
      await store.markReady(workspace.id, 'provisioned');
      const paths = giveState(home, workspace.id);
      fill(join(paths.history, '00000002-1.tfstate'), stateText(workspace.id, 2));
      fill(join(paths.history, '00000003-1.tfstate'), stateText(workspace.id, 3));
      if (text === undefined) rmSync(paths.work, { recursive: true });
      else writeFileSync(paths.state, text);
      made.push({ workspace, paths });
    }
    const found = await findAilments(deps(box));
    expect(found.map(({ level, message }) => [level, message.replace(/prebuild-\w+/, 'x')])).toEqual(
      expect.arrayContaining([
        ['problem', 'the state of prebuilds/x is missing'],
        ['problem', 'the state of prebuilds/x is empty'],
        ['problem', 'the state of prebuilds/x is torn'],
      ]),
    );
    expect(found).toHaveLength(3);
    expect(found[0]?.remedy).toContain('00000003-1.tfstate');
    await repairAll(found);
    for (const { workspace, paths } of made) expect(readFileSync(paths.state, 'utf8')).toBe(stateText(workspace.id, 3));
    expect(await findAilments(deps(box))).toEqual([]);
    const last = must(made[0]);
    rmSync(last.paths.folder, { recursive: true });
    expect(words(await findAilments(deps(box)))).toEqual([
      `- state: the state of prebuilds/${last.workspace.name} is missing, and there is no copy of it`,
    ]);
  });

  it('leaves a state alone on which a build works, also when it began after the look', async () => {
    const box = at();
    const { store, home, given } = box;
    const user = await givenReadyCold(store, given);
    const build = must((await store.listBuilds(user.id))[0]);
    await store.addRun({ id: 'r', buildId: build.id, workspaceId: user.id, kind: 'apply', createdAt: 1, folder: '/r' });
    await store.consumeRun('r', 0);
    const paths = giveState(home, user.id);
    fill(join(paths.history, '00000003-1.tfstate'), stateText(user.id, 3));
    writeFileSync(paths.state, '');
    const found = await findAilments(deps(box));
    expect(found).toHaveLength(1);
    await queue(store, await store.getWorkspace(user.id), 'stop');
    await repairAll(found);
    expect(readFileSync(paths.state, 'utf8')).toBe('');
    expect(await findAilments(deps(box))).toEqual([]);
  });

  it('closes what others may use', async () => {
    const box = at();
    const ready = await givenReady(box.store, box.given.preset);
    const paths = giveState(box.home, ready.id);
    const open = [paths.work, paths.state, join(box.home, 'prebuilds.db'), box.home];
    for (const path of open) chmodSync(path, path === paths.state ? 0o644 : 0o755);
    const found = await findAilments(deps(box));
    expect(words(found)).toEqual([expect.stringMatching(/^\+ modes: others may read or write .* and 1 more$/)]);
    await repairAll(found);
    expect(open.map((path) => statSync(path).mode & 0o077)).toEqual([0, 0, 0, 0]);
    expect(statSync(paths.state).mode & 0o777).toBe(0o600);
    expect(await findAilments(deps(box))).toEqual([]);
  });

  it('removes certain leftovers, puts aside what no row knows, and touches no folder that knows real objects', async () => {
    const box = at();
    const { home, store, given } = box;
    const gone = await givenReadyCold(store, given, { name: 'gone' });
    await succeed(store, must(await queue(store, gone, 'delete')).build);
    const leftover = giveState(home, gone.id);
    fill(join(home, 'trash', 'half', 'x'), '');
    fill(join(home, 'scratch', 'backup-x', 'owner.json'), '{}');
    const pushed = systemIds.uuid();
    fill(join(home, 'versions', pushed, 'source', 'main.tf'), '');
    fill(join(home, 'versions', `.staging-${pushed}`), JSON.stringify({ bootId: 'other', pid: 1, startTicks: 1 }));
    const version = systemIds.uuid();
    fill(join(home, 'versions', version, 'source', 'main.tf'), '');
    const [empty, full, torn] = [0, 2, 1].map((objects) => giveState(home, systemIds.uuid(), 1, objects));
    writeFileSync(must(torn).state, '{');
    const found = await findAilments(deps(box));
    expect(words(found).toSorted()).toEqual(
      [
        `+ staging: killed pushes left ${pushed}`,
        `+ folders: unfinished removals in trash/: ${join(home, 'trash', 'half')}`,
        `+ folders: folders of deleted workspaces: ${leftover.folder}`,
        `+ folders: working folders of killed commands: ${join(home, 'scratch', 'backup-x')}`,
        `+ folders: version folders that no row knows (a repair puts them into trash/ for a week): ${join(home, 'versions', version)}`,
        `+ folders: folder ${must(empty).folder} belongs to no workspace`,
        `- folders: folder ${must(full).folder} belongs to no workspace and has a state of 2 objects`,
        `- folders: folder ${must(torn).folder} belongs to no workspace and has a state that cannot be read`,
      ].toSorted(),
    );
    await repairAll(found);
    expect(words(await findAilments(deps(box)))).toEqual(words(found).filter((line) => line.startsWith('-')));
    expect([existsSync(must(full).state), existsSync(must(torn).state), existsSync(leftover.folder)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(readdirSync(join(home, 'versions'))).toEqual([]);
    const aside = [version, must(empty).folder.split('/').at(-1) ?? ''].map((id) => `aside-${id}`);
    expect(readdirSync(join(home, 'trash')).sort()).toEqual(aside.sort());
  });

  it('reads runs that nobody read, but not one whose engine still works; drops holds that nobody has', async () => {
    const box = at();
    const { store, given, home } = box;
    const raw = new Database(join(home, 'prebuilds.db'));
    for (const id of ['over', 'alive']) {
      const { workspace, build } = await givenPrebuild(store, given.preset);
      await store.addRun({ id, buildId: build.id, workspaceId: workspace.id, kind: 'plan', folder: `/runs/${id}`, createdAt: 1 });
      await applyBuild(store, build);
      await store.finishBuild(build.id, { state: 'failed', error: 'no', errorClass: 'template' });
      if (id === 'over') raw.prepare(`insert into charge values (?, ?, 'held', 1, null)`).run(workspace.id, workspace.ownerId);
    }
    raw.close();
    const mine = deps(box, { isRunAlive: (folder) => folder === '/runs/alive' });
    const found = await findAilments(mine);
    const alive = '- runs: an engine of a build that has ended still works: /runs/alive';
    expect(words(found)).toEqual([
      alive,
      '+ runs: 1 runs of builds that have ended were never read',
      '+ quota: 1 quota holds belong to no build and no claim',
    ]);
    await repairAll(found);
    expect(words(await findAilments(mine))).toEqual([alive]);
  });

  it('reports a store that is not whole, and suggests a restore', async () => {
    const box = at();
    const raw = new Database(join(box.home, 'prebuilds.db'));
    raw.exec(`pragma foreign_keys = off; update preset set version_id = 'nowhere'`);
    raw.close();
    const [found] = await findAilments(deps(box));
    expect(found).toMatchObject({ level: 'problem', topic: 'store' });
    expect(found?.repair).toBeUndefined();
    expect(found?.remedy).toContain('prebuilds restore');
  });
});
