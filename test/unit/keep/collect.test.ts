import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collect, collectHourly } from '../../../src/keep/collect.ts';
import { makeScratch } from '../../../src/keep/folders.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { workspacePaths } from '../../../src/kit/paths.ts';
import { givenReady, givenReadyCold, must, queue, succeed } from '../../contract/support.ts';
import { eachHome, fill, giveState } from './support.ts';

const DAY = 86_400_000;
const really = { dryRun: false, batches: Infinity };

describe('collecting what is over', () => {
  const at = eachHome();

  it('removes folders of retired versions, and keeps what a live workspace refers to', async () => {
    const { deps, home, store, given, push } = at();
    const used = await push();
    const user = await givenReadyCold(store, { ...given, version: await store.getVersion(used.id) });
    const unused = await push();
    await push();
    const keep = { ...deps, retention: { ...deps.retention, versions: 0 } };
    const dry = await collect(keep, { ...really, dryRun: true });
    expect(dry.versions.map(({ version }) => version)).toEqual([1, 3]);
    expect(existsSync(unused.folder)).toBe(true);
    expect((await store.getVersion(unused.id)).state).toBe('inactive');
    expect((await collect(keep, really)).versions).toEqual(dry.versions);
    expect([existsSync(unused.folder), existsSync(used.folder)]).toEqual([false, true]);
    expect((await store.getWorkspace(user.id)).versionId).toBe(used.id);
    expect(readdirSync(join(home, 'trash'))).toEqual([]);
    expect(await collect(keep, really)).toMatchObject({ versions: [], folders: 0 });
  });

  it('removes the folder of a deleted workspace and other certain leftovers, but nothing that no row knows', async () => {
    const { deps, home, store, given, clock } = at();
    const gone = await givenReadyCold(store, given, { name: 'gone' });
    const live = await givenReady(store, given.preset);
    await succeed(store, must(await queue(store, gone, 'delete')).build);
    for (const id of [gone.id, live.id]) giveState(home, id);
    const orphan = giveState(home, systemIds.uuid());
    const orphanVersion = join(home, 'versions', systemIds.uuid());
    const pushing = join(home, 'versions', systemIds.uuid());
    for (const folder of [orphanVersion, pushing]) mkdirSync(folder, { recursive: true });
    fill(join(home, 'versions', `.staging-${pushing.split('/').at(-1) ?? ''}`), '{}');
    fill(join(home, 'trash', gone.id, 'x'), '');
    fill(join(home, 'trash', 'aside-1', 'x'), '');
    fill(join(home, 'trash', 'aside-2', 'x'), '');
    for (const [name, age] of [
      ['aside-1', 8 * DAY],
      ['aside-2', 6 * DAY],
    ] as const) {
      const seconds = (clock.now() - age) / 1000;
      utimesSync(join(home, 'trash', name), seconds, seconds);
    }
    const mine = await makeScratch(home, 'backup-mine');
    fill(join(home, 'scratch', 'backup-dead', 'owner.json'), JSON.stringify({ bootId: 'other', pid: 1, startTicks: 1 }));
    expect(await collect(deps, really)).toMatchObject({ folders: 4 });
    expect(existsSync(workspacePaths(home, gone.id).folder)).toBe(false);
    expect(readdirSync(join(home, 'trash'))).toEqual(['aside-2']);
    expect(readdirSync(join(home, 'scratch'))).toEqual(['backup-mine']);
    for (const path of [orphan.state, orphanVersion, pushing, mine, workspacePaths(home, live.id).state]) {
      expect(existsSync(path), path).toBe(true);
    }
  });

  it('keeps the engine logs of the newest builds of each workspace', async () => {
    const { deps, home, store, given } = at();
    const user = await givenReadyCold(store, given);
    for (const transition of ['stop', 'start'] as const) {
      await succeed(store, must(await queue(store, await store.getWorkspace(user.id), transition)).build);
    }
    const { runs } = workspacePaths(home, user.id);
    for (const name of ['1-plan-a', '1-apply-b', '2-apply-c', '3-apply-d', 'session-x']) fill(join(runs, name, 'stdout'), '');
    const keep = { ...deps, retention: { ...deps.retention, runs: 2 } };
    expect((await collect(keep, { ...really, dryRun: true })).runs).toBe(2);
    expect((await collect(keep, really)).runs).toBe(2);
    expect(readdirSync(runs).sort()).toEqual(['2-apply-c', '3-apply-d', 'session-x']);
  });

  it('forgets old rows in bounded batches, at most once an hour, and tells it', async () => {
    const { deps, store, given, clock } = at();
    const gone = await givenReadyCold(store, given);
    await succeed(store, must(await queue(store, gone, 'delete')).build);
    clock.advance(89 * DAY);
    const hourly = { ...deps, logger: silentLogger };
    await collectHourly(hourly);
    expect((await store.getWorkspace(gone.id)).phase).toBe('deleted');
    clock.advance(2 * DAY);
    expect((await collect(deps, { ...really, dryRun: true })).rows).toEqual({
      claims: 0,
      workspaces: 1,
      events: 0,
      notifications: 0,
      samples: 0,
    });
    await collectHourly(hourly);
    await expect(store.getWorkspace(gone.id)).rejects.toMatchObject({ code: 'not_found' });
    const told = (await store.listEvents()).filter(({ kind }) => kind === 'store.cleaned');
    expect(told.map(({ data }) => data)).toEqual([
      { versions: 0, claims: 0, workspaces: 1, events: 0, notifications: 0, samples: 0, runs: 0, folders: 0 },
    ]);
    clock.advance(180 * DAY + 1);
    await store.takeCleanUp(1);
    await collectHourly(hourly);
    expect(await store.listEvents()).toEqual(expect.arrayContaining([expect.objectContaining({ at: must(told[0]).at })]));
    clock.advance(3_600_000);
    await collectHourly(hourly);
    const left = await store.listEvents();
    expect(left.map(({ kind, at: when }) => [kind, when])).toEqual([['store.cleaned', clock.now()]]);
  });
});
