import { describe, expect, it } from 'vitest';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  DRIVER,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReadyCold,
  givenTemplate,
  kindsOf,
  must,
  newVersion,
  OTHER_DRIVER,
  POOL_ACTOR,
  queue,
  succeed,
  tryReserve,
} from '../support.ts';

export function lifeCases(open: OpenStore): void {
  deleteCases(open);
  stopAndStartCases(open);
  updateCases(open);
  renameCases(open);
  undoneCases(open);
}

function undoneCases(open: OpenStore): void {
  describe('a build that is canceled before anything was applied', () => {
    const at = eachTest(open);
    const interrupted = { state: 'canceled', error: 'interrupted', errorClass: undefined } as const;

    it.each(['stop', 'start', 'delete'] as const)('leaves the workspace of a person as it was: %s', async (transition) => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given, { name: 'mine' });
      const { build } = must(await queue(a, workspace, transition, { reason: 'again' }));
      expect((await a.getWorkspace(workspace.id)).phase).not.toBe('ready');
      await a.moveBuild(build.id, 'queued', 'planning');
      expect(await a.finishBuild(build.id, interrupted)).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready', lastError: undefined });
      expect((await a.listEvents({ limit: 100 })).at(-1)).toMatchObject({
        kind: 'workspace.undone',
        reason: 'interrupted: it is ready as before',
        buildId: build.id,
      });
      // And can be asked for again.
      await succeed(a, must(await queue(a, await a.getWorkspace(workspace.id), 'stop')).build);
      const second = must(await queue(a, await a.getWorkspace(workspace.id), 'delete'));
      await a.finishBuild(second.build.id, interrupted);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'stopped' });
    });

    it('is driven by whom it was queued for, until that one lets go', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given, { name: 'mine' });
      const { build } = must(await queue(a, workspace, 'stop', { driver: DRIVER }));
      expect(build.driver).toEqual(DRIVER);
      expect(await b.takeBuild(build.id, undefined, OTHER_DRIVER)).toBeUndefined();
      expect(await a.takeBuild(build.id, build.driver, DRIVER)).toEqual(build);
      await a.letGo(build.id, DRIVER);
      expect(await b.takeBuild(build.id, undefined, OTHER_DRIVER)).toMatchObject({ driver: OTHER_DRIVER });
    });

    it('that was the first one leaves nothing, and the name is free', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given, { name: 'never' });
      const { build, workspace } = await givenCold(a, given, { name: 'never', claimId: claim.id });
      await a.moveBuild(build.id, 'queued', 'planning');
      expect(await a.finishBuild(build.id, interrupted)).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleted' });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'canceled' });
      await givenCold(a, given, { name: 'never' });
    });

    it('leaves what the pool takes away to the next pass', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { build } = must(await queue(a, await givenReady(a, given.preset), 'delete', { initiator: POOL_ACTOR }));
      await a.finishBuild(build.id, interrupted);
      expect(await a.getWorkspace(build.workspaceId)).toMatchObject({ phase: 'deleting', lastError: 'interrupted' });
    });
  });
}

function deleteCases(open: OpenStore): void {
  describe('deleting (W14 to W18)', () => {
    const at = eachTest(open);

    it('frees the slot at once and the name at the end', async () => {
      const { a, clock, rows } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReady(a, given.preset);
      const queued = must(
        await queue(a, workspace, 'delete', { rowVersion: workspace.rowVersion, requireOwnerId: workspace.ownerId }),
      );
      expect(queued.workspace).toMatchObject({ phase: 'deleting', slot: undefined });
      expect(queued.build).toMatchObject({ transition: 'delete', stage: 'none', state: 'queued', versionId: given.version.id });
      expect((await givenPrebuild(a, given.preset)).workspace.slot).toBe(0);
      expect(rows(`select 1 from name_row where workspace_id = '${workspace.id}'`)).toHaveLength(1);
      await succeed(a, queued.build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleted', deletedAt: clock.now() });
      expect(rows(`select 1 from name_row where workspace_id = '${workspace.id}'`)).toEqual([]);
      expect((await kindsOf(a, workspace.id)).slice(-4)).toEqual([
        'prebuild.deleting',
        'build.started',
        'build.succeeded',
        'prebuild.deleted',
      ]);
      expect((await a.listWorkspaces()).map((one) => one.id)).not.toContain(workspace.id);
      expect(await a.listWorkspaces({ includeDeleted: true, templateId: given.templateId })).toHaveLength(2);
      expect(await queue(a, workspace, 'delete')).toBeUndefined();
    });

    it('loses against a claim, and a claim loses against it', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const seen = await givenReady(a, given.preset);
      const claim = await givenClaim(b, given);
      const { build } = must(await tryReserve(b, clock, given, claim));
      expect(await queue(a, seen, 'delete')).toBeUndefined();
      expect(await queue(a, seen, 'delete', { rowVersion: seen.rowVersion })).toBeUndefined();
      await succeed(b, build);
      expect(await queue(a, seen, 'delete', { requireOwnerId: seen.ownerId })).toBeUndefined();
      expect((await a.getWorkspace(seen.id)).ownerId).toBe(claim.ownerId);
      expect(await queue(a, await a.getWorkspace(seen.id), 'delete')).toBeDefined();
    });

    it('queues one of two deletes', async () => {
      const { a, b } = at();
      const { preset } = await givenTemplate(a);
      const workspace = await givenReady(a, preset);
      const queued = await Promise.all([queue(a, workspace, 'delete'), queue(b, workspace, 'delete')]);
      expect(queued.filter((one) => one !== undefined)).toHaveLength(1);
    });

    it.each(['paused', 'held'])('the pool does not delete what is %s, a person does', async (why) => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReady(a, given.preset);
      if (why === 'paused') await a.setPaused(true, given.actor);
      else await a.setHeld(workspace.id, true, given.actor);
      expect(await queue(a, workspace, 'delete', { initiator: POOL_ACTOR })).toBeUndefined();
      expect(await queue(a, workspace, 'delete', { initiator: given.actor })).toBeDefined();
    });

    it('W15: removes a failed prebuild although the pool is paused', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReady(a, given.preset);
      await a.markFailed(workspace.id, 'lost', 'environment', false);
      await a.setPaused(true, given.actor);
      expect(await queue(a, workspace, 'delete')).toBeDefined();
    });

    it('W18: a failed delete stays, counts its attempts and may be queued again', async () => {
      const { a } = at();
      const { preset } = await givenTemplate(a);
      const workspace = await givenReady(a, preset);
      for (const attempts of [1, 2]) {
        const { build } = must(await queue(a, workspace, 'delete'));
        expect(await queue(a, workspace, 'delete')).toBeUndefined();
        await applyBuild(a, build);
        await a.finishBuild(build.id, { state: 'failed', error: 'in use', errorClass: 'transient', nextTryAt: 777 });
        expect(await a.getWorkspace(workspace.id)).toMatchObject({
          phase: 'deleting',
          attempts,
          nextTryAt: 777,
          lastError: 'in use',
        });
      }
      const { build } = must(await queue(a, workspace, 'delete'));
      await succeed(a, build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleted', nextTryAt: undefined });
    });

    it('leaves behind what cannot be destroyed: name, slot and suspects are done with, and the event says what is left', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given, { name: 'mine' });
      const { build } = must(await queue(a, workspace, 'delete'));
      expect(await a.orphanWorkspace(workspace.id, ['x.y'], given.actor)).toBeUndefined();
      await applyBuild(a, build);
      await a.finishBuild(build.id, {
        state: 'failed',
        error: 'gone',
        errorClass: 'environment',
        suspects: [{ address: 'x.z', type: 'x' }],
      });
      expect(await a.orphanWorkspace(workspace.id, ['x.y'], given.actor)).toMatchObject({ phase: 'deleted', ownerName: 'bob' });
      expect(await a.listSuspects('open')).toEqual([]);
      expect((await kindsOf(a, workspace.id)).slice(-3)).toEqual([
        'workspace.suspects_resolved',
        'workspace.orphaned',
        'workspace.deleted',
      ]);
      expect(await a.orphanWorkspace(workspace.id, [], given.actor)).toBeUndefined();
      expect((await givenCold(a, given, { name: 'mine' })).workspace.name).toBe('mine');

      const prebuild = await givenReady(a, given.preset);
      expect(await a.orphanWorkspace(prebuild.id, [], given.actor)).toMatchObject({ phase: 'deleted', slot: undefined });
    });

    it('does not delete what is queued, being built or stopping', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenCold(a, given);
      expect(await queue(a, workspace, 'delete')).toBeUndefined();
      await succeed(a, build);
      await queue(a, workspace, 'stop');
      expect(await queue(a, workspace, 'delete')).toBeUndefined();
    });

    it('uses the newest inputs that may have made something real (R9)', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      const { version } = await a.importVersion(newVersion(), given.actor);
      const planned = must(await queue(a, workspace, 'start', { versionId: version.id }));
      await a.moveBuild(planned.build.id, 'queued', 'planning');
      await a.finishBuild(planned.build.id, { state: 'failed', error: 'no plan', errorClass: 'template' });
      const applied = must(await queue(a, workspace, 'start', { versionId: version.id, parameters: { cpus: '4' } }));
      await applyBuild(a, applied.build);
      await a.finishBuild(applied.build.id, { state: 'failed', error: 'half', errorClass: 'template' });
      const gone = must(await queue(a, workspace, 'delete'));
      expect(gone.build).toMatchObject({ versionId: version.id, parameters: { cpus: '4' } });
      expect(gone.workspace).toMatchObject({ versionId: given.version.id, parameters: { cpus: '2' } });
    });
  });
}

function stopAndStartCases(open: OpenStore): void {
  describe('stop and start (W19 to W21)', () => {
    const at = eachTest(open);

    it('stops and starts the workspace of a person', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      const stop = must(await queue(a, workspace, 'stop'));
      expect(stop.workspace).toMatchObject({ phase: 'stopping', heldAt: undefined });
      expect(await queue(a, workspace, 'start')).toBeUndefined();
      await succeed(a, stop.build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'stopped' });
      const start = must(await queue(a, workspace, 'start'));
      expect(start.workspace).toMatchObject({ phase: 'provisioning' });
      await succeed(a, start.build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready' });
      expect((await kindsOf(a, workspace.id)).filter((kind) => kind.startsWith('workspace.'))).toEqual([
        'workspace.created',
        'workspace.ready',
        'workspace.stopping',
        'workspace.stopped',
        'workspace.starting',
        'workspace.ready',
      ]);
    });

    it('holds a stopped prebuild, frees its slot, and warms it again after a start', async () => {
      const { a } = at();
      const { preset } = await givenTemplate(a);
      const workspace = await givenReady(a, preset);
      const stop = must(await queue(a, workspace, 'stop'));
      expect(stop.workspace).toMatchObject({ slot: undefined });
      expect(stop.workspace.heldAt).toBeDefined();
      await succeed(a, stop.build);
      const start = must(await queue(a, workspace, 'start'));
      await succeed(a, start.build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'warming' });
      expect(await a.markReady(workspace.id, 'provisioned')).toBe(true);
    });

    it('W20: a stop that fails leaves a failed workspace, which can be started', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      const { build } = must(await queue(a, workspace, 'stop'));
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'failed', error: 'stuck', errorClass: 'transient' });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'failed', lastError: 'stuck' });
      expect(await queue(a, workspace, 'start')).toBeDefined();
    });
  });
}

function updateCases(open: OpenStore): void {
  describe('update (W22)', () => {
    const at = eachTest(open);

    it('changes version, fingerprint and parameters at success only', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      const { version } = await a.importVersion(newVersion({ fingerprint: 'new' }), given.actor);
      const more = { versionId: version.id, parameters: { cpus: '4' } };
      const first = must(await queue(a, workspace, 'start', more));
      expect(first.workspace).toMatchObject({ phase: 'provisioning', versionId: given.version.id, parameters: { cpus: '2' } });
      expect(first.build).toMatchObject({ versionId: version.id, parameters: { cpus: '4' } });
      await applyBuild(a, first.build);
      await a.finishBuild(first.build.id, { state: 'failed', error: 'no', errorClass: 'template' });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({
        phase: 'failed',
        versionId: given.version.id,
        parameters: { cpus: '2' },
      });
      const second = must(await queue(a, workspace, 'start', more));
      await succeed(a, second.build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({
        phase: 'ready',
        versionId: version.id,
        fingerprint: 'new',
        parameters: { cpus: '4' },
        lastError: undefined,
      });
    });

    it('never updates or rebuilds a prebuild', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReady(a, given.preset);
      expect(await queue(a, workspace, 'start')).toBeUndefined();
      const stop = must(await queue(a, workspace, 'stop'));
      await succeed(a, stop.build);
      const { version } = await a.importVersion(newVersion(), given.actor);
      expect(await queue(a, workspace, 'start', { versionId: version.id })).toBeUndefined();
      expect(await queue(a, workspace, 'start', { parameters: { cpus: '4' } })).toBeUndefined();
      expect(await queue(a, workspace, 'start', { workspaceName: 'mine' })).toBeUndefined();
    });

    it('queues no builds that belong to the pool or to a claim', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      expect(await queue(a, workspace, 'start', { stage: 'create' })).toBeUndefined();
      expect(await queue(a, workspace, 'start', { stage: 'claim' })).toBeUndefined();
    });
  });
}

function renameCases(open: OpenStore): void {
  describe('rename (W25)', () => {
    const at = eachTest(open);

    it('holds both names during the build and keeps the new one at success', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given, { name: 'old' });
      const { build, workspace: during } = must(await queue(a, workspace, 'start', { workspaceName: 'new' }));
      expect(during).toMatchObject({ phase: 'ready', name: 'old' });
      expect(build.workspaceName).toBe('new');
      await expect(givenCold(a, given, { name: 'new' })).rejects.toMatchObject({ code: 'name_taken' });
      await expect(givenCold(a, given, { name: 'old' })).rejects.toMatchObject({ code: 'name_taken' });
      await succeed(a, build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ name: 'new', phase: 'ready' });
      expect(await givenCold(a, given, { name: 'old' })).toBeDefined();
      await expect(givenCold(a, given, { name: 'NEW' })).rejects.toMatchObject({ code: 'name_taken' });
      expect(await kindsOf(a, workspace.id)).toContain('workspace.renamed');
    });

    it('frees the new name when it fails, and fails the workspace only after an apply', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given, { name: 'old' });
      const first = must(await queue(a, workspace, 'start', { workspaceName: 'new' }));
      await a.moveBuild(first.build.id, 'queued', 'planning');
      await a.finishBuild(first.build.id, { state: 'canceled', error: 'it would be rebuilt', errorClass: undefined });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ name: 'old', phase: 'ready' });
      const second = must(await queue(a, workspace, 'start', { workspaceName: 'new' }));
      await applyBuild(a, second.build);
      await a.finishBuild(second.build.id, { state: 'failed', error: 'half', errorClass: 'transient' });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ name: 'old', phase: 'failed' });
      expect(await givenCold(a, given, { name: 'new' })).toBeDefined();
    });

    it('refuses a taken name and changes nothing; a change of case alone is fine', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given, { name: 'old' });
      await givenCold(a, given, { name: 'other' });
      await expect(queue(a, workspace, 'start', { workspaceName: 'OTHER' })).rejects.toMatchObject({ code: 'name_taken' });
      expect(await a.liveBuild(workspace.id)).toBeUndefined();
      const { build } = must(await queue(a, workspace, 'start', { workspaceName: 'Old' }));
      await succeed(a, build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ name: 'Old' });
      await expect(givenCold(a, given, { name: 'old' })).rejects.toMatchObject({ code: 'name_taken' });
    });
  });
}
