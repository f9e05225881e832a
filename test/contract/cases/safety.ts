import { describe, expect, it } from 'vitest';
import type { PlannedChange } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  ACCESS_URL,
  counterOf,
  givenClaim,
  givenPrebuild,
  givenReady,
  givenReadyCold,
  givenReserved,
  givenTemplate,
  kindsOf,
  must,
  newVersion,
  queue,
  succeed,
  tryReserve,
} from '../support.ts';

const REPLACED: PlannedChange = {
  address: 'docker_container.main',
  type: 'docker_container',
  action: 'replace',
  paths: ['name'],
};
const AGENT: PlannedChange = { address: 'coder_agent.main', type: 'coder_agent', action: 'replace' };

export function safetyCases(open: OpenStore): void {
  refusedCases(open);
  rehearsalCases(open);
  healthCases(open);
  expiryCases(open);
}

function refusedCases(open: OpenStore): void {
  describe('a claim that the guard refuses (W10)', () => {
    const at = eachTest(open);

    it('leaves its prebuild unsafe with the paths, and out of claims that refuse such stock', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.moveBuild(build.id, 'planning', 'planned', { changes: [REPLACED, AGENT] });
      expect(await a.releaseClaim(claim.id, 'it would be rebuilt', { refused: true })).toBe(true);
      expect(await b.getWorkspace(workspace.id)).toMatchObject({
        phase: 'ready',
        claimSafety: 'unsafe',
        unsafeChanges: [REPLACED],
        rehearsedAt: clock.now(),
      });
      expect(await b.claimTries(claim.id)).toMatchObject([
        { claimId: claim.id, outcome: 'refused', workspaceName: workspace.name },
      ]);
      expect(await b.triesOn(workspace.id)).toHaveLength(1);
      expect(await kindsOf(a, workspace.id)).toContain('prebuild.unsafe');
      const asked = {
        claimId: claim.id,
        presetId: given.preset.id,
        now: clock.now(),
        except: [],
        accessUrl: ACCESS_URL,
        rolling: false,
        driver: must(claim.driver),
      };
      expect(await a.reservePrebuild({ ...asked, refuseUnsafe: true })).toBeUndefined();
      expect(await a.reservePrebuild({ ...asked, refuseUnsafe: false })).toBeDefined();
    });

    it('says nothing about the prebuild when the claim asked for other parameters', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given, { parameters: { cpus: '2', mood: 'wild' } });
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.moveBuild(build.id, 'planning', 'planned', { changes: [REPLACED] });
      await a.releaseClaim(claim.id, 'it would be rebuilt', { refused: true });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ claimSafety: 'unknown', unsafeChanges: [] });
    });
  });
}

function rehearsalCases(open: OpenStore): void {
  describe('rehearsals', () => {
    const at = eachTest(open);
    const run = (id: string, workspaceId: string, createdAt: number) => ({ id, workspaceId, folder: `/runs/${id}`, createdAt });

    it('are runs without a build, one per prebuild, and keep their verdict', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const { id } = await givenReady(a, given.preset);
      expect(await a.beginRehearsal(run('r1', id, clock.now()), 2)).toBe(true);
      expect(await b.beginRehearsal(run('r2', id, clock.now()), 2)).toBe(false);
      expect(await b.openRehearsals()).toMatchObject([{ id: 'r1', buildId: undefined, kind: 'rehearse', workspaceId: id }]);
      expect(await a.endRehearsal('r1', 0, { safety: 'unsafe', changes: [REPLACED] })).toBe(true);
      expect(await a.endRehearsal('r1', 0, { safety: 'safe' })).toBe(false);
      expect(await a.openRehearsals()).toEqual([]);
      expect(await b.getWorkspace(id)).toMatchObject({
        claimSafety: 'unsafe',
        unsafeChanges: [REPLACED],
        rehearsedAt: clock.now(),
      });
      expect((await a.listEvents({ workspaceId: id })).at(-1)).toMatchObject({
        kind: 'prebuild.rehearsed',
        reason: 'docker_container.main is replaced because of name',
      });
      expect(await a.beginRehearsal(run('r3', id, clock.now()), 2)).toBe(false);
    });

    it('take only job slots that no build has or wants', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const [one, two] = [await givenReady(a, given.preset), await givenReady(a, given.preset)];
      const { workspace, build } = await givenPrebuild(a, given.preset);
      expect(await a.beginRehearsal(run('r1', one.id, clock.now()), 1)).toBe(false);
      expect(await a.beginRehearsal(run('r1', one.id, clock.now()), 2)).toBe(true);
      expect(await a.beginRehearsal(run('r2', two.id, clock.now()), 2)).toBe(false);
      await succeed(a, build);
      expect(await a.beginRehearsal(run('r3', workspace.id, clock.now()), 2)).toBe(false);
      expect(await a.beginRehearsal(run('r2', two.id, clock.now()), 2)).toBe(true);
    });

    it('that were interrupted, or whose prebuild was reserved, say nothing; a failed one is remembered', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { id } = await givenReady(a, given.preset);
      await a.beginRehearsal(run('r1', id, clock.now()), 2);
      expect(await a.endRehearsal('r1', undefined, undefined)).toBe(true);
      expect(await a.getWorkspace(id)).toMatchObject({ claimSafety: 'unknown', rehearsedAt: undefined });
      await a.beginRehearsal(run('r2', id, clock.now()), 2);
      await a.endRehearsal('r2', 1, { safety: 'unknown', reason: 'no such image' });
      expect(await a.getWorkspace(id)).toMatchObject({ claimSafety: 'unknown', rehearsedAt: clock.now() });
      await a.beginRehearsal(run('r3', id, clock.now()), 2);
      await tryReserve(a, clock, given, await givenClaim(a, given));
      await a.endRehearsal('r3', 0, { safety: 'safe' });
      expect(await a.getWorkspace(id)).toMatchObject({ phase: 'claiming', claimSafety: 'unknown' });
    });
  });
}

function healthCases(open: OpenStore): void {
  describe('health (W23)', () => {
    const at = eachTest(open);

    it('a dead ready prebuild fails without a counted failure, and is counted as lost', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { id } = await givenReady(a, given.preset);
      expect(await a.markFailed(id, 'no answer', 'environment', false)).toBe(true);
      expect(await a.getWorkspace(id)).toMatchObject({ phase: 'failed', slot: undefined, lastError: 'no answer' });
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({ failures: 0, breaker: 'closed' });
      expect(await counterOf(a, 'lost_total', { template_name: 'docker' })).toBe(1);
    });

    it('holds pools as class environment with one event, and leaves an open breaker open', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small' }, { name: 'large' }] });
      await a.setPoolBreaker(given.templateId, 'large', { breaker: 'open', nextTryAt: undefined }, 'limit');
      const pools = ['small', 'large'].map((presetName) => ({ templateId: given.templateId, presetName }));
      await a.holdPools(pools, { untilAt: clock.now() + 1000, reason: '4 do not answer', workspaceIds: ['w1'] });
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({
        breaker: 'holding',
        nextTryAt: clock.now() + 1000,
        errorClass: 'environment',
        failures: 0,
        lastError: '4 do not answer',
      });
      expect(await a.getPool(given.templateId, 'large')).toMatchObject({ breaker: 'open' });
      expect((await a.listEvents()).filter(({ kind }) => kind === 'health.mass_failure')).toHaveLength(1);
    });
  });
}

function expiryCases(open: OpenStore): void {
  describe('the end of claimed workspaces (W16)', () => {
    const at = eachTest(open);

    it('is listed when it comes, warned about once, and put off by extend', async () => {
      const { a, b, clock, exec } = at();
      const given = await givenTemplate(a);
      const dev = await givenReadyCold(a, given);
      await givenReadyCold(a, given, { name: 'endless' });
      const end = clock.now() + 1000;
      expect(await a.extendWorkspace(dev.id, end, given.actor)).toBe(false);
      exec(`update workspace set expires_at = ${String(end)} where id = '${dev.id}'`);
      expect(await a.expiringWorkspaces(end - 1)).toEqual([]);
      expect(await a.expiringWorkspaces(end)).toMatchObject([{ id: dev.id, expiresAt: end }]);
      expect(await a.warnExpiry(dev.id, end)).toBe(true);
      expect(await b.warnExpiry(dev.id, end)).toBe(false);
      expect(await b.extendWorkspace(dev.id, end + 1000, given.actor)).toBe(true);
      expect(await a.getWorkspace(dev.id)).toMatchObject({ expiresAt: end + 1000, expiryWarnedAt: undefined });
      expect(await a.warnExpiry(dev.id, end)).toBe(false);
      expect((await kindsOf(a, dev.id)).slice(-2)).toEqual(['workspace.expiring', 'workspace.extended']);
      await queue(a, await a.getWorkspace(dev.id), 'delete');
      expect(await a.extendWorkspace(dev.id, end + 2000, given.actor)).toBe(false);
    });
  });

  describe('ephemeral parameters (spec 4.6)', () => {
    const at = eachTest(open);

    it('are for one build only: the next stop or start has the default again, the delete what was applied', async () => {
      const { a, exec } = at();
      const given = await givenTemplate(a);
      exec(
        `insert into parameter (version_id, name, position, display_name, description, type, mutable, ephemeral, default_value, options, validations) values ('${given.version.id}', 'debug', 9, '', '', 'string', 1, 1, 'off', '[]', '[]')`,
      );
      const dev = await givenReadyCold(a, given);
      const on = must(await queue(a, dev, 'start', { parameters: { cpus: '2', debug: 'on' } }), 'an update');
      expect(on.build.parameters).toEqual({ cpus: '2', debug: 'on' });
      await succeed(a, on.build);
      const stop = must(await queue(a, await a.getWorkspace(dev.id), 'stop'), 'a stop');
      expect(stop.build.parameters).toEqual({ cpus: '2', debug: 'off' });
      await succeed(a, stop.build);
      const remove = must(await queue(a, await a.getWorkspace(dev.id), 'delete'), 'a delete');
      expect(remove.build.parameters).toEqual({ cpus: '2', debug: 'on' });
    });

    it('also where only some presets have them', async () => {
      const { a } = at();
      const input = newVersion({ name: 'other', presets: [{ name: 'keys' }] });
      const once = { ...must(input.parameters[0]), name: 'once', ephemeral: true, defaultValue: undefined };
      const conditional = { targets: [], leading: [], values: {}, presets: { keys: [...input.parameters, once] } };
      const actor = await a.ensurePerson({ username: 'ann' });
      const { template, version } = await a.importVersion(
        { ...input, version: { ...input.version, facts: { ...input.version.facts, conditional } } },
        actor,
      );
      const presets = await a.versionPresets(version.id);
      const given = { templateId: template.id, templateName: 'other', version, preset: must(presets[0]), presets, actor };
      const dev = await givenReadyCold(a, given);
      const on = must(await queue(a, dev, 'start', { parameters: { cpus: '2', once: 'now' } }));
      await succeed(a, on.build);
      expect(must(await queue(a, await a.getWorkspace(dev.id), 'stop')).build.parameters).toEqual({ cpus: '2' });
    });
  });
}
