import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  counterOf,
  givenClaim,
  givenCold,
  givenReserved,
  givenTemplate,
  kindsOf,
  must,
  open as openClaim,
  queue,
  succeed,
  tryReserve,
} from '../support.ts';

export function undoneClaimCases(open: OpenStore): void {
  undoingCases(open);
  coldCases(open);
}

function undoingCases(open: OpenStore): void {
  describe('giving back and quarantine (W10, W13)', () => {
    const at = eachTest(open);

    it('W10: back to the pool, build canceled, claim new with its name, the try recorded', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await a.moveBuild(build.id, 'queued', 'planning');
      expect(await a.releaseClaim(claim.id, 'plan failed')).toBe(true);
      expect(await a.releaseClaim(claim.id, 'plan failed')).toBe(false);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({
        phase: 'ready',
        slot: 0,
        claimId: undefined,
        ownerId: SYSTEM_USER.id,
      });
      expect(await a.getBuild(build.id)).toMatchObject({ state: 'canceled', error: 'plan failed' });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'new', workspaceId: undefined });
      expect(await a.claimTries(claim.id)).toMatchObject([{ n: 1, outcome: 'released', reason: 'plan failed', at: clock.now() }]);
      await expect(openClaim(a, given, { argsHash: 'other' })).rejects.toMatchObject({ code: 'name_taken' });
      expect(must(await tryReserve(a, clock, given, claim)).workspace.id).toBe(workspace.id);
      expect((await kindsOf(a, workspace.id)).slice(-4)).toEqual([
        'build.started',
        'build.canceled',
        'claim.released',
        'claim.reserved',
      ]);
    });

    it('W10: a dead prebuild fails and is not handed out again', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace } = await givenReserved(a, clock, given);
      await a.moveClaim(claim.id, ['reserved'], 'planned');
      expect(await a.releaseClaim(claim.id, 'the container is gone', { dead: true })).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({
        phase: 'failed',
        slot: undefined,
        lastError: 'the container is gone',
      });
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({ failures: 0 });
      expect(await counterOf(a, 'lost_total', { preset_name: 'small' })).toBe(1);
      expect(await tryReserve(a, clock, given, claim)).toBeUndefined();
      expect((await kindsOf(a, workspace.id)).slice(-2)).toEqual(['claim.released', 'prebuild.failed']);
    });

    it('leaves workspace and claim to release when the claim build failed', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.finishBuild(build.id, { state: 'failed', error: 'no plan', errorClass: 'template' });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'claiming' });
      expect(await a.releaseClaim(claim.id, 'no plan')).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready' });
      expect(await a.getBuild(build.id)).toMatchObject({ state: 'failed', error: 'no plan' });
    });

    it('refuses a release while an apply runs; one that started nothing gives the prebuild back', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await applyBuild(a, build);
      expect(await a.releaseClaim(claim.id, 'too late')).toBe(false);
      const run = {
        id: 'run',
        buildId: build.id,
        workspaceId: workspace.id,
        kind: 'apply',
        folder: '/run',
        createdAt: clock.now(),
      } as const;
      await a.addRun(run);
      expect(await a.releaseClaim(claim.id, 'too late', { dead: true })).toBe(false);
      await a.consumeRun('run', 1);
      expect(await a.releaseClaim(claim.id, 'refused at once')).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready', claimId: undefined, slot: 0 });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'new', workspaceId: undefined });
      expect(await a.getBuild(build.id)).toMatchObject({ state: 'failed' });
      expect(must(await tryReserve(a, clock, given, claim)).workspace.id).toBe(workspace.id);
    });

    it('W13: quarantined, claim failed, the name stays bound until the workspace is gone (W17)', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      expect(await a.quarantineClaim(claim.id, { error: 'too early' })).toBe(false);
      await applyBuild(a, build);
      const suspect = { address: 'docker_container.dev', type: 'docker_container' };
      const failure = { error: 'half done', errorClass: 'transient', suspects: [suspect] } as const;
      expect(await a.quarantineClaim(claim.id, failure)).toBe(true);
      expect(await a.quarantineClaim(claim.id, failure)).toBe(false);
      expect(await a.getBuild(build.id)).toMatchObject({ state: 'failed', error: 'half done', errorClass: 'transient' });
      expect(await a.listSuspects('open')).toMatchObject([{ ...suspect, workspaceId: workspace.id, buildId: build.id }]);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({
        phase: 'quarantined',
        ownerId: SYSTEM_USER.id,
        lastError: 'half done',
      });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'failed', endedAt: clock.now() });
      expect(await a.claimTries(claim.id)).toMatchObject([{ outcome: 'quarantined', reason: 'half done' }]);
      await expect(openClaim(a, given)).rejects.toMatchObject({ code: 'name_taken' });
      await expect(givenCold(a, given)).rejects.toMatchObject({ code: 'name_taken' });
      await a.resolveSuspects(workspace.id, 'absent');
      const gone = must(await queue(a, workspace, 'delete'));
      await succeed(a, gone.build);
      expect((await openClaim(a, given)).existing).toBe(false);
      expect(await kindsOf(a, workspace.id)).toContain('claim.quarantined');
    });

    it('turns a release after a recovery into a quarantine, since something had started', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace, build } = await givenReserved(a, clock, given);
      await applyBuild(a, build);
      await a.moveBuild(build.id, 'applying', 'verifying');
      await a.moveBuild(build.id, 'verifying', 'applying', { recoveries: 1 });
      await a.finishBuild(build.id, { state: 'failed', error: 'again', errorClass: 'transient' });
      expect(await a.releaseClaim(claim.id, 'again')).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'quarantined' });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'failed' });
    });

    it('does not move a claim away from the workspace it holds', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim } = await givenReserved(a, clock, given);
      for (const to of ['cold', 'failed', 'canceled', 'served', 'applying', 'new'] as const) {
        expect(await a.moveClaim(claim.id, ['reserved'], to)).toBe(false);
      }
      expect(await a.moveClaim(claim.id, ['new'], 'planned')).toBe(false);
    });
  });
}

function coldCases(open: OpenStore): void {
  describe('falling to a cold build (W2)', () => {
    const at = eachTest(open);

    it('binds the claim and its name, counts the miss once and ends with build 1', async () => {
      const { a, rows } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      await a.recordClaim(claim.id, { missReason: 'none ready', missCode: 'empty' });
      const { workspace, build } = await givenCold(a, given, { claimId: claim.id });
      expect(workspace).toMatchObject({
        phase: 'queued',
        ownerId: claim.ownerId,
        ownerName: 'bob',
        slot: undefined,
        name: 'dev',
      });
      expect(build).toMatchObject({ number: 1, transition: 'start', stage: 'none', beneficiaryId: claim.ownerId });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'cold', workspaceId: workspace.id });
      expect(rows('select workspace_id, claim_id from name_row')).toEqual([{ workspace_id: workspace.id, claim_id: null }]);
      expect(await counterOf(a, 'misses_total', { reason: 'empty', preset_name: 'small' })).toBe(1);
      expect(await a.openClaims()).toEqual([]);
      await succeed(a, build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready', claimedAt: undefined, generation: 1 });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'served', servedAs: 'cold' });
      expect(await counterOf(a, 'misses_total')).toBe(1);
      expect(await kindsOf(a, workspace.id)).toEqual([
        'workspace.created',
        'claim.cold',
        'build.started',
        'build.succeeded',
        'workspace.ready',
        'claim.served',
      ]);
      await expect(givenCold(a, given, { name: 'two', claimId: claim.id })).rejects.toMatchObject({
        code: 'claim_changed',
        exitCode: 5,
      });
    });

    it('leaves a failed cold build with its owner, uncounted by any pool', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      const { workspace, build } = await givenCold(a, given, { claimId: claim.id });
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'failed', error: 'no image', errorClass: 'template' });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'failed', lastError: 'no image', ownerName: 'bob' });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'failed' });
      expect(await a.getPool(given.templateId, 'small')).toMatchObject({ failures: 0 });
      expect(await counterOf(a, 'failed_total')).toBe(0);
      await expect(openClaim(a, given)).rejects.toMatchObject({ code: 'name_taken' });
    });

    it('cancels claim and workspace together while the build is queued', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      const { workspace, build } = await givenCold(a, given, { claimId: claim.id });
      expect(await a.finishBuild(build.id, { state: 'canceled', error: 'interrupted', errorClass: undefined })).toBe(true);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleted' });
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'canceled' });
      expect((await openClaim(a, given)).existing).toBe(false);
    });

    it('lets the same request begin anew when its id was given up with it', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const asked = { name: 'dev', requestId: 'r1' };
      const lost = await givenClaim(a, given, asked);
      await a.moveClaim(lost.id, ['new'], 'canceled', { missReason: 'its process ended', requestId: undefined });
      const again = await openClaim(a, given, asked);
      expect(again).toMatchObject({ existing: false, claim: { requestId: 'r1', state: 'new' } });
      await a.moveClaim(again.claim.id, ['new'], 'canceled', { missReason: 'interrupted' });
      expect(await openClaim(a, given, asked)).toMatchObject({
        existing: true,
        claim: { id: again.claim.id, state: 'canceled' },
      });
    });

    it('counts a miss that ends the claim, and none for a canceled one', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const one = await givenClaim(a, given, { name: 'one' });
      await a.moveClaim(one.id, ['new'], 'failed', { missReason: 'none ready', missCode: 'empty' });
      const two = await givenClaim(a, given, { name: 'two' });
      await a.moveClaim(two.id, ['new'], 'canceled', { missReason: 'its process ended' });
      expect(await counterOf(a, 'misses_total')).toBe(1);
      const kinds = (await a.listEvents()).filter((event) => event.claimId !== undefined).map((event) => event.kind);
      expect(kinds).toEqual(['claim.opened', 'claim.failed', 'claim.opened', 'claim.canceled']);
    });
  });
}
