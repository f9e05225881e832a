import { describe, expect, it } from 'vitest';
import type { Subscribers } from '../../../src/domain/hooks.ts';
import { eachTest, type OpenStore, type StoreUnderTest } from '../harness.ts';
import {
  applyBuild,
  givenCold,
  givenReady,
  givenReserved,
  givenTemplate,
  must,
  queue,
  succeed,
  tryReserve,
  givenClaim,
} from '../support.ts';

const REPLACED = { address: 'docker_container.main', type: 'docker_container', action: 'replace', paths: ['env'] } as const;
const LEASE = 15_000;
const HOUR = 3_600_000;

/** One receiver of everything, and a second one of claims. */
const subscribers: Subscribers = (hook) => (hook === 'on_claim' ? [0, 1] : [0]);

interface Payload {
  readonly id: string;
  readonly hook: string;
  readonly event: { readonly kind: string; readonly seq: number };
  readonly workspace: unknown;
  readonly claim: unknown;
  readonly data: unknown;
}

const payloads = async ({ a }: StoreUnderTest): Promise<readonly Payload[]> =>
  (await a.listNotifications()).map(({ payload }) => JSON.parse(payload) as Payload);

export function hookCases(open: OpenStore): void {
  enqueueCases(open);
  deliverCases(open);
}

function enqueueCases(open: OpenStore): void {
  describe('notifications are made with their events', () => {
    const at = eachTest(open, subscribers);

    it('one per receiver, with the facts of that moment', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { workspace, build, claim } = await givenReserved(a, clock, given);
      for (const [from, to] of [
        ['queued', 'planning'],
        ['planning', 'planned'],
      ] as const)
        await a.moveBuild(build.id, from, to, { changes: [REPLACED] });
      await a.moveClaim(claim.id, ['reserved'], 'planned');
      await a.moveBuild(build.id, 'planned', 'applying');
      await a.finishBuild(build.id, { state: 'succeeded' });
      const all = await payloads(at());
      const served = must((await a.listEvents()).find(({ kind }) => kind === 'claim.served'));
      expect(all.map(({ hook }) => hook)).toEqual(['on_ready', 'on_claim', 'on_claim', 'on_replace']);
      expect(all[0]).toMatchObject({ event: { kind: 'prebuild.ready' }, workspace: { id: workspace.id, owner: 'prebuilds' } });
      expect(all[3]).toMatchObject({
        event: { kind: 'claim.served', seq: served.seq },
        template: given.templateName,
        preset: given.preset.name,
        actor: 'bob',
        workspace: { id: workspace.id, name: 'dev', owner: 'bob' },
        claim: { id: claim.id, servedAs: 'warm' },
        data: { rebuilt: [REPLACED] },
      });
      const rows = await a.listNotifications();
      expect(rows.map(({ target }) => target)).toEqual([0, 0, 1, 0]);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(4);
      expect(all.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    });

    it('say that a claim was served cold, and whose workspace is gone', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      const { workspace, build } = await givenCold(a, given, { claimId: claim.id });
      await succeed(a, build);
      await succeed(a, must(await queue(a, await a.getWorkspace(workspace.id), 'delete')).build);
      expect(await payloads(at())).toMatchObject([
        { hook: 'on_claim', claim: { servedAs: 'cold' }, workspace: { owner: 'bob' } },
        { hook: 'on_claim' },
        { hook: 'on_release', workspace: { id: workspace.id, owner: 'bob' } },
      ]);
    });

    it('and not for what nobody is told of: a claim given back, a prebuild deleted', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, workspace } = await givenReserved(a, clock, given);
      await a.releaseClaim(claim.id, 'because');
      await succeed(a, must(await queue(a, await a.getWorkspace(workspace.id), 'delete')).build);
      expect((await payloads(at())).map(({ hook }) => hook)).toEqual(['on_ready']);
    });

    it('and not when their transaction fails', async () => {
      const { a, exec } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenCold(a, given);
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'succeeded' });
      const before = await a.listEvents();
      const queued = must(await queue(a, await a.getWorkspace(workspace.id), 'delete'));
      await applyBuild(a, queued.build);
      exec("create trigger no_outbox before insert on outbox begin select raise(abort, 'full'); end");
      await expect(a.finishBuild(queued.build.id, { state: 'succeeded' })).rejects.toThrow();
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ phase: 'deleting' });
      expect((await a.listEvents()).slice(before.length).map(({ kind }) => kind)).not.toContain('workspace.deleted');
      expect(await a.listNotifications()).toEqual([]);
    });
  });

  describe('without receivers', () => {
    const at = eachTest(open);
    it('nothing is kept', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await givenReserved(a, clock, given);
      expect(await a.listNotifications()).toEqual([]);
      expect(await a.takeNotification(LEASE, [])).toBeUndefined();
    });
  });
}

function deliverCases(open: OpenStore): void {
  describe('notifications are delivered', () => {
    const at = eachTest(open, subscribers);
    const ready = async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      return given;
    };

    it('by one at a time, until its lease is over', async () => {
      const { a, b, clock } = at();
      await ready();
      const [first, second] = await Promise.all([a.takeNotification(LEASE, []), b.takeNotification(LEASE, [])]);
      const taken = must(first ?? second);
      expect([first, second].filter((one) => one !== undefined)).toHaveLength(1);
      expect(taken).toMatchObject({ hook: 'on_ready', attempts: 1, doneAt: undefined, createdAt: clock.now() });
      clock.advance(LEASE - 1);
      expect(await b.takeNotification(LEASE, [])).toBeUndefined();
      clock.advance(1);
      const again = must(await b.takeNotification(LEASE, []));
      expect(again).toMatchObject({ id: taken.id, payload: taken.payload, attempts: 2 });
      // The first one wakes up: what came of its try does not count any more.
      expect(await a.settleNotification(taken, { state: 'delivered' })).toBe(false);
      expect(await a.settleNotification(taken, { state: 'given_up', error: 'x', receiver: 'y' })).toBe(false);
      expect(await b.settleNotification(again, { state: 'delivered' })).toBe(true);
      expect(await a.listNotifications()).toEqual([]);
      expect(await b.settleNotification(again, { state: 'delivered' })).toBe(false);
    });

    it('the one that waited longest first, leaving out receivers that failed', async () => {
      const { a, clock } = at();
      const given = await ready();
      clock.advance(1000);
      const claim = await givenClaim(a, given);
      const reserved = must(await tryReserve(a, clock, given, claim));
      await a.moveClaim(claim.id, ['reserved'], 'planned');
      await succeed(a, reserved.build);
      const order = ['on_ready 0', 'on_claim 0', 'on_claim 1'];
      const name = (one: { hook: string; target: number } | undefined) =>
        one === undefined ? undefined : `${one.hook} ${one.target}`;
      expect((await a.listNotifications()).map(name)).toEqual(order);
      const except = [
        { hook: 'on_ready', target: 0 },
        { hook: 'on_claim', target: 0 },
      ] as const;
      expect(name(await a.takeNotification(LEASE, except))).toBe('on_claim 1');
      expect(await a.takeNotification(LEASE, except)).toBeUndefined();
      expect(name(await a.takeNotification(LEASE, []))).toBe('on_ready 0');
      expect(name(await a.takeNotification(LEASE, []))).toBe('on_claim 0');
    });

    it('again at the time of the next try', async () => {
      const { a, clock } = at();
      await ready();
      const taken = must(await a.takeNotification(LEASE, []));
      const nextTryAt = clock.now() + HOUR;
      expect(await a.settleNotification(taken, { state: 'retry', error: 'it answered 500', at: nextTryAt })).toBe(true);
      expect(await a.listNotifications()).toMatchObject([{ lastError: 'it answered 500', nextTryAt, attempts: 1 }]);
      clock.advance(HOUR - 1);
      expect(await a.takeNotification(LEASE, [])).toBeUndefined();
      clock.advance(1);
      expect(await a.takeNotification(LEASE, [])).toMatchObject({ attempts: 2 });
    });

    it('or given up with an event, kept for a week, and made due again by hand', async () => {
      const { a, clock } = at();
      const given = await ready();
      const taken = must(await a.takeNotification(LEASE, []));
      await a.settleNotification(taken, { state: 'given_up', error: 'it answered 500', receiver: 'https://x' });
      const failed = must((await a.listEvents()).at(-1));
      expect(failed).toMatchObject({
        kind: 'hook.failed',
        template: given.templateName,
        reason: 'on_ready was not delivered to https://x: it answered 500',
        data: { id: taken.id, hook: 'on_ready', target: 0, attempts: 1, eventSeq: taken.eventSeq },
      });
      expect(await a.takeNotification(LEASE, [])).toBeUndefined();
      expect(await a.listNotifications()).toMatchObject([{ id: taken.id, doneAt: clock.now() }]);
      expect(await a.retryNotifications()).toBe(1);
      const again = must(await a.takeNotification(LEASE, []));
      expect(again).toMatchObject({ id: taken.id, attempts: 2 });
      await a.settleNotification(again, { state: 'given_up', error: 'it answered 500', receiver: 'https://x' });
      clock.advance(8 * 24 * HOUR);
      await givenReady(a, given.preset);
      await a.settleNotification(must(await a.takeNotification(LEASE, [])), { state: 'given_up', error: 'e', receiver: 'r' });
      expect((await a.listNotifications()).map(({ id }) => id)).not.toContain(taken.id);
    });

    it('those never tried are not made due by hand: somebody may be delivering them', async () => {
      const { a } = at();
      await ready();
      must(await a.takeNotification(LEASE, []));
      expect(await a.retryNotifications()).toBe(0);
      expect(await a.takeNotification(LEASE, [])).toBeUndefined();
    });
  });
}
