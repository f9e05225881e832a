import { describe, expect, it } from 'vitest';
import { BUILD_STATES } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  DRIVER,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReserved,
  givenTemplate,
  must,
  OTHER_DRIVER,
  queue,
  succeed,
} from '../support.ts';

export function buildCases(open: OpenStore): void {
  describe('driving a build', () => {
    const at = eachTest(open);

    it('is taken by one of two that saw the same driver', async () => {
      const { a, b } = at();
      const { preset } = await givenTemplate(a);
      const { build } = await givenPrebuild(a, preset);
      const taken = await Promise.all([a.takeBuild(build.id, undefined, DRIVER), b.takeBuild(build.id, undefined, OTHER_DRIVER)]);
      const winner = taken.filter((one) => one !== undefined);
      expect(winner).toHaveLength(1);
      const driver = must(winner[0]).driver;
      expect(await b.takeBuild(build.id, undefined, OTHER_DRIVER)).toBeUndefined();
      expect(await b.takeBuild(build.id, driver, must(driver))).toEqual(winner[0]);
      const other = driver?.pid === DRIVER.pid ? OTHER_DRIVER : DRIVER;
      expect(await b.takeBuild(build.id, driver, other)).toMatchObject({ driver: other });
      expect(await a.takeBuild(build.id, driver, must(driver))).toBeUndefined();
      await succeed(a, build);
      expect(await a.takeBuild(build.id, other, other)).toBeUndefined();
      expect(await a.takeBuild(build.id, other, must(driver))).toBeUndefined();
    });

    it('is let go by its driver alone, with the claim that it is for', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const { claim, build } = await givenReserved(a, clock, given);
      const taken = must(await a.takeBuild(build.id, build.driver, DRIVER));
      await a.recordClaim(claim.id, { driver: DRIVER });
      await b.letGo(build.id, OTHER_DRIVER);
      expect(await a.getBuild(build.id)).toEqual(taken);
      await b.letGo(build.id, DRIVER);
      expect(await a.getBuild(build.id)).toEqual({ ...taken, driver: undefined });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'reserved', driver: undefined });
      expect(await b.takeBuild(build.id, undefined, OTHER_DRIVER)).toMatchObject({ driver: OTHER_DRIVER });
    });

    it('is told to be let go when there is a reason to take it over', async () => {
      const { a } = at();
      const { preset } = await givenTemplate(a);
      const { build } = await givenPrebuild(a, preset);
      await a.takeBuild(build.id, undefined, DRIVER);
      const before = await a.changeMark();
      await a.letGo(build.id, OTHER_DRIVER, 'interrupted');
      expect(await a.changeMark()).toBe(before);
      await a.letGo(build.id, DRIVER, 'interrupted');
      expect(await a.changeMark()).not.toBe(before);
      expect((await a.listEvents({ limit: 100 })).at(-1)).toMatchObject({
        kind: 'build.left',
        buildId: build.id,
        reason: 'interrupted',
      });
    });

    it("stays what it was when it has ended, or its claim is another process's", async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, build } = await givenReserved(a, clock, given);
      await a.takeBuild(build.id, build.driver, DRIVER);
      await a.recordClaim(claim.id, { driver: OTHER_DRIVER });
      await a.letGo(build.id, DRIVER);
      expect(await a.getClaim(claim.id)).toMatchObject({ driver: OTHER_DRIVER });
      const other = await givenPrebuild(a, given.preset);
      await a.takeBuild(other.build.id, undefined, DRIVER);
      await succeed(a, other.build);
      const ended = await a.getBuild(other.build.id);
      await a.letGo(other.build.id, DRIVER);
      expect(await a.getBuild(other.build.id)).toEqual(ended);
    });

    it('moves only from where it is and only along the table', async () => {
      const { a } = at();
      const { preset } = await givenTemplate(a);
      const { build } = await givenPrebuild(a, preset);
      expect(await a.moveBuild(build.id, 'planning', 'planned')).toBe(false);
      expect(await a.moveBuild(build.id, 'queued', 'applying')).toBe(false);
      expect(await a.moveBuild(build.id, 'queued', 'canceled')).toBe(false);
      expect(await a.finishBuild(build.id, { state: 'succeeded' })).toBe(false);
      expect(await a.finishBuild(build.id, { state: 'failed', error: 'x', errorClass: undefined })).toBe(false);
      await applyBuild(a, build);
      expect(await a.finishBuild(build.id, { state: 'canceled', error: 'x', errorClass: undefined })).toBe(false);
      expect(await a.finishBuild(build.id, { state: 'succeeded' })).toBe(true);
      for (const state of BUILD_STATES) expect(await a.moveBuild(build.id, 'succeeded', state)).toBe(false);
      expect(await a.finishBuild(build.id, { state: 'failed', error: 'x', errorClass: undefined })).toBe(false);
    });

    it('keeps changes, times, attempts and recoveries, and is told once however often it is planned', async () => {
      const { a, clock } = at();
      const { preset } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      await a.moveBuild(build.id, 'queued', 'planning');
      const startedAt = clock.now();
      clock.advance(5);
      expect(await a.moveBuild(build.id, 'planning', 'queued', { attempts: 1 })).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'provisioning' });
      await a.moveBuild(build.id, 'queued', 'planning');
      const changes = [{ address: 'a.b', type: 'a', action: 'replace', reason: 'tainted', paths: ['env'] }] as const;
      await a.moveBuild(build.id, 'planning', 'planned', { changes });
      expect(await a.moveBuild(build.id, 'planned', 'queued')).toBe(true);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'succeeded' });
      expect(await a.getBuild(build.id)).toMatchObject({
        startedAt,
        endedAt: clock.now(),
        attempts: 1,
        changes,
        state: 'succeeded',
      });
      const kinds = (await a.listEvents({ workspaceId: workspace.id })).map((event) => event.kind);
      expect(kinds.filter((kind) => kind === 'build.started')).toHaveLength(1);
    });

    it('is listed while live, oldest first, and by number afterwards', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const first = await givenPrebuild(a, given.preset);
      clock.advance(1);
      const second = await givenCold(a, given);
      expect((await a.liveBuilds()).map((one) => one.id)).toEqual([first.build.id, second.build.id]);
      await succeed(a, second.build);
      expect((await a.liveBuilds()).map((one) => one.id)).toEqual([first.build.id]);
      expect(await a.liveBuild(second.workspace.id)).toBeUndefined();
      const stop = must(await queue(a, second.workspace, 'stop'));
      expect(await a.liveBuild(second.workspace.id)).toEqual(stop.build);
      expect((await a.listBuilds(second.workspace.id)).map((one) => one.number)).toEqual([1, 2]);
    });

    it('has at most one open run, and consumes each once', async () => {
      const { a, clock } = at();
      const { preset } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      const run = { buildId: build.id, workspaceId: workspace.id, folder: '/runs/1', createdAt: clock.now() };
      await a.addRun({ ...run, id: 'one', kind: 'plan' });
      await expect(a.addRun({ ...run, id: 'two', kind: 'apply' })).rejects.toMatchObject({ code: 'bug' });
      await a.consumeRun('one', 0);
      await a.consumeRun('one', 9);
      await a.addRun({ ...run, id: 'two', kind: 'apply' });
      await a.consumeRun('two', undefined);
      expect((await a.listRuns(build.id)).map((one) => [one.kind, one.exitCode, one.consumedAt])).toEqual([
        ['plan', 0, clock.now()],
        ['apply', undefined, clock.now()],
      ]);
    });
  });

  describe('job slots', () => {
    const at = eachTest(open);
    const lanes = (pool: number, people = 0, deletes = 0) => ({ pool, people, delete: deletes });

    it('holds the limit over all processes and frees a slot with the end of its build', async () => {
      const { a, b } = at();
      const { preset } = await givenTemplate(a);
      const [one, two, three] = [await givenPrebuild(a, preset), await givenPrebuild(a, preset), await givenPrebuild(a, preset)];
      expect(await a.takeSlot(one.build.id, lanes(2))).toBe(true);
      expect(await a.takeSlot(one.build.id, lanes(2))).toBe(true);
      const raced = await Promise.all([a.takeSlot(two.build.id, lanes(2)), b.takeSlot(three.build.id, lanes(2))]);
      expect(raced.filter(Boolean)).toHaveLength(1);
      expect(await a.takeSlot(two.build.id, lanes(3))).toBe(true);
      expect(await a.takeSlot(three.build.id, lanes(3))).toBe(true);
      await succeed(a, one.build);
      expect(await a.takeSlot(one.build.id, lanes(9))).toBe(false);
      const four = await givenPrebuild(a, preset);
      expect(await b.takeSlot(four.build.id, lanes(3))).toBe(true);
    });
  });

  describe('suspects', () => {
    const at = eachTest(open);

    it('are kept with a failed build and hold back the end of a delete until they are resolved', async () => {
      const { a } = at();
      const { preset } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      await applyBuild(a, build);
      await a.moveBuild(build.id, 'applying', 'verifying');
      await a.finishBuild(build.id, {
        state: 'failed',
        error: 'killed',
        errorClass: 'transient',
        suspects: [{ address: 'aws_instance.main', type: 'aws_instance' }],
      });
      expect(await a.listSuspects('open')).toMatchObject([
        { workspaceId: workspace.id, buildId: build.id, address: 'aws_instance.main', type: 'aws_instance', state: 'open' },
      ]);
      const first = must(await queue(a, workspace, 'delete'));
      await succeed(a, first.build);
      const waiting = await a.getWorkspace(workspace.id);
      expect(waiting.phase).toBe('deleting');
      expect(waiting.lastError).toContain('aws_instance.main');
      await a.resolveSuspects(workspace.id, 'absent');
      const second = must(await queue(a, workspace, 'delete'));
      await succeed(a, second.build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleted' });
      expect((await a.listSuspects()).map((one) => one.state)).toEqual(['absent']);
      expect(await a.listSuspects('open')).toEqual([]);
    });
  });

  describe('suspects of a run that is judged', () => {
    const at = eachTest(open);
    const MAIN = { address: 'aws_instance.main', type: 'aws_instance' };
    const DISK = { address: 'aws_ebs_volume.disk', type: 'aws_ebs_volume' };

    it('stay listed when the recovery succeeds, and the workspace is used as any other', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenReserved(a, clock, given);
      await applyBuild(a, build);
      expect(await a.moveBuild(build.id, 'applying', 'verifying', { suspects: [MAIN] })).toBe(true);
      expect(await a.listSuspects('open')).toMatchObject([{ ...MAIN, workspaceId: workspace.id, buildId: build.id }]);
      await a.moveBuild(build.id, 'verifying', 'applying', { recoveries: 1 });
      expect(await a.finishBuild(build.id, { state: 'succeeded' })).toBe(true);
      expect(await a.listSuspects('open')).toMatchObject([MAIN]);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready', ownerName: 'bob' });
    });

    it('are kept only by who moves the build', async () => {
      const { a, b } = at();
      const { preset } = await givenTemplate(a);
      const { build } = await givenPrebuild(a, preset);
      await applyBuild(a, build);
      const moved = await Promise.all(
        [a, b].map((store) => store.moveBuild(build.id, 'applying', 'verifying', { suspects: [MAIN] })),
      );
      expect(moved.sort()).toEqual([false, true]);
      expect(await b.listSuspects()).toHaveLength(1);
    });

    it('are one for each address, as old as the newest run that may have left it', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { build } = await givenReserved(a, clock, given);
      await applyBuild(a, build);
      await a.moveBuild(build.id, 'applying', 'verifying', { suspects: [MAIN] });
      await a.moveBuild(build.id, 'verifying', 'applying', { recoveries: 1 });
      const [first] = await a.listSuspects();
      clock.advance(60_000);
      await a.moveBuild(build.id, 'applying', 'verifying', { suspects: [DISK, MAIN] });
      const later = must(first).at + 60_000;
      expect(await a.listSuspects('open')).toHaveLength(2);
      expect(await a.listSuspects('open')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ ...MAIN, at: later }),
          expect.objectContaining({ ...DISK, at: later }),
        ]),
      );
    });
  });

  describe('events', () => {
    const at = eachTest(open);

    it('are filtered by seq, time, workspace and number', async () => {
      const { a, clock } = at();
      const { preset } = await givenTemplate(a);
      const before = must((await a.listEvents()).at(-1));
      clock.advance(1000);
      const workspace = await givenReady(a, preset);
      await a.recordEvent({ kind: 'clock_jump', reason: 'one hour', data: { ms: 3_600_000 } });
      await a.recordEvent({
        kind: 'workspace.note',
        workspaceId: workspace.id,
        actor: { id: 'x', username: 'ann' },
        reason: 'seen',
      });
      const all = await a.listEvents({ after: before.seq });
      expect(all.at(-2)).toMatchObject({ kind: 'clock_jump', actor: undefined, data: { ms: 3_600_000 }, workspaceId: undefined });
      expect(all.at(-1)).toMatchObject({ kind: 'workspace.note', actor: 'ann', workspaceName: workspace.name });
      expect(await a.listEvents({ sinceAt: clock.now() })).toEqual(all);
      expect(await a.listEvents({ after: before.seq, limit: 1 })).toEqual(all.slice(0, 1));
      expect(await a.listEvents({ workspaceId: workspace.id })).toEqual(
        all.filter((event) => event.workspaceId === workspace.id),
      );
    });
  });
}
