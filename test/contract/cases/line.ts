import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/domain/types.ts';
import type { Store } from '../../../src/store/store.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  DRIVER,
  GONE_DRIVER,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReserved,
  givenTemplate,
  must,
  newVersion,
  open as openClaim,
  OTHER_DRIVER,
  succeed,
  tryReserve,
  type Given,
} from '../support.ts';

const GONE = 30_001;

export function lineCases(open: OpenStore): void {
  handOverCases(open);
  lineUpCases(open);
}

async function waiting(store: Store, given: Given, name: string, more: Parameters<Store['moveClaim']>[3] = {}): Promise<Claim> {
  const claim = await givenClaim(store, given, { name });
  if (!(await store.moveClaim(claim.id, ['new'], 'waiting', more))) throw new Error('expected the claim to wait');
  return store.getClaim(claim.id);
}

/** A prebuild that is built and not yet ready. */
async function givenWarming(store: Store, given: Given): Promise<string> {
  const { workspace, build } = await givenPrebuild(store, given.preset);
  await succeed(store, build);
  return workspace.id;
}

function handOverCases(open: OpenStore): void {
  describe('a prebuild that turns ready while claims wait (W7)', () => {
    const at = eachTest(open);

    it('goes to the oldest waiter in the transaction that makes it ready, the next one to the next', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const first = await waiting(a, given, 'first', { deadlineAt: clock.now() + 60_000, driver: OTHER_DRIVER });
      clock.advance(1);
      const second = await waiting(b, given, 'second');
      expect(first).toMatchObject({
        state: 'waiting',
        touchedAt: clock.now() - 1,
        deadlineAt: clock.now() + 59_999,
        driver: OTHER_DRIVER,
      });
      const one = await givenWarming(a, given);
      expect(await a.markReady(one, 'provisioned')).toBe(true);
      expect(await b.getWorkspace(one)).toMatchObject({ phase: 'claiming', claimId: first.id, readyAt: clock.now() });
      expect(await b.getClaim(first.id)).toMatchObject({ state: 'reserved', workspaceId: one });
      expect(await b.liveBuild(one)).toMatchObject({
        stage: 'claim',
        state: 'queued',
        driver: OTHER_DRIVER,
        workspaceName: 'first',
      });
      expect(await b.getClaim(second.id)).toMatchObject({ state: 'waiting' });
      const two = await givenWarming(a, given);
      await b.markReady(two, 'provisioned');
      expect(await a.getClaim(second.id)).toMatchObject({ state: 'reserved', workspaceId: two, driver: DRIVER });
    });

    it('is served as waited', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await waiting(a, given, 'dev');
      const id = await givenWarming(a, given);
      await a.markReady(id, 'provisioned');
      const build = must(await a.liveBuild(id));
      await succeed(a, build);
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'served', servedAs: 'waited' });
      expect(await a.getWorkspace(id)).toMatchObject({ name: 'dev', ownerName: 'bob' });
    });

    it('passes over a client that is gone and a claim whose time is over, but not over one without a client', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const gone = await waiting(a, given, 'gone');
      const over = await waiting(a, given, 'over', { deadlineAt: clock.now() + 10, detached: true });
      const detached = await waiting(a, given, 'detached', { detached: true });
      clock.advance(GONE);
      const id = await givenWarming(a, given);
      await a.markReady(id, 'provisioned');
      expect(await a.getClaim(detached.id)).toMatchObject({ state: 'reserved', workspaceId: id, detached: true });
      expect((await a.getClaim(gone.id)).state).toBe('waiting');
      expect((await a.getClaim(over.id)).state).toBe('waiting');
    });

    it('reaches a client that gave a sign of life', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const claim = await waiting(a, given, 'dev');
      clock.advance(GONE);
      expect(await b.touchClaim(claim.id)).toBe(true);
      await a.markReady(await givenWarming(a, given), 'provisioned');
      expect((await a.getClaim(claim.id)).state).toBe('reserved');
      expect(await b.touchClaim(claim.id)).toBe(false);
    });

    it('waits for the first waiter while its process is away, as a server is that restarts', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const away = await waiting(a, given, 'away', { driver: GONE_DRIVER });
      clock.advance(1);
      const second = await waiting(a, given, 'second');
      const id = await givenWarming(a, given);
      await a.markReady(id, 'provisioned');
      expect(await a.getWorkspace(id)).toMatchObject({ phase: 'ready' });
      expect((await a.getClaim(away.id)).state).toBe('waiting');
      expect(await tryReserve(a, clock, given, second)).toBeUndefined();
      expect(await tryReserve(a, clock, given, away)).toMatchObject({ workspace: { id } });
    });

    it('goes to the next waiter when the first does not come back', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await waiting(a, given, 'away', { driver: GONE_DRIVER });
      clock.advance(1);
      const second = await waiting(a, given, 'second');
      const id = await givenWarming(a, given);
      await a.markReady(id, 'provisioned');
      clock.advance(GONE);
      expect(await tryReserve(a, clock, given, second)).toMatchObject({ workspace: { id } });
    });

    it.each(['held', 'of an inactive version', 'of another pool'])('goes to nobody when it is %s', async (why) => {
      const { a } = at();
      const given = await givenTemplate(a, { presets: [{ name: 'small' }, { name: 'large' }] });
      const claim = await waiting(a, given, 'dev');
      const preset = why === 'of another pool' ? must(given.presets[1]) : given.preset;
      const { workspace, build } = await givenPrebuild(a, preset);
      await succeed(a, build);
      if (why === 'held') await a.setHeld(workspace.id, true, given.actor);
      if (why === 'of an inactive version') await a.importVersion(newVersion({ presets: [{ name: 'small' }] }), given.actor);
      await a.markReady(workspace.id, 'provisioned');
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready' });
      expect((await a.getClaim(claim.id)).state).toBe('waiting');
    });

    it('of a new version serves who waited for the old one, as long as preset and parameters are the same', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await waiting(a, given, 'dev');
      const next = await givenTemplate(a);
      expect(next.version.number).toBe(2);
      await a.markReady(await givenWarming(a, next), 'provisioned');
      expect(await a.getClaim(claim.id)).toMatchObject({ state: 'reserved', presetId: next.preset.id });
      const other = await waiting(a, next, 'other');
      const changed = await givenTemplate(a, { presets: [{ name: 'small', parameters: { cpus: '4' } }] });
      await a.markReady(await givenWarming(a, changed), 'provisioned');
      expect((await a.getClaim(other.id)).state).toBe('waiting');
    });

    it('passes over a waiter whose budget does not hold it, and ends that claim', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const [everyone] = await a.listGroups();
      await a.setAllowance(must(everyone).id, 10, given.actor);
      const cold = await givenCold(a, given, { name: 'big' });
      await a.holdQuota(cold.build.id, 8);
      const poor = await waiting(a, given, 'poor');
      clock.advance(1);
      const { claim: rich } = await openClaim(a, given, { name: 'rich', owner: 'carol' });
      await a.moveClaim(rich.id, ['new'], 'waiting');
      const { workspace, build } = await givenPrebuild(a, given.preset);
      await a.holdQuota(build.id, 5);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'succeeded', dailyCost: 5 });
      expect(await a.markReady(workspace.id, 'provisioned')).toBe(true);
      expect(await a.getClaim(rich.id)).toMatchObject({ state: 'reserved', workspaceId: workspace.id });
      const ended = await a.getClaim(poor.id);
      expect(ended.state).toBe('failed');
      expect(ended.missReason).toMatch(/budget|quota/i);
      expect((await givenClaim(a, given, { name: 'poor' })).state).toBe('new');
    });

    it('is given back to the next waiter, never to the one that failed with it', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace } = await givenReserved(a, clock, given, { name: 'first' });
      clock.advance(1);
      const second = await waiting(a, given, 'second');
      await a.releaseClaim(claim.id, 'plan failed');
      expect(await a.getClaim(second.id)).toMatchObject({ state: 'reserved', workspaceId: workspace.id });
      await a.moveClaim(claim.id, ['new'], 'waiting');
      await a.releaseClaim(second.id, 'plan failed');
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'ready', claimId: undefined });
      expect((await a.getClaim(claim.id)).state).toBe('waiting');
    });
  });
}

function lineUpCases(open: OpenStore): void {
  describe('the line', () => {
    const at = eachTest(open);

    it('is not overtaken by a new claim, which gets what the waiters leave', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const oldest = await givenReady(a, given.preset);
      const waiter = await waiting(a, given, 'waits');
      clock.advance(1);
      const late = await givenClaim(b, given, { name: 'late' });
      expect(await tryReserve(b, clock, given, late)).toBeUndefined();
      expect((await b.getClaim(late.id)).state).toBe('new');
      clock.advance(1);
      const { workspace } = await givenPrebuild(a, given.preset);
      await succeed(a, must(await a.liveBuild(workspace.id)));
      await a.markReady(workspace.id, 'provisioned');
      expect(await a.getClaim(waiter.id)).toMatchObject({ state: 'reserved', workspaceId: workspace.id });
      expect(must(await tryReserve(b, clock, given, late)).workspace.id).toBe(oldest.id);
    });

    it('serves the waiter, not the new claim, when both ask at the same time', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      const waiter = await waiting(a, given, 'waits');
      clock.advance(1);
      const late = await givenClaim(b, given, { name: 'late' });
      const [won, lost] = await Promise.all([tryReserve(a, clock, given, waiter), tryReserve(b, clock, given, late)]);
      expect(won).toBeDefined();
      expect(lost).toBeUndefined();
    });

    it('has no place for who is gone', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      await waiting(a, given, 'gone');
      clock.advance(GONE);
      expect(await tryReserve(a, clock, given, await givenClaim(a, given, { name: 'late' }))).toBeDefined();
    });

    it('is left by a claim that is canceled, fails or is built cold, and then the name is free or bound', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const canceled = await waiting(a, given, 'canceled');
      expect(await a.moveClaim(canceled.id, ['waiting'], 'canceled', { missReason: 'interrupted' })).toBe(true);
      const failed = await waiting(a, given, 'failed');
      expect(await a.moveClaim(failed.id, ['waiting'], 'failed', { missReason: 'over', missCode: 'empty' })).toBe(true);
      const cold = await waiting(a, given, 'cold');
      const bob = await a.getPerson(cold.ownerId);
      const made = await a.createCold({
        templateId: given.templateId,
        versionId: given.version.id,
        presetId: given.preset.id,
        ownerId: bob.id,
        name: 'cold',
        parameters: {},
        accessUrl: '',
        initiator: { id: bob.id, username: bob.username },
        claimId: cold.id,
      });
      expect(await a.getClaim(cold.id)).toMatchObject({ state: 'cold', workspaceId: made.workspace.id });
      expect((await givenClaim(a, given, { name: 'canceled' })).state).toBe('new');
      expect(await a.openClaims()).toHaveLength(1);
    });

    it('keeps what was asked for: no cold build, time to live', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const bob = await a.ensurePerson({ username: 'bob' });
      const { claim } = await a.openClaim({
        templateId: given.templateId,
        presetId: given.preset.id,
        ownerId: bob.id,
        actor: { id: bob.id, username: bob.username },
        name: 'dev',
        requestId: undefined,
        argsHash: 'a',
        parameters: {},
        driver: DRIVER,
        ttlMs: 5000,
        noCold: true,
      });
      expect(claim).toMatchObject({ noCold: true, ttlMs: 5000, detached: false });
      await givenReady(a, given.preset);
      const { build, workspace } = must(await tryReserve(a, clock, given, claim));
      clock.advance(100);
      await succeed(a, build);
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ expiresAt: clock.now() + 5000, expiryWarnedAt: undefined });
    });
  });
}
