import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  counterOf,
  DRIVER,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReserved,
  givenTemplate,
  kindsOf,
  must,
  newVersion,
  open as openClaim,
  OTHER_DRIVER,
  queue,
  succeed,
  tryReserve,
} from '../support.ts';

const REPLACED = { address: 'docker_container.main', type: 'docker_container', action: 'replace' } as const;

export function claimCases(open: OpenStore): void {
  openingCases(open);
  reservingCases(open);
  servingCases(open);
}

function openingCases(open: OpenStore): void {
  describe('opening a claim', () => {
    const at = eachTest(open);

    it('makes a new claim that holds its name', async () => {
      const { a, b, clock, rows } = at();
      const given = await givenTemplate(a);
      const { claim, existing } = await openClaim(a, given, { name: 'Dev', requestId: 'r1' });
      expect(existing).toBe(false);
      expect(claim).toMatchObject({
        state: 'new',
        name: 'Dev',
        requestId: 'r1',
        parameters: { cpus: '2' },
        phases: {},
        rebuilt: [],
        createdAt: clock.now(),
        endedAt: undefined,
        driver: DRIVER,
      });
      expect(await b.getClaim(claim.id)).toEqual(claim);
      expect(rows('select name_key, claim_id, workspace_id from name_row')).toEqual([
        { name_key: 'dev', claim_id: claim.id, workspace_id: null },
      ]);
    });

    it('returns the same claim for the same request id, whatever became of it, and refuses other arguments', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a);
      const { claim } = await openClaim(a, given, { requestId: 'r1' });
      expect(await openClaim(b, given, { requestId: 'r1' })).toEqual({ claim, existing: true });
      await a.moveClaim(claim.id, ['new'], 'failed', { missReason: 'none ready' });
      expect(await openClaim(b, given, { requestId: 'r1' })).toMatchObject({
        claim: { id: claim.id, state: 'failed' },
        existing: true,
      });
      await expect(openClaim(b, given, { requestId: 'r1', argsHash: 'other' })).rejects.toMatchObject({
        code: 'request_id_used',
        exitCode: 5,
      });
      expect((await openClaim(b, given, { requestId: 'r1', owner: 'carol' })).existing).toBe(false);
    });

    it('joins a running claim of the same name and arguments, and refuses the name to another request', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a);
      const { claim } = await openClaim(a, given);
      expect(await openClaim(b, given, { name: 'DEV' })).toEqual({ claim, existing: true });
      await expect(openClaim(b, given, { argsHash: 'other' })).rejects.toMatchObject({ code: 'name_taken', exitCode: 5 });
      expect((await openClaim(b, given, { owner: 'carol', argsHash: 'other' })).existing).toBe(false);
      expect(await a.moveClaim(claim.id, ['new'], 'canceled')).toBe(true);
      expect((await openClaim(b, given, { argsHash: 'other' })).existing).toBe(false);
    });

    it('refuses the name of a workspace that exists', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      await givenCold(a, given, { name: 'dev' });
      await expect(openClaim(a, given, { name: 'DEV' })).rejects.toMatchObject({ code: 'name_taken' });
      expect(await a.openClaims()).toEqual([]);
    });

    it('gives one name to one of two that ask at the same time', async () => {
      const { a, b } = at();
      const given = await givenTemplate(a);
      await a.ensurePerson({ username: 'bob' });
      const asked = await Promise.allSettled([openClaim(a, given, { argsHash: '1' }), openClaim(b, given, { argsHash: '2' })]);
      expect(asked.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await a.openClaims()).toHaveLength(1);
    });

    it('lists what the repairer looks at, and claims by age', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const first = await givenClaim(a, given, { name: 'one' });
      clock.advance(1000);
      const second = await givenClaim(a, given, { name: 'two' });
      await a.moveClaim(first.id, ['new'], 'failed');
      expect((await a.openClaims()).map((one) => one.id)).toEqual([second.id]);
      expect((await a.claimsSince(clock.now() - 1000)).map((one) => one.id)).toEqual([first.id, second.id]);
      expect((await a.claimsSince(clock.now())).map((one) => one.id)).toEqual([second.id]);
    });
  });
}

function reservingCases(open: OpenStore): void {
  describe('reserving (W9)', () => {
    const at = eachTest(open);

    it('takes the oldest ready prebuild and queues the claim build for the claimant', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const oldest = await givenReady(a, given.preset);
      clock.advance(1000);
      await givenReady(a, given.preset);
      const claim = await givenClaim(a, given, { name: 'dev', parameters: { region: 'eu' } });
      const { workspace, build } = must(await tryReserve(a, clock, given, claim));
      expect(workspace).toMatchObject({ id: oldest.id, phase: 'claiming', claimId: claim.id, slot: 0, ownerId: SYSTEM_USER.id });
      expect(build).toMatchObject({
        number: 2,
        transition: 'start',
        stage: 'claim',
        state: 'queued',
        beneficiaryId: claim.ownerId,
        initiatorId: claim.actorId,
        workspaceName: 'dev',
        versionId: given.version.id,
        parameters: { cpus: '2', region: 'eu' },
        driver: DRIVER,
      });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'reserved', workspaceId: oldest.id });
      expect((await kindsOf(a, oldest.id)).at(-1)).toBe('claim.reserved');
    });

    it('gives one prebuild to one of two claims, and the next one to the other', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      const [one, two] = [await givenClaim(a, given, { name: 'one' }), await givenClaim(a, given, { name: 'two' })];
      const taken = await Promise.all([tryReserve(a, clock, given, one), tryReserve(b, clock, given, two)]);
      expect(taken.filter((made) => made !== undefined)).toHaveLength(1);
      const next = await givenReady(a, given.preset);
      const loser = taken[0] === undefined ? one : two;
      expect(must(await tryReserve(b, clock, given, loser)).workspace.id).toBe(next.id);
    });

    it.each(['warming', 'held', 'expired', 'inactive version', 'excepted', 'being deleted', 'another preset'])(
      'takes none that is %s',
      async (why) => {
        const { a, clock } = at();
        const given = await givenTemplate(a, { presets: [{ name: 'small', ttlMs: 3600 }, { name: 'large' }] });
        const workspace = await prebuildThatIs(a, given, why);
        if (why === 'expired') clock.advance(3601);
        const claim = await givenClaim(a, given);
        const except = why === 'excepted' ? [workspace] : [];
        expect(await tryReserve(a, clock, given, claim, except)).toBeUndefined();
        expect(await a.getClaim(claim.id)).toMatchObject({ state: 'new' });
      },
    );

    it('takes one that expires at this very moment, and one without a time limit', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small', ttlMs: 3600 }] });
      await givenReady(a, given.preset);
      clock.advance(3600);
      expect(await tryReserve(a, clock, given, await givenClaim(a, given))).toBeDefined();
      const endless = await givenTemplate(a, { name: 'endless', presets: [{ name: 'small', ttlMs: 0 }] });
      await givenReady(a, endless.preset);
      clock.advance(1e12);
      expect(await tryReserve(a, clock, endless, await givenClaim(a, endless, { name: 'other' }))).toBeDefined();
    });

    it('works while reconciling is paused', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      await a.setPaused(true, given.actor);
      expect(await tryReserve(a, clock, given, await givenClaim(a, given))).toBeDefined();
    });

    it('serves a claim once', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      const { claim } = await givenReserved(a, clock, given);
      expect(await tryReserve(a, clock, given, claim)).toBeUndefined();
    });
  });
}

async function prebuildThatIs(
  store: Parameters<typeof givenReady>[0],
  given: Parameters<typeof givenClaim>[1],
  why: string,
): Promise<string> {
  switch (why) {
    case 'warming': {
      const { workspace, build } = await givenPrebuild(store, given.preset);
      await succeed(store, build);
      return workspace.id;
    }
    case 'another preset':
      return (await givenReady(store, must(given.presets[1]))).id;
    default: {
      const ready = await givenReady(store, given.preset);
      if (why === 'held') await store.setHeld(ready.id, true, given.actor);
      if (why === 'inactive version') await store.importVersion(newVersion(), given.actor);
      if (why === 'being deleted') await queue(store, ready, 'delete');
      return ready.id;
    }
  }
}

function servingCases(open: OpenStore): void {
  describe('serving (W11, W12)', () => {
    const at = eachTest(open);

    it('W11: the slot is free and the claim applying when the apply begins', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.moveBuild(build.id, 'planning', 'planned', { changes: [REPLACED] });
      expect(await a.moveClaim(claim.id, ['reserved'], 'planned', { rebuilt: [REPLACED] })).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'claiming', slot: 0 });
      expect(await a.moveBuild(build.id, 'planned', 'applying')).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'claiming', slot: undefined });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'applying', rebuilt: [REPLACED] });
      expect((await givenPrebuild(a, given.preset)).workspace.slot).toBe(0);
    });

    it('W12: owner, name, parameters, generation, claim, names, counters and event change together', async () => {
      const { a, clock, rows } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given, {
        name: 'Dev',
        parameters: { cpus: '2', region: 'eu' },
      });
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.moveBuild(build.id, 'planning', 'planned', { changes: [REPLACED, { ...REPLACED, address: 'docker_volume.home' }] });
      await a.moveBuild(build.id, 'planned', 'applying');
      clock.advance(500);
      expect(await a.finishBuild(build.id, { state: 'succeeded' })).toBe(true);
      expect(await a.finishBuild(build.id, { state: 'succeeded' })).toBe(false);
      const served = await a.getWorkspace(workspace.id);
      expect(served).toMatchObject({
        id: workspace.id,
        ownerId: claim.ownerId,
        ownerName: 'bob',
        name: 'Dev',
        phase: 'ready',
        generation: 2,
        claimId: undefined,
        slot: undefined,
        claimedAt: clock.now(),
        parameters: { cpus: '2', region: 'eu' },
        fingerprint: given.version.fingerprint,
      });
      expect(await a.findWorkspace(claim.ownerId, 'dev')).toEqual(served);
      expect(await a.getClaim(claim.id)).toMatchObject({
        state: 'served',
        servedAs: 'warm',
        workspaceId: workspace.id,
        endedAt: clock.now(),
      });
      expect(rows('select owner_id, name_key, workspace_id, claim_id from name_row')).toEqual([
        { owner_id: claim.ownerId, name_key: 'dev', workspace_id: workspace.id, claim_id: null },
      ]);
      const labels = { template_name: 'docker', preset_name: 'small' };
      expect(await counterOf(a, 'claimed_total', labels)).toBe(1);
      expect(await counterOf(a, 'resource_replacements_total', labels)).toBe(1);
      const event = must((await a.listEvents({ workspaceId: workspace.id })).at(-1));
      expect(event).toMatchObject({
        kind: 'claim.served',
        actor: 'bob',
        template: 'docker',
        preset: 'small',
        workspaceName: 'Dev',
      });
      expect(event.data).toMatchObject({ replaced: [REPLACED.address, 'docker_volume.home'] });
      expect(await a.claimTries(claim.id)).toMatchObject([{ n: 1, workspaceId: workspace.id, outcome: 'served' }]);
    });

    it('serves after an empty plan and after a recovery too', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const empty = await givenReserved(a, clock, given, { name: 'one' });
      await a.moveBuild(empty.build.id, 'queued', 'planning');
      expect(await a.finishBuild(empty.build.id, { state: 'succeeded' })).toBe(true);
      expect(await a.getClaim(empty.claim.id)).toMatchObject({ state: 'served' });
      const recovered = await givenReserved(a, clock, given, { name: 'two' });
      await applyBuild(a, recovered.build);
      await a.moveBuild(recovered.build.id, 'applying', 'verifying');
      expect(await a.moveBuild(recovered.build.id, 'verifying', 'applying', { recoveries: 1 })).toBe(true);
      expect(await a.finishBuild(recovered.build.id, { state: 'succeeded' })).toBe(true);
      expect(await a.getBuild(recovered.build.id)).toMatchObject({ recoveries: 1, state: 'succeeded' });
      expect(await counterOf(a, 'resource_replacements_total')).toBe(0);
    });

    it('keeps what is recorded on a claim', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      await a.recordClaim(claim.id, { phases: { plan: 120.5 }, missReason: 'none ready', driver: OTHER_DRIVER });
      await a.recordClaim(claim.id, {});
      expect(await a.getClaim(claim.id)).toMatchObject({
        phases: { plan: 120.5 },
        missReason: 'none ready',
        driver: OTHER_DRIVER,
      });
      expect(await a.moveClaim(claim.id, ['new', 'waiting'], 'new', { driver: DRIVER })).toBe(true);
      expect(await a.getClaim(claim.id)).toMatchObject({ driver: DRIVER, state: 'new' });
    });
  });
}
