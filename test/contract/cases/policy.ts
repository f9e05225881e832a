import { describe, expect, it } from 'vitest';
import { isEligible } from '../../../src/domain/stock.ts';
import type { PoolPolicy } from '../../../src/domain/snapshot.ts';
import type { Preset } from '../../../src/domain/types.ts';
import type { Store } from '../../../src/store/store.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  ACCESS_URL,
  applyBuild,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReserved,
  givenTemplate,
  kindsOf,
  must,
  newName,
  newVersion,
  OTHER_DRIVER,
  succeed,
  tryPrebuild,
  type Given,
} from '../support.ts';

const MINUTE = 60_000;

const policyOf =
  (more: Partial<PoolPolicy> = {}) =>
  (): PoolPolicy => ({
    failuresLimit: 3,
    failuresKeep: 0,
    failuresKeepForMs: 1,
    maxSize: undefined,
    surge: 0,
    rollout: 'recreate',
    onReplace: 'allow',
    startRate: undefined,
    readyBy: false,
    backoff: { baseMs: 1, factor: 2, capMs: 10 },
    poolJobs: 2,
    accessUrl: ACCESS_URL,
    ...more,
  });

const poolEvents = async (store: Store): Promise<readonly string[]> =>
  (await store.listEvents()).map(({ kind }) => kind).filter((kind) => kind.startsWith('pool.'));

async function fail(store: Store, given: Given, error: string, errorFingerprint?: string, noEvidence = false): Promise<string> {
  const { workspace, build } = await givenPrebuild(store, given.preset);
  await applyBuild(store, build);
  await store.finishBuild(build.id, { state: 'failed', error, errorClass: 'template', errorFingerprint, noEvidence });
  return workspace.id;
}

export function policyCases(open: OpenStore): void {
  describe('max_size and probes (W1)', () => {
    const at = eachTest(open);
    const create = (store: Store, given: Given, more: Partial<Parameters<Store['createPrebuild']>[0]>) =>
      store.createPrebuild({
        presetId: given.preset.id,
        slotLimit: 10,
        name: newName(),
        parameters: given.preset.parameters,
        accessUrl: ACCESS_URL,
        reason: 'missing',
        ...more,
      });

    it('counts claimed, cold, failed and other ones of the pool in the transaction that creates', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small' }, { name: 'large' }] });
      await givenPrebuild(a, must(given.presets[1]));
      await givenCold(a, given);
      await fail(a, given, 'boom');
      await givenReserved(a, clock, given, { name: 'two' });
      expect(await create(a, given, { maxSize: 3 })).toBeUndefined();
      expect(await create(a, given, { maxSize: 4 })).toBeDefined();
    });

    it('an open breaker lets one probe through when it was open long enough, and is half open then', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      await a.setPoolBreaker(given.templateId, 'small', { breaker: 'open', nextTryAt: undefined }, 'failed');
      const openedAt = clock.now();
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({ breaker: 'open', openedAt });
      clock.advance(1000);
      expect(await create(a, given, {})).toBeUndefined();
      expect(await create(a, given, { probeOpenedBefore: openedAt - 1 })).toBeUndefined();
      const probes = await Promise.all([
        create(a, given, { probeOpenedBefore: openedAt, slotLimit: 1 }),
        create(b, given, { probeOpenedBefore: openedAt, slotLimit: 1 }),
      ]);
      expect(probes.filter((one) => one !== undefined)).toHaveLength(1);
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({ breaker: 'half_open' });
      await a.setPoolBreaker(given.templateId, 'small', { breaker: 'open', nextTryAt: undefined }, 'again');
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({ breaker: 'open', openedAt: clock.now() });
      expect(await poolEvents(a)).toEqual(['pool.limited', 'pool.probing', 'pool.limited']);
    });
  });

  describe('counting equal errors', () => {
    const at = eachTest(open);
    const poolOf = async (store: Store, given: Given) => must(await store.getPool(given.templateId, 'small'));

    it('counts template errors with the same fingerprint in a row, and forgets them with everything else', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      await fail(a, given, 'a: one', 'a one');
      expect(await poolOf(a, given)).toMatchObject({ failures: 1, errorFingerprint: 'a one', errorRepeats: 1 });
      await fail(a, given, 'a: one, other detail', 'a one');
      expect(await poolOf(a, given)).toMatchObject({ failures: 2, errorRepeats: 2 });
      await fail(a, given, 'b: two', 'b two');
      expect(await poolOf(a, given)).toMatchObject({ failures: 3, errorFingerprint: 'b two', errorRepeats: 1 });
      const { build } = await givenPrebuild(a, given.preset);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'failed', error: 'full', errorClass: 'capacity', errorFingerprint: 'b two' });
      expect(await poolOf(a, given)).toMatchObject({ failures: 3, errorFingerprint: undefined, errorRepeats: 0 });
      await a.setPoolBreaker(given.templateId, 'small', { breaker: 'open', nextTryAt: undefined }, 'failed');
      await a.retryPool(given.templateId, 'small', given.actor);
      expect(await poolOf(a, given)).toMatchObject({ breaker: 'closed', failures: 0, openedAt: undefined, errorRepeats: 0 });
    });

    it.each(['a new version', 'a prebuild that becomes ready'])('is ended by %s', async (what) => {
      const { a } = at();
      const given = await givenTemplate(a);
      await fail(a, given, 'a: one', 'a one');
      if (what === 'a new version') await a.importVersion(newVersion(), given.actor);
      else await givenReady(a, given.preset);
      expect(await poolOf(a, given)).toMatchObject({ failures: 0, errorFingerprint: undefined, errorRepeats: 0 });
    });

    it('remembers when a prebuild failed, and marks the ones that are no evidence', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const kept = await fail(a, given, 'boom');
      expect(await a.getWorkspace(kept)).toMatchObject({ failedAt: clock.now(), invalidatedAt: undefined });
      const killed = await fail(a, given, 'killed', undefined, true);
      expect(await a.getWorkspace(killed)).toMatchObject({ phase: 'failed', invalidatedAt: clock.now() });
      const { workspace, build } = await givenPrebuild(a, given.preset);
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.finishBuild(build.id, { state: 'canceled', error: 'interrupted', errorClass: undefined });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'failed', invalidatedAt: clock.now() });
    });
  });

  describe('eligible: the query and the rule agree (SM 1)', () => {
    const at = eachTest(open);

    /** Which of the stock the rule allows, and which the query hands out one after the other. */
    async function both(store: Store, given: Given, presetId: string, now: number, more: Partial<PoolPolicy>) {
      const policy = policyOf(more);
      const [pool] = await store.snapshot(policy);
      const snapshot = must(pool);
      const rule = snapshot.stock.filter((item) => isEligible(item, snapshot, now)).map((item) => item.workspace.id);
      const query: string[] = [];
      for (;;) {
        const claim = await givenClaim(store, given, { name: `c${query.length}`, owner: `p${query.length}` });
        const { rollout, onReplace, accessUrl } = policy();
        const how = { rolling: rollout === 'rolling', refuseUnsafe: onReplace === 'refuse' };
        const input = { claimId: claim.id, presetId, now, except: [], accessUrl, ...how };
        const reserved = await store.reservePrebuild({ ...input, driver: OTHER_DRIVER });
        if (reserved === undefined) return { rule: rule.sort(), query: query.sort() };
        query.push(reserved.workspace.id);
      }
    }

    /** A ready prebuild whose agent a server misses. */
    async function givenSilent(store: Store, preset: Preset): Promise<void> {
      const { workspace, build } = await givenPrebuild(store, preset);
      await applyBuild(store, build);
      await store.finishBuild(build.id, { state: 'succeeded', agents: [{ name: 'main', tokenSha256: 'silent' }] });
      const agent = must(await store.findAgent('silent'));
      const said = { life: 'ready', generation: 1, processKey: 'p', seq: 1, results: [] } as const;
      await store.changeAgent(agent, said, 'silent');
      await store.markReady(workspace.id, 'its agents are ready');
      await store.markAgentsLost([agent]);
    }

    it.each([
      ['recreate', {}, 2],
      ['rolling', { rollout: 'rolling' as const }, 3],
      ['another access URL', { accessUrl: 'http://new.example' }, 0],
      ['another access URL, rolling', { accessUrl: 'http://new.example', rollout: 'rolling' as const }, 3],
      ['refusing what a claim would rebuild', { onReplace: 'refuse' as const }, 1],
      ['refusing, rolling', { onReplace: 'refuse' as const, rollout: 'rolling' as const }, 2],
    ])('%s', async (_, policy, expected) => {
      const { a, clock } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small', ttlMs: 10 * MINUTE }] });
      await givenReady(a, given.preset);
      const invalid = await givenReady(a, given.preset);
      const held = await givenReady(a, given.preset);
      await a.invalidatePrebuilds([invalid.id], false, given.actor);
      await a.setHeld(held.id, true, given.actor, 'to look at');
      const { version } = await a.importVersion(newVersion({ presets: [{ name: 'small', ttlMs: 10 * MINUTE }] }), given.actor);
      const preset = must((await a.versionPresets(version.id))[0]);
      await givenReady(a, preset);
      const unsafe = await givenReady(a, preset);
      await a.beginRehearsal({ id: 'r1', workspaceId: unsafe.id, folder: '/runs/r1', createdAt: clock.now() }, 9);
      await a.endRehearsal('r1', 0, { safety: 'unsafe', changes: [] });
      await givenSilent(a, preset);
      const found = await both(a, given, preset.id, clock.now(), policy);
      expect(found.query).toEqual(found.rule);
      expect(found.query).toHaveLength(expected);
    });

    it.each([
      ['other parameters of the preset', { presets: [{ name: 'small', parameters: { cpus: '4' } }] }],
      ['another schema', { parameters: true }],
    ])('rolling does not serve from a version with %s', async (_, change) => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      const next = newVersion('presets' in change ? { presets: change.presets } : {});
      const parameters = 'parameters' in change ? next.parameters.map((one) => ({ ...one, defaultValue: '4' })) : next.parameters;
      const { version } = await a.importVersion({ ...next, parameters }, given.actor);
      const preset = must((await a.versionPresets(version.id))[0]);
      expect(await both(a, given, preset.id, clock.now(), { rollout: 'rolling' })).toEqual({ rule: [], query: [] });
    });

    it('expired ones are never handed out, and marked ones until they are replaced', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small', ttlMs: 10 * MINUTE }] });
      await givenReady(a, given.preset);
      clock.advance(10 * MINUTE + 1);
      const fresh = await givenReady(a, given.preset);
      expect(await a.invalidatePrebuilds([fresh.id], true, given.actor)).toEqual([fresh.id]);
      expect(await both(a, given, given.preset.id, clock.now(), { surge: 1 })).toEqual({ rule: [fresh.id], query: [fresh.id] });
    });

    it('a claim served from an old version is of the preset that was asked for, and says the version', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const old = await givenReady(a, given.preset);
      const { version } = await a.importVersion(newVersion(), given.actor);
      const preset = must((await a.versionPresets(version.id))[0]);
      const claim = await givenClaim(a, given);
      const input = {
        claimId: claim.id,
        presetId: preset.id,
        now: clock.now(),
        except: [],
        rolling: true,
        accessUrl: ACCESS_URL,
      };
      const { build } = must(await a.reservePrebuild({ ...input, driver: OTHER_DRIVER }));
      expect(build).toMatchObject({ workspaceId: old.id, versionId: given.version.id });
      expect(await a.getClaim(claim.id)).toMatchObject({ presetId: preset.id });
      expect((await a.listEvents({ workspaceId: old.id })).at(-1)?.reason).toBe('for dev, of version 1');
    });
  });

  describe('the verbs', () => {
    const at = eachTest(open);

    it('pause and resume one pool, told once', async () => {
      const { a } = at();
      const { templateId, actor, preset } = await givenTemplate(a);
      expect(await a.setPoolPaused(templateId, 'small', true, actor)).toBe(true);
      expect(await a.setPoolPaused(templateId, 'small', true, actor)).toBe(false);
      expect(await tryPrebuild(a, preset)).toBeUndefined();
      expect(must((await a.snapshot(policyOf()))[0]).paused).toBe(true);
      expect(await a.setPoolPaused(templateId, 'small', false, actor)).toBe(true);
      expect(await a.setPoolPaused(templateId, 'small', false, actor)).toBe(false);
      expect(await tryPrebuild(a, preset)).toBeDefined();
      expect(await poolEvents(a)).toEqual(['pool.paused', 'pool.resumed']);
    });

    it('a drained pool makes nothing until it is resumed', async () => {
      const { a } = at();
      const { templateId, actor, preset } = await givenTemplate(a);
      expect(await a.drainPool(templateId, 'small', actor)).toBe(true);
      expect(await a.drainPool(templateId, 'small', actor)).toBe(false);
      expect(await tryPrebuild(a, preset)).toBeUndefined();
      expect(await a.setPoolPaused(templateId, 'small', false, actor)).toBe(true);
      expect(await a.getPool(templateId, 'small')).toMatchObject({ drainingAt: undefined });
      expect(await tryPrebuild(a, preset)).toBeDefined();
      expect(await poolEvents(a)).toEqual(['pool.drained', 'pool.resumed']);
    });

    it('invalidate marks what is the pools, once, also what is being claimed', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { workspace } = await givenReserved(a, clock, given);
      const cold = await givenCold(a, given, { name: 'other' });
      const ids = [workspace.id, cold.workspace.id, 'nobody'];
      expect(await a.invalidatePrebuilds(ids, false, given.actor)).toEqual([workspace.id]);
      expect(await a.invalidatePrebuilds(ids, false, given.actor)).toEqual([]);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'claiming', invalidatedAt: clock.now() });
      expect((await kindsOf(a, workspace.id)).filter((kind) => kind === 'prebuild.invalidated')).toHaveLength(1);
    });

    it('hold keeps who and why', async () => {
      const { a } = at();
      const { preset, actor } = await givenTemplate(a);
      const { id } = await givenReady(a, preset);
      await a.setHeld(id, true, actor, 'slow disk');
      expect(await a.getWorkspace(id)).toMatchObject({ heldBy: 'ann', heldReason: 'slow disk' });
      expect((await a.listEvents({ workspaceId: id })).at(-1)).toMatchObject({ kind: 'prebuild.held', reason: 'slow disk' });
      await a.setHeld(id, false, actor);
      expect(await a.getWorkspace(id)).toMatchObject({ heldAt: undefined, heldBy: undefined, heldReason: undefined });
    });
  });

  describe('the snapshot counts', () => {
    const at = eachTest(open);

    it('people, waiting claims, starts of the last minute and build times', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small' }, { name: 'large' }] });
      const first = await givenPrebuild(a, given.preset);
      clock.advance(40_000);
      await succeed(a, first.build);
      await a.markReady(first.workspace.id, 'provisioned');
      await givenCold(a, given);
      const claim = await givenClaim(a, given, { name: 'waits' });
      await a.moveClaim(claim.id, ['new'], 'waiting');
      clock.advance(30_000);
      const { workspace } = await givenPrebuild(a, given.preset);
      const pools = await a.snapshot(policyOf({ startRate: 1, readyBy: true }));
      const [large, small] = [must(pools[0]), must(pools[1])];
      expect(small).toMatchObject({
        claimed: 1,
        waiting: 1,
        recentStarts: [workspace.createdAt],
        buildTimesMs: [40_000],
        activeFingerprint: given.version.fingerprint,
        activeAgents: true,
      });
      expect(large).toMatchObject({ claimed: 0, waiting: 0, recentStarts: [], buildTimesMs: [] });
      expect(must((await a.snapshot(policyOf()))[1])).toMatchObject({ recentStarts: [], buildTimesMs: [] });
    });
  });

  describe('job lanes (spec 5.4)', () => {
    const at = eachTest(open);
    const lanes = { pool: 1, people: 1, delete: 1 };

    it('people have their reserve and take free pool slots; the pools never take the reserve', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const [one, two] = [await givenPrebuild(a, given.preset), await givenPrebuild(a, given.preset)];
      expect(await a.takeSlot(one.build.id, lanes)).toBe(true);
      expect(await a.takeSlot(two.build.id, lanes)).toBe(false);
      const [x, y] = [await givenCold(a, given, { name: 'x' }), await givenCold(a, given, { name: 'y' })];
      expect(await a.takeSlot(x.build.id, lanes)).toBe(true);
      expect(await a.takeSlot(y.build.id, lanes)).toBe(false);
      await succeed(a, one.build);
      expect(await a.takeSlot(y.build.id, lanes)).toBe(true);
      expect(await a.takeSlot(two.build.id, lanes)).toBe(false);
    });

    it('deletes of the pools have a slot of their own, and free pool slots', async () => {
      const { a, rows } = at();
      const given = await givenTemplate(a);
      const pool = { id: given.actor.id, username: given.actor.username };
      const stock = [await givenReady(a, given.preset), await givenReady(a, given.preset), await givenReady(a, given.preset)];
      const made = await givenPrebuild(a, given.preset);
      expect(await a.takeSlot(made.build.id, lanes)).toBe(true);
      const deletes = await Promise.all(
        stock.map(async ({ id }, index) => {
          const system = must(await a.findPerson('prebuilds'));
          const initiator = index < 2 ? { id: system.id, username: system.username } : pool;
          const input = { workspaceId: id, transition: 'delete', stage: 'none', reason: 'old', accessUrl: ACCESS_URL } as const;
          return must(await a.queueBuild({ ...input, initiator })).build.id;
        }),
      );
      const taken = [];
      for (const id of deletes) taken.push(await a.takeSlot(id, lanes));
      expect(taken).toEqual([true, false, true]);
      await succeed(a, made.build);
      expect(await a.takeSlot(must(deletes[1]), lanes)).toBe(true);
      expect(rows('select job_lane from build where job_slot is not null and ended_at is null order by job_lane')).toEqual([
        { job_lane: 'delete' },
        { job_lane: 'people' },
        { job_lane: 'pool' },
      ]);
    });
  });

  describe('the clock (SM R10)', () => {
    const at = eachTest(open);

    it('tells a jump right after a look that saw none', async () => {
      const { a, clock } = at();
      const pass = (uptimeMs: number) => a.beginPass({ uptimeMs, bootId: 'boot' });
      expect(await pass(0)).toEqual({ jumped: false });
      clock.advance(9000);
      expect(await pass(9000)).toEqual({ jumped: false });
      clock.advance(9000 + 11 * MINUTE);
      expect(await pass(18_000)).toEqual({ jumped: true });
      expect(await pass(18_500)).toEqual({ jumped: false });
    });

    it('tells a jump once, in one pass', async () => {
      const { a, b, clock } = at();
      await givenTemplate(a);
      const pass = (store: Store, uptimeMs: number) => store.beginPass({ uptimeMs, bootId: 'boot' });
      expect(await pass(a, 0)).toEqual({ jumped: false });
      clock.advance(60 * MINUTE);
      expect(await pass(b, 60 * MINUTE)).toEqual({ jumped: false });
      clock.advance(60 * MINUTE);
      expect(await pass(a, 61 * MINUTE)).toEqual({ jumped: true });
      expect(await pass(b, 61 * MINUTE)).toEqual({ jumped: false });
      clock.advance(-30 * MINUTE);
      expect(await pass(a, 62 * MINUTE)).toEqual({ jumped: true });
      expect(await pass(a, 63 * MINUTE)).toEqual({ jumped: false });
      const jumps = (await a.listEvents()).filter(({ kind }) => kind === 'clock_jump');
      expect(jumps.map(({ data }) => data)).toEqual([
        { direction: 'forwards', ms: 59 * MINUTE },
        { direction: 'backwards', ms: 30 * MINUTE },
      ]);
    });
  });
}
