import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  ACCESS_URL,
  applyBuild,
  counterOf,
  givenClaim,
  givenPrebuild,
  givenReady,
  givenReadyCold,
  givenTemplate,
  kindsOf,
  must,
  newVersion,
  queue,
  succeed,
  tryPrebuild,
  tryReserve,
} from '../support.ts';

const POLICY = {
  failuresLimit: 3,
  failuresKeep: 0,
  failuresKeepForMs: 1,
  maxSize: undefined,
  surge: 0,
  rollout: 'recreate' as const,
  onReplace: 'allow' as const,
  startRate: undefined,
  readyBy: false,
  backoff: { baseMs: 1, factor: 2, capMs: 10 },
  poolJobs: 2,
  accessUrl: ACCESS_URL,
};

export function poolCases(open: OpenStore): void {
  describe('creating prebuilds (W1)', () => {
    const at = eachTest(open);

    it('makes a queued workspace of the system user on the lowest free slot, with event and counter', async () => {
      const { a, b, clock } = at();
      const { version, preset, templateId } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      expect(workspace).toMatchObject({
        ownerId: SYSTEM_USER.id,
        ownerName: 'prebuilds',
        phase: 'queued',
        slot: 0,
        generation: 1,
        fingerprint: version.fingerprint,
        templateId,
        presetId: preset.id,
        parameters: { cpus: '2' },
        createdAt: clock.now(),
        rowVersion: 1,
      });
      expect(build).toMatchObject({
        number: 1,
        transition: 'start',
        stage: 'create',
        state: 'queued',
        beneficiaryId: SYSTEM_USER.id,
        initiatorId: SYSTEM_USER.id,
        versionId: version.id,
        enginePath: '/usr/bin/terraform',
        engineVersion: '1.11.4',
        loader: 1,
        parameters: { cpus: '2' },
        driver: undefined,
      });
      expect((await givenPrebuild(b, preset)).workspace.slot).toBe(1);
      expect(await kindsOf(b, workspace.id)).toEqual(['prebuild.created']);
      const event = must((await b.listEvents({ workspaceId: workspace.id }))[0]);
      expect(event).toMatchObject({
        template: 'docker',
        preset: 'small',
        actor: 'prebuilds',
        reason: 'missing',
        workspaceName: workspace.name,
      });
      expect(await a.counters()).toEqual([
        { name: 'builds_enqueued_total', labels: { build_reason: 'prebuild', transition: 'start' }, value: 2 },
        {
          name: 'created_total',
          labels: { organization_name: 'default', preset_name: 'small', template_name: 'docker' },
          value: 2,
        },
      ]);
    });

    it('gives the last slot to one of two that create at the same time', async () => {
      const { a, b } = at();
      const { preset } = await givenTemplate(a);
      const made = await Promise.all([tryPrebuild(a, preset, 1), tryPrebuild(b, preset, 1)]);
      expect(made.filter((one) => one !== undefined)).toHaveLength(1);
      expect(await a.listWorkspaces()).toHaveLength(1);
      expect(await counterOf(a, 'created_total')).toBe(1);
    });

    it('counts slots per preset and fills the gap that a gone one left', async () => {
      const { a } = at();
      const { presets, actor } = await givenTemplate(a, { presets: [{ name: 'small' }, { name: 'large' }] });
      const [small, large] = [must(presets[0]), must(presets[1])];
      const first = await givenPrebuild(a, small);
      expect((await givenPrebuild(a, small)).workspace.slot).toBe(1);
      expect((await givenPrebuild(a, large)).workspace.slot).toBe(0);
      await a.cancelQueued(first.workspace.id, 'not wanted', actor);
      expect((await givenPrebuild(a, small)).workspace.slot).toBe(0);
      expect(await tryPrebuild(a, small, 2)).toBeUndefined();
    });

    it.each(['paused', 'inactive', 'open breaker'])('makes nothing when %s', async (why) => {
      const { a } = at();
      const { templateId, preset, actor } = await givenTemplate(a);
      if (why === 'paused') await a.setPaused(true, actor);
      if (why === 'inactive') await a.importVersion(newVersion(), actor);
      if (why === 'open breaker')
        await a.setPoolBreaker(templateId, preset.name, { breaker: 'open', nextTryAt: undefined }, 'failed');
      expect(await tryPrebuild(a, preset)).toBeUndefined();
      expect(await counterOf(a, 'created_total')).toBe(0);
      expect(await a.listWorkspaces()).toEqual([]);
    });

    it('goes on after resume, retry and a probing breaker', async () => {
      const { a } = at();
      const { templateId, preset, actor } = await givenTemplate(a);
      await a.setPaused(true, actor);
      await a.setPaused(true, actor);
      expect(await a.isPaused()).toBe(true);
      await a.setPaused(false, actor);
      expect(await a.isPaused()).toBe(false);
      await a.setPoolBreaker(templateId, preset.name, { breaker: 'open', nextTryAt: 5 }, 'failed');
      await a.setPoolBreaker(templateId, preset.name, { breaker: 'open', nextTryAt: 5 }, 'failed');
      await a.retryPool(templateId, preset.name, actor);
      expect(await tryPrebuild(a, preset)).toBeDefined();
      await a.setPoolBreaker(templateId, preset.name, { breaker: 'half_open', nextTryAt: undefined }, 'time over');
      expect(await tryPrebuild(a, preset)).toBeDefined();
      const kinds = (await a.listEvents()).map((event) => event.kind).filter((kind) => /^(pool|reconcile)/.test(kind));
      expect(kinds).toEqual(['reconcile.paused', 'reconcile.resumed', 'pool.limited', 'pool.retried', 'pool.probing']);
    });
  });

  describe('the life of a prebuild', () => {
    const at = eachTest(open);

    it('goes queued, provisioning, warming, ready (W3, W5, W7) and closes the breaker only when ready', async () => {
      const { a, clock } = at();
      const { templateId, preset } = await givenTemplate(a);
      await failOne(at(), preset.id);
      const { workspace, build } = await givenPrebuild(a, preset);
      await a.moveBuild(build.id, 'queued', 'planning');
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'provisioning', slot: 0 });
      await a.moveBuild(build.id, 'planning', 'planned');
      await a.moveBuild(build.id, 'planned', 'applying');
      expect(await a.finishBuild(build.id, { state: 'succeeded' })).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'warming', slot: 0, readyAt: undefined });
      expect(await a.getPool(templateId, preset.name)).toMatchObject({ failures: 1, lastError: 'boom', errorClass: 'template' });
      clock.advance(10);
      expect(await a.markReady(workspace.id, 'provisioned')).toBe(true);
      expect(await a.markReady(workspace.id, 'provisioned')).toBe(false);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready', slot: 0, readyAt: clock.now() });
      expect(await a.getPool(templateId, preset.name)).toMatchObject({ breaker: 'closed', failures: 0, lastError: undefined });
      expect(await kindsOf(a, workspace.id)).toEqual(['prebuild.created', 'build.started', 'build.succeeded', 'prebuild.ready']);
    });

    it.each([
      ['template', 1],
      ['transient', 1],
      ['capacity', 0],
      ['environment', 0],
    ] as const)('W6: a failure of class %s adds %d to the count of the pool', async (errorClass, failures) => {
      const { a } = at();
      const { templateId, preset } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'failed', error: 'boom', errorClass });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'failed', slot: undefined, lastError: 'boom' });
      expect(await a.getBuild(build.id)).toMatchObject({ state: 'failed', error: 'boom', errorClass });
      expect(await a.getPool(templateId, preset.name)).toMatchObject({ failures, lastError: 'boom', errorClass });
      expect(await counterOf(a, 'failed_total', { preset_name: 'small' })).toBe(1);
      expect(await kindsOf(a, workspace.id)).toEqual(['prebuild.created', 'build.started', 'build.failed', 'prebuild.failed']);
    });

    it.each(['planning', 'planned'] as const)(
      'W6: a create canceled while %s fails the workspace without counting',
      async (state) => {
        const { a } = at();
        const { templateId, preset } = await givenTemplate(a);
        const { workspace, build } = await givenPrebuild(a, preset);
        await a.moveBuild(build.id, 'queued', 'planning');
        if (state === 'planned') await a.moveBuild(build.id, 'planning', 'planned');
        await a.finishBuild(build.id, { state: 'canceled', error: 'interrupted', errorClass: undefined });
        expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'failed', slot: undefined });
        expect(await a.getPool(templateId, preset.name)).toMatchObject({ failures: 0 });
        expect(await counterOf(a, 'failed_total')).toBe(0);
      },
    );

    it('W4: cancels only what is still queued, and frees slot and name', async () => {
      const { a, b, rows } = at();
      const { preset, actor } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      const later = await givenPrebuild(a, preset);
      await b.moveBuild(later.build.id, 'queued', 'planning');
      expect(await a.cancelQueued(later.workspace.id, 'not wanted', actor)).toBe(false);
      expect(await a.cancelQueued(workspace.id, 'not wanted', actor)).toBe(true);
      expect(await a.cancelQueued(workspace.id, 'not wanted', actor)).toBe(false);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleted', slot: undefined });
      expect(await a.getBuild(build.id)).toMatchObject({ state: 'canceled' });
      expect(await b.moveBuild(build.id, 'queued', 'planning')).toBe(false);
      expect(rows(`select 1 from name_row where workspace_id = '${workspace.id}'`)).toEqual([]);
      expect(await kindsOf(a, workspace.id)).toEqual(['prebuild.created', 'build.canceled', 'prebuild.canceled']);
    });

    it('W8 counts, W23 does not', async () => {
      const { a } = at();
      const { templateId, preset } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      expect(await a.markFailed(workspace.id, 'too early', 'template', true)).toBe(false);
      await succeed(a, build);
      expect(await a.markFailed(workspace.id, 'start script failed', 'template', true)).toBe(true);
      expect(await a.getPool(templateId, preset.name)).toMatchObject({ failures: 1, lastError: 'start script failed' });
      expect(await counterOf(a, 'failed_total')).toBe(1);
      const lost = await givenReady(a, preset);
      expect(await a.markFailed(lost.id, 'lost', 'environment', false)).toBe(true);
      expect(await a.getWorkspace(lost.id)).toMatchObject({ phase: 'failed', slot: undefined, lastError: 'lost' });
      expect(await a.getPool(templateId, preset.name)).toMatchObject({ failures: 0 });
      expect(await counterOf(a, 'failed_total')).toBe(1);
    });

    it('does not fail the workspace of a person', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      expect(await a.markFailed(workspace.id, 'lost', 'environment', false)).toBe(false);
      expect(await a.setHeld(workspace.id, true, given.actor)).toBe(false);
    });

    it('W24: a held prebuild has no slot, an unheld one gets a free one back', async () => {
      const { a } = at();
      const { preset, actor } = await givenTemplate(a, { presets: [{ name: 'small', instances: 1 }] });
      const first = await givenReady(a, preset);
      expect(await a.setHeld(first.id, true, actor)).toBe(true);
      expect(await a.getWorkspace(first.id)).toMatchObject({ phase: 'ready', slot: undefined });
      const second = await givenReady(a, preset);
      expect(second.slot).toBe(0);
      await a.setHeld(first.id, false, actor);
      expect(await a.getWorkspace(first.id)).toMatchObject({ heldAt: undefined, slot: undefined });
      await a.setHeld(first.id, true, actor);
      await queue(a, second, 'delete');
      await a.setHeld(first.id, false, actor);
      expect(await a.getWorkspace(first.id)).toMatchObject({ heldAt: undefined, slot: 0 });
    });

    it('stock that has no slot takes a free one, and only stock does', async () => {
      const { a } = at();
      const { preset, actor } = await givenTemplate(a, { presets: [{ name: 'small', instances: 1 }] });
      const first = await givenReady(a, preset);
      await a.setHeld(first.id, true, actor);
      expect(await a.regainSlot(first.id)).toBe(false);
      const second = await givenReady(a, preset);
      await a.setHeld(first.id, false, actor);
      expect(await a.regainSlot(first.id)).toBe(false);
      await queue(a, second, 'delete');
      expect(await a.regainSlot(first.id)).toBe(true);
      expect(await a.getWorkspace(first.id)).toMatchObject({ slot: 0, phase: 'ready' });
      expect(await a.regainSlot(first.id)).toBe(false);
    });

    it('remembers the last health check, and how many failed in a row', async () => {
      const { a, clock } = at();
      const { preset } = await givenTemplate(a);
      const workspace = await givenReady(a, preset);
      clock.advance(42);
      expect(await a.recordHealth(workspace.id, false)).toBe(1);
      expect(await a.recordHealth(workspace.id, false)).toBe(2);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({
        healthAt: clock.now(),
        healthFailures: 2,
        rowVersion: workspace.rowVersion,
      });
      expect(await a.recordHealth(workspace.id, true)).toBe(0);
      await queue(a, workspace, 'delete');
      expect(await a.recordHealth(workspace.id, false)).toBeUndefined();
    });
  });

  describe('snapshot', () => {
    const at = eachTest(open);

    it('shows every pool with the stock of all its versions', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a, {
        presets: [{ name: 'small', ttlMs: 60_000 }, { name: 'large' }, { name: 'plain', hasPrebuilds: false, instances: 0 }],
      });
      const old = await givenReady(a, given.preset);
      const next = await a.importVersion(newVersion({ presets: [{ name: 'small' }] }), given.actor);
      const [small] = await a.versionPresets(next.version.id);
      const { workspace: fresh } = await givenPrebuild(a, must(small));
      await givenTemplate(a, { name: 'alpine', presets: [{ name: 'one' }] });
      await givenReadyCold(a, { ...given, version: next.version, preset: must(small) });
      const pools = await b.snapshot((template, preset) => {
        expect(`${template}/${preset}`).toMatch(/^(docker|alpine)\/(small|large|one)$/);
        return POLICY;
      });
      expect(pools.map((pool) => `${pool.templateName}/${pool.pool.presetName}`)).toEqual([
        'alpine/one',
        'docker/large',
        'docker/small',
      ]);
      const pool = must(pools[2]);
      expect(pool).toMatchObject({
        templateActive: true,
        activeVersionId: next.version.id,
        preset: small,
        paused: false,
        policy: POLICY,
      });
      expect(pool.stock.map((item) => [item.workspace.id, item.ttlMs, item.hasLiveBuild, item.buildQueued]).sort()).toEqual(
        [
          [old.id, 60_000, false, false],
          [fresh.id, undefined, true, true],
        ].sort(),
      );
      expect(must(pools[1]).preset).toBeUndefined();
    });

    it('shows each time what is there now, to a process that looked before as to one that did not', async () => {
      const { a, b, clock, exec } = at();
      const given = await givenTemplate(a);
      const [first, second] = [await givenReady(a, given.preset), await givenReady(a, given.preset)];
      const look = async () => must((await b.snapshot(() => POLICY))[0]).stock.map(({ workspace }) => workspace);
      const agrees = async () => {
        const stock = await look();
        expect(stock).toEqual(await Promise.all(stock.map(({ id }) => a.getWorkspace(id))));
        return stock.map(({ id }) => id);
      };
      expect((await agrees()).sort()).toEqual([first.id, second.id].sort());
      // These two are written without a new row version.
      clock.advance(42);
      await a.recordHealth(first.id, false);
      expect((await look()).find(({ id }) => id === first.id)).toMatchObject({ healthAt: clock.now(), healthFailures: 1 });
      exec(`update workspace set daily_cost = 7 where id = '${second.id}'`);
      expect((await look()).find(({ id }) => id === second.id)?.dailyCost).toBe(7);
      const { workspace: third } = await givenPrebuild(a, given.preset);
      await queue(a, first, 'delete');
      expect((await agrees()).sort()).toEqual([first.id, second.id, third.id].sort());
      const claim = await givenClaim(a, given);
      const reserved = must(await tryReserve(a, clock, given, claim), 'a reservation');
      expect(reserved.workspace.id).toBe(second.id);
      expect((await look()).find(({ id }) => id === second.id)?.phase).toBe('claiming');
    });

    it('leaves out deleted templates and says what is paused or deprecated', async () => {
      const { a } = at();
      const gone = await givenTemplate(a, { name: 'gone' });
      await a.markTemplateDeleting(gone.templateId, gone.actor);
      expect(must((await a.snapshot(() => POLICY))[0]).templateActive).toBe(false);
      await a.finishTemplateDelete(gone.templateId, gone.actor);
      const kept = await givenTemplate(a);
      await a.deprecateTemplate(kept.templateId, true, kept.actor);
      await a.setPaused(true, kept.actor);
      const pools = await a.snapshot(() => POLICY);
      expect(pools.map((pool) => [pool.templateName, pool.templateActive, pool.paused])).toEqual([['docker', false, true]]);
    });
  });
}

async function failOne({ a }: { a: ReturnType<ReturnType<typeof eachTest>>['a'] }, presetId: string): Promise<void> {
  const { build } = await givenPrebuild(a, await a.getPreset(presetId));
  await applyBuild(a, build);
  await a.finishBuild(build.id, { state: 'failed', error: 'boom', errorClass: 'template' });
}
