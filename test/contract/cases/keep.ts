import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReadyCold,
  givenReserved,
  givenTemplate,
  must,
  newVersion,
  queue,
  succeed,
  type Given,
} from '../support.ts';

const DAY = 86_400_000;

/** Deletes a workspace to its end. */
async function deleted(store: Store, workspace: Awaited<ReturnType<Store['getWorkspace']>>): Promise<void> {
  const made = must(await queue(store, await store.getWorkspace(workspace.id), 'delete'), 'a delete');
  await succeed(store, made.build);
  expect((await store.getWorkspace(workspace.id)).phase).toBe('deleted');
}

const push = async (store: Store, given: Given) => (await store.importVersion(newVersion(), given.actor)).version;
const numbers = (versions: readonly { readonly number: number }[]) => versions.map(({ number }) => number);

export function keepCases(open: OpenStore): void {
  describe('keeping', () => {
    const at = eachTest(open);

    it('gives the right to clean up once per interval, whoever asks', async () => {
      const { a, b, clock } = at();
      expect(await a.takeCleanUp(1000)).toBe(true);
      expect(await b.takeCleanUp(1000)).toBe(false);
      clock.advance(1000);
      expect(await b.takeCleanUp(1000)).toBe(true);
      expect(await a.takeCleanUp(1000)).toBe(false);
      clock.advance(-5000);
      expect(await a.takeCleanUp(1000)).toBe(true);
    });

    it('retires inactive versions beyond the newest that no workspace needs', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a);
      const user = await givenReadyCold(a, given, { name: 'old' });
      const past = await givenReadyCold(a, given, { name: 'past' });
      const second = await push(a, given);
      await push(a, given);
      const unused = await a.importVersion(newVersion({ activate: false }), given.actor);
      await push(a, given);
      expect(numbers(await a.oldVersions(5))).toEqual([]);
      expect(numbers(await a.oldVersions(1))).toEqual([2]);
      expect(numbers(await a.oldVersions(0))).toEqual([2, 3]);
      await deleted(a, past);
      expect(await a.retireVersion(given.version.id, 0)).toBe(false);
      await deleted(a, user);
      expect(numbers(await a.oldVersions(0))).toEqual([1, 2, 3]);

      expect(await b.retireVersion(second.id, 1)).toBe(true);
      expect(await a.retireVersion(second.id, 1)).toBe(false);
      expect((await a.getVersion(second.id)).state).toBe('gone');
      expect(await a.versionVariables(second.id)).toEqual([]);
      expect(await a.versionVariables(given.version.id)).toHaveLength(1);
      await expect(a.promoteVersion(given.templateId, second.id, given.actor)).rejects.toMatchObject({
        code: 'version_not_usable',
      });
      expect((await a.getVersion(unused.version.id)).state).toBe('imported');
      const owners = await a.folderOwners();
      expect(owners.versions.over).toEqual(new Set([second.id]));
      expect(owners.versions.here).toContain(given.version.id);
      expect(owners.workspaces).toEqual({ here: new Set(), over: new Set([user.id, past.id]) });
    });

    it('keeps the version of an update that failed after its apply: a delete would use it', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const user = await givenReadyCold(a, given);
      const second = await push(a, given);
      const update = must(await queue(a, user, 'start', { versionId: second.id }), 'an update');
      await applyBuild(a, update.build);
      await push(a, given);
      expect(numbers(await a.oldVersions(0))).toEqual([]);
      await a.finishBuild(update.build.id, { state: 'failed', error: 'no', errorClass: 'template' });
      expect((await a.getWorkspace(user.id)).versionId).toBe(given.version.id);
      expect(numbers(await a.oldVersions(0))).toEqual([]);
    });

    it('forgets claims and deleted workspaces of a certain age, with what belongs to them, and nothing else', async () => {
      const { a, clock, rows } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'succeeded' });
      const live = await givenReady(a, given.preset);
      expect((await a.getClaim(claim.id)).state).toBe('served');
      clock.advance(1);
      await deleted(a, workspace);
      const end = clock.now();
      clock.advance(DAY);

      expect(await a.countOld('claims', end)).toBe(1);
      // Its claim still names it.
      expect(await a.countOld('workspaces', end + 1)).toBe(0);
      expect(await a.purgeOld('workspaces', end + 1, 10)).toBe(0);
      expect(await a.purgeOld('claims', end, 10)).toBe(1);
      expect(await a.countOld('workspaces', end)).toBe(0);
      expect(await a.purgeOld('workspaces', end + 1, 10)).toBe(1);
      await expect(a.getWorkspace(workspace.id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(a.getClaim(claim.id)).rejects.toMatchObject({ code: 'not_found' });
      expect(await a.getWorkspace(live.id)).toMatchObject({ phase: 'ready' });
      expect(await a.listBuilds(live.id)).toHaveLength(1);
      expect(rows('select count(*) as n from build')).toEqual([{ n: 1 }]);
      expect(await a.integrityProblems()).toEqual([]);
      expect((await a.listEvents({ workspaceId: workspace.id })).length).toBeGreaterThan(3);
    });

    it('forgets no open claim, and no workspace with an open suspect', async () => {
      const { a, clock, exec } = at();
      const given = await givenTemplate(a);
      const { claim, workspace } = await givenReserved(a, clock, given);
      const other = await givenReadyCold(a, given, { name: 'gone' });
      await deleted(a, other);
      const build = must((await a.listBuilds(other.id))[0]);
      exec(`insert into suspect values ('s', '${other.id}', '${build.id}', 'x.y', 'x', 'open', 1)`);
      clock.advance(DAY);
      expect(await a.purgeOld('claims', clock.now(), 10)).toBe(0);
      expect(await a.purgeOld('workspaces', clock.now(), 10)).toBe(0);
      expect((await a.getClaim(claim.id)).workspaceId).toBe(workspace.id);
      await a.resolveSuspects(other.id, 'absent');
      expect(await a.purgeOld('workspaces', clock.now(), 10)).toBe(1);
      expect(await a.listSuspects()).toEqual([]);
    });

    it('forgets events and delivered notifications, oldest first, a limited number at a time', async () => {
      const { a, clock, exec, rows } = at();
      for (const kind of ['one', 'two', 'three']) {
        await a.recordEvent({ kind, reason: 'test' });
        clock.advance(10);
      }
      expect(await a.countOld('events', clock.now())).toBe(3);
      expect(await a.purgeOld('events', clock.now(), 2)).toBe(2);
      expect((await a.listEvents()).map(({ kind }) => kind)).toEqual(['three']);
      for (const [id, done] of [
        ['done', '5'],
        ['late', '50'],
        ['open', 'null'],
      ] as const) {
        exec(`insert into outbox (id, event_seq, hook, target, payload, attempts, next_try_at, done_at, created_at)
          values ('${id}', 1, 'on_claim', 0, '{}', 0, 0, ${done}, 0)`);
      }
      expect(await a.purgeOld('notifications', 50, 10)).toBe(1);
      expect(rows('select id from outbox order by id')).toEqual([{ id: 'late' }, { id: 'open' }]);
    });

    it('names workspaces with many builds', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const user = await givenReadyCold(a, given);
      for (const transition of ['stop', 'start', 'stop'] as const) {
        const made = must(await queue(a, await a.getWorkspace(user.id), transition), transition);
        await succeed(a, made.build);
      }
      expect(await a.buildsBeyond(4)).toEqual([]);
      expect(await a.buildsBeyond(3)).toEqual([{ workspaceId: user.id, upTo: 1 }]);
      expect(await a.buildsBeyond(1)).toEqual([{ workspaceId: user.id, upTo: 3 }]);
      await deleted(a, user);
      expect(await a.buildsBeyond(1)).toEqual([]);
    });

    it('finds runs that nobody read, and holds that nobody has', async () => {
      const { a, clock, exec } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenCold(a, given);
      const run = {
        id: 'r',
        buildId: build.id,
        workspaceId: workspace.id,
        kind: 'plan',
        folder: '/runs/r',
        createdAt: 1,
      } as const;
      await a.addRun(run);
      expect(await a.forgottenRuns()).toEqual([]);
      expect(await a.staleHolds()).toEqual([]);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'failed', error: 'no', errorClass: 'template' });
      exec(`insert into charge values ('${workspace.id}', '${workspace.ownerId}', 'held', 3, null)`);
      expect(await a.forgottenRuns()).toEqual([{ id: 'r', folder: '/runs/r', workspaceId: workspace.id }]);
      expect(await a.staleHolds()).toEqual([{ workspaceId: workspace.id, ownerId: workspace.ownerId }]);
      const reserved = await givenReserved(a, clock, given, { name: 'other', owner: 'eve' });
      exec(
        `insert into charge values ('${reserved.workspace.id}', '${reserved.claim.ownerId}', 'held', 3, '${reserved.claim.id}')`,
      );
      exec(`insert into charge values ('${reserved.workspace.id}', '${workspace.ownerId}', 'charged', 3, null)`);
      expect(await a.dropStaleHolds()).toBe(1);
      await a.consumeRun('r', undefined);
      expect([await a.staleHolds(), await a.forgottenRuns()]).toEqual([[], []]);
    });

    it('marks each workspace by its row and its live build', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, given.preset);
      const other = await givenReady(a, given.preset);
      const marks = await a.workspaceMarks();
      expect([...marks.keys()].sort()).toEqual([workspace.id, other.id].sort());
      expect([marks.get(workspace.id)?.busy, marks.get(other.id)?.busy]).toEqual([true, false]);
      await succeed(a, build);
      const later = await a.workspaceMarks();
      expect(later.get(other.id)).toEqual(marks.get(other.id));
      expect(later.get(workspace.id)?.mark).not.toBe(marks.get(workspace.id)?.mark);
      expect(later.get(workspace.id)?.busy).toBe(false);
    });

    it('has one id for ever, and copies itself while another process writes', async () => {
      const { a, b, exec } = at();
      const { storeId, schema } = await a.identity();
      expect(await b.identity()).toEqual({ storeId, schema });
      const given = await givenTemplate(a);
      const folder = mkdtempSync(join(tmpdir(), 'prebuilds-copy-'));
      const path = join(folder, 'copy.db');
      try {
        exec('begin immediate');
        exec(`update template set name = 'renamed' where id = '${given.templateId}'`);
        await b.copyTo(path);
        exec('commit');
        expect(statSync(path).mode & 0o777).toBe(0o600);
        const copy = new Database(path, { readonly: true });
        expect(copy.prepare('select name from template').pluck().all()).toEqual(['docker']);
        expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
        copy.close();
        await expect(b.copyTo(path)).rejects.toMatchObject({ exitCode: 4 });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('says which rows refer to nothing', async () => {
      const { a, exec } = at();
      const given = await givenTemplate(a);
      expect(await a.integrityProblems()).toEqual([]);
      exec(`pragma foreign_keys = off; update preset set version_id = 'nowhere' where id = '${given.preset.id}'`);
      expect(await a.integrityProblems()).toEqual([expect.stringMatching(/of preset refers to a row of version/)]);
    });

    it('names what every workspace belongs to, and how claims ended', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, build, workspace } = await givenReserved(a, clock, given);
      const gone = await givenReadyCold(a, given, { name: 'gone' });
      await deleted(a, gone);
      const claiming = await a.getWorkspace(workspace.id);
      const names = { organization: 'default', template: 'docker', version: 1, preset: 'small' };
      expect(await a.namedWorkspaces()).toEqual([{ workspace: claiming, ...names }]);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'succeeded' });
      const claimed = await a.getWorkspace(workspace.id);
      expect(claimed.ownerName).not.toBe(claiming.ownerName);
      expect(await a.namedWorkspaces()).toEqual([{ workspace: claimed, ...names }]);
      expect(await a.namedWorkspaces({ owner: claimed.ownerName })).toEqual([{ workspace: claimed, ...names }]);
      const { createdAt, endedAt } = await a.getClaim(claim.id);
      expect(await a.claimTimes(createdAt)).toEqual([
        {
          templateId: given.templateId,
          presetName: 'small',
          state: 'served',
          servedAs: 'warm',
          missed: false,
          createdAt,
          endedAt,
        },
      ]);
      expect(await a.claimTimes(createdAt + 1)).toEqual([]);
    });
  });
}
