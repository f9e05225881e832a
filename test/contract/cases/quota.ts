import { describe, expect, it } from 'vitest';
import { SYSTEM_USER, type Build } from '../../../src/domain/types.ts';
import type { Store } from '../../../src/store/store.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReadyCold,
  givenTemplate,
  kindsOf,
  must,
  queue,
  tryReserve,
  type Given,
} from '../support.ts';

export function quotaCases(open: OpenStore): void {
  holdingCases(open);
  chargingCases(open);
  claimingCases(open);
  refusedCases(open);
}

/** Gives everybody this allowance in the default organisation. */
async function allowEveryone(store: Store, given: Given, allowance: number): Promise<void> {
  const [everyone] = await store.listGroups();
  await store.setAllowance(must(everyone).id, allowance, given.actor);
}

const organizationOf = async (store: Store): Promise<string> => must((await store.listOrganizations())[0]).id;

/** `{budget, charged, held}` of a user in the default organisation. */
async function useOf(store: Store, username: string): Promise<{ budget: number | undefined; charged: number; held: number }> {
  const person = must(await store.findPerson(username));
  const { budget, workspaces } = await store.quotaOf(person.id, await organizationOf(store));
  const sum = (kind: 'charged' | 'held') => workspaces.reduce((total, row) => total + row[kind], 0);
  return { budget, charged: sum('charged'), held: sum('held') };
}

async function build(store: Store, made: Build, cost: number): Promise<void> {
  expect(await store.holdQuota(made.id, cost)).toMatchObject({ go: true });
  await applyBuild(store, made);
  await store.finishBuild(made.id, { state: 'succeeded', dailyCost: cost });
}

function holdingCases(open: OpenStore): void {
  describe('holding a quota', () => {
    const at = eachTest(open);

    it('has no limit where no group gives an allowance, and records the cost all the same', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const cold = await givenCold(a, given);
      expect(await a.hasQuotas(await organizationOf(a))).toBe(false);
      expect(await a.holdQuota(cold.build.id, 1000)).toEqual({ go: true, growth: 1000 });
      expect(await useOf(a, 'bob')).toEqual({ budget: undefined, charged: 0, held: 1000 });
    });

    it('of two builds of one owner that fit only one by one, one is refused', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a);
      await allowEveryone(a, given, 15);
      const one = await givenCold(a, given, { name: 'one' });
      const two = await givenCold(a, given, { name: 'two' });
      const verdicts = await Promise.all([a.holdQuota(one.build.id, 10), b.holdQuota(two.build.id, 10)]);
      expect(verdicts.filter((verdict) => verdict?.go === true)).toHaveLength(1);
      expect(verdicts.find((verdict) => verdict?.go === false)).toEqual({
        go: false,
        refusal: { owner: 'bob', budget: 15, consumed: 10, cost: 10, before: 0 },
      });
      expect(await useOf(a, 'bob')).toEqual({ budget: 15, charged: 0, held: 10 });
    });

    it('replaces the hold of an earlier plan, and holds nothing for a build that ended', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      await allowEveryone(a, given, 15);
      const cold = await givenCold(a, given);
      await a.holdQuota(cold.build.id, 10);
      expect(await a.holdQuota(cold.build.id, 12)).toEqual({ go: true, growth: 12 });
      expect(await useOf(a, 'bob')).toMatchObject({ held: 12 });
      await a.moveBuild(cold.build.id, 'queued', 'planning');
      await a.finishBuild(cold.build.id, { state: 'canceled', error: 'interrupted', errorClass: undefined });
      expect(await useOf(a, 'bob')).toMatchObject({ held: 0, charged: 0 });
      expect(await a.holdQuota(cold.build.id, 5)).toBeUndefined();
    });

    it('counts the groups of the owner and nobody else, in the organisation of the template', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const bob = await a.ensurePerson({ username: 'bob' });
      const organizationId = await organizationOf(a);
      const backend = await a.createGroup({ organizationId, name: 'backend', quotaAllowance: 10 }, given.actor);
      const research = await a.createOrganization('research', given.actor);
      const far = await a.createGroup({ organizationId: research.id, name: 'backend', quotaAllowance: 500 }, given.actor);
      await a.changeMembers(backend.id, { add: [bob], remove: [] }, given.actor);
      await a.changeMembers(far.id, { add: [bob], remove: [] }, given.actor);
      expect((await a.quotaOf(bob.id, organizationId)).budget).toBe(10);
      expect((await a.quotaOf(given.actor.id, organizationId)).budget).toBe(0);
      expect((await a.quotaOf(bob.id, research.id)).budget).toBe(500);
      const cold = await givenCold(a, given);
      expect(await a.holdQuota(cold.build.id, 11)).toMatchObject({ go: false, refusal: { budget: 10 } });
    });

    it('drops holds without a live build, and only those', async () => {
      const { a, exec, rows } = at();
      const given = await givenTemplate(a);
      const living = await givenCold(a, given, { name: 'living' });
      await a.holdQuota(living.build.id, 3);
      const ended = await givenReadyCold(a, given, { name: 'ended' });
      exec(`insert into charge values ('${ended.id}', '${ended.ownerId}', 'held', 7, null)`);
      exec(`insert into charge values ('${living.workspace.id}', '${given.actor.id}', 'held', 9, null)`);
      expect(await a.dropStaleHolds()).toBe(2);
      expect(rows('select daily_cost from charge')).toEqual([{ daily_cost: 3 }]);
      expect(await a.dropStaleHolds()).toBe(0);
    });
  });
}

function chargingCases(open: OpenStore): void {
  describe('charging what a workspace costs', () => {
    const at = eachTest(open);

    it('turns the hold into the charge, in what the state says', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const cold = await givenCold(a, given);
      await a.holdQuota(cold.build.id, 10);
      await applyBuild(a, cold.build);
      await a.finishBuild(cold.build.id, { state: 'succeeded', dailyCost: 9 });
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 9, held: 0 });
      expect((await a.getWorkspace(cold.workspace.id)).dailyCost).toBe(9);
    });

    it('a stop lowers the charge, a start grows it again, a delete frees it', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const cold = await givenCold(a, given);
      await build(a, cold.build, 10);
      const workspace = await a.getWorkspace(cold.workspace.id);
      const stop = must(await queue(a, workspace, 'stop'));
      await applyBuild(a, stop.build);
      await a.finishBuild(stop.build.id, { state: 'succeeded', dailyCost: 2 });
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 2, held: 0 });
      const start = must(await queue(a, workspace, 'start'));
      expect(await a.holdQuota(start.build.id, 10)).toEqual({ go: true, growth: 8 });
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 2, held: 8 });
      await applyBuild(a, start.build);
      await a.finishBuild(start.build.id, { state: 'succeeded' });
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 10, held: 0 });
      const remove = must(await queue(a, workspace, 'delete'));
      await applyBuild(a, remove.build);
      await a.finishBuild(remove.build.id, { state: 'succeeded' });
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 0, held: 0 });
    });

    it.each([
      ['what was planned, while its cost is not known', undefined, 10],
      ['nothing, when nothing is left', 0, 0],
      ['what is there, when that is more', 12, 12],
    ])('a create that failed half-way is charged %s', async (_name, dailyCost, charged) => {
      const { a } = at();
      const given = await givenTemplate(a);
      const made = await givenPrebuild(a, given.preset);
      await a.holdQuota(made.build.id, 10);
      await applyBuild(a, made.build);
      await a.finishBuild(made.build.id, { state: 'failed', error: 'no', errorClass: 'transient', dailyCost });
      expect(await useOf(a, 'prebuilds')).toMatchObject({ charged, held: 0 });
    });
  });
}

async function readyPrebuild(store: Store, given: Given, cost: number) {
  const made = await givenPrebuild(store, given.preset);
  await build(store, made.build, cost);
  await store.markReady(made.workspace.id, 'provisioned');
  return made.workspace;
}

function claimingCases(open: OpenStore): void {
  describe('the quota of a claimant', () => {
    const at = eachTest(open);

    it('is checked before stock is taken: over budget nothing is reserved', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const prebuild = await readyPrebuild(a, given, 10);
      await allowEveryone(a, given, 9);
      const claim = await givenClaim(a, given);
      await expect(tryReserve(a, clock, given, claim)).rejects.toMatchObject({
        code: 'quota_exceeded',
        exitCode: 5,
        details: { owner: 'bob', budget: 9, consumed: 0, cost: 10 },
      });
      expect(await a.getWorkspace(prebuild.id)).toMatchObject({ phase: 'ready', claimId: undefined });
      expect((await a.getClaim(claim.id)).state).toBe('new');
      expect(await useOf(a, 'bob')).toMatchObject({ held: 0 });
    });

    it('of two claims of one person that fit only one by one, one gets a prebuild', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      await readyPrebuild(a, given, 10);
      await readyPrebuild(a, given, 10);
      await allowEveryone(a, given, 15);
      const [one, two] = [await givenClaim(a, given, { name: 'one' }), await givenClaim(a, given, { name: 'two' })];
      const tries = await Promise.allSettled([tryReserve(a, clock, given, one), tryReserve(b, clock, given, two)]);
      expect(tries.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await useOf(a, 'bob')).toMatchObject({ held: 10 });
    });

    it('pays from W12 on, in the same transaction in which the pool stops paying', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await readyPrebuild(a, given, 10);
      await allowEveryone(a, given, 10);
      const claim = await givenClaim(a, given);
      const reserved = must(await tryReserve(a, clock, given, claim));
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 0, held: 10 });
      expect(await useOf(a, 'prebuilds')).toMatchObject({ charged: 10 });
      await build(a, reserved.build, 9);
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 9, held: 0 });
      expect(await useOf(a, 'prebuilds')).toMatchObject({ charged: 0 });
    });

    it('is free again when the claim is released, and the pool goes on paying', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await readyPrebuild(a, given, 10);
      const claim = await givenClaim(a, given);
      must(await tryReserve(a, clock, given, claim));
      await a.releaseClaim(claim.id, 'refused');
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 0, held: 0 });
      expect(await useOf(a, 'prebuilds')).toMatchObject({ charged: 10, held: 0 });
    });

    it('is free again when the claim ends in quarantine, where the pool goes on paying', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await readyPrebuild(a, given, 10);
      const claim = await givenClaim(a, given);
      const reserved = must(await tryReserve(a, clock, given, claim));
      await applyBuild(a, reserved.build);
      await a.quarantineClaim(claim.id, { error: 'no' });
      expect(await useOf(a, 'bob')).toMatchObject({ charged: 0, held: 0 });
      expect(await useOf(a, SYSTEM_USER.username)).toMatchObject({ charged: 10, held: 0 });
    });
  });
}

function refusedCases(open: OpenStore): void {
  describe('a build that a quota refused', () => {
    const at = eachTest(open);
    const refuse = async (store: Store, made: Build) => {
      await store.moveBuild(made.id, 'queued', 'planning');
      const error = 'INSUFFICIENT_QUOTA: no';
      await store.finishBuild(made.id, { state: 'failed', error, errorClass: 'capacity', refused: 'quota' });
    };

    it('leaves a stopped workspace stopped and a ready one ready', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const ready = await givenReadyCold(a, given);
      const update = must(await queue(a, ready, 'start', { parameters: { cpus: '4' } }));
      await refuse(a, update.build);
      expect(await a.getWorkspace(ready.id)).toMatchObject({ phase: 'ready', parameters: { cpus: '2' }, lastError: undefined });
      const stop = must(await queue(a, ready, 'stop'));
      await applyBuild(a, stop.build);
      await a.finishBuild(stop.build.id, { state: 'succeeded' });
      await refuse(a, must(await queue(a, ready, 'start')).build);
      expect(await a.getWorkspace(ready.id)).toMatchObject({ phase: 'stopped' });
      expect((await kindsOf(a, ready.id)).filter((kind) => kind === 'workspace.refused')).toHaveLength(2);
    });

    it('leaves nothing of a cold build, ends its claim and frees its name', async () => {
      const { a, rows } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      const cold = await givenCold(a, given, { claimId: claim.id });
      await refuse(a, cold.build);
      expect((await a.getWorkspace(cold.workspace.id)).phase).toBe('deleted');
      expect((await a.getClaim(claim.id)).state).toBe('failed');
      expect(rows('select name_key from name_row')).toEqual([]);
    });

    it('fails a prebuild of class capacity, which the pool does not count', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const made = await givenPrebuild(a, given.preset);
      await refuse(a, made.build);
      expect(await a.getWorkspace(made.workspace.id)).toMatchObject({ phase: 'failed', slot: undefined });
      const pool = await a.getPool(given.templateId, given.preset.name);
      expect(pool).toMatchObject({ failures: 0, errorClass: 'capacity', lastError: 'INSUFFICIENT_QUOTA: no' });
    });
  });
}
