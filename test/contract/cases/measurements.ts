import { describe, expect, it } from 'vitest';
import type { HistogramName, HistogramRow, Labels } from '../../../src/domain/measurements.ts';
import type { Store } from '../../../src/store/store.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  counterOf,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReady,
  givenReserved,
  givenTemplate,
  must,
  queue,
  succeed,
  tryReserve,
} from '../support.ts';

const SECOND = 1000;
const POOL = { organization_name: 'default', template_name: 'docker', preset_name: 'small' };

const rowsOf = async (store: Store, name: HistogramName): Promise<readonly HistogramRow[]> =>
  (await store.measurements()).histograms.filter((row) => row.name === name);

const row = (name: HistogramName, labels: Labels, seconds: number, le: number | undefined): HistogramRow => ({
  name,
  labels,
  buckets: le === undefined ? [] : [{ le, count: 1 }],
  count: 1,
  sum: seconds,
});

export function measurementCases(open: OpenStore): void {
  buildMeasurements(open);
  claimMeasurements(open);
  countsOnDemand(open);
}

function buildMeasurements(open: OpenStore): void {
  describe('measuring builds', () => {
    const at = eachTest(open);

    it('a prebuild: its wait, its build, its way to ready', async () => {
      const { a, b, clock } = at();
      const { preset } = await givenTemplate(a);
      const { workspace, build } = await givenPrebuild(a, preset);
      clock.advance(3 * SECOND);
      await applyBuild(a, build);
      clock.advance(20 * SECOND);
      await a.finishBuild(build.id, { state: 'succeeded' });
      expect(await rowsOf(b, 'ready_duration')).toEqual([]);
      clock.advance(40 * SECOND);
      await a.markReady(workspace.id, 'provisioned');
      await a.markReady(workspace.id, 'provisioned');
      expect(await rowsOf(b, 'queue_wait')).toEqual([row('queue_wait', { transition: 'start', build_reason: 'prebuild' }, 3, 5)]);
      expect(await rowsOf(b, 'build_duration')).toEqual([
        row(
          'build_duration',
          { organization_name: 'default', template_name: 'docker', transition: 'start', stage: 'create', outcome: 'succeeded' },
          20,
          30,
        ),
      ]);
      expect(await rowsOf(b, 'creation_duration')).toEqual([row('creation_duration', { ...POOL, type: 'prebuild' }, 20, 30)]);
      expect(await rowsOf(b, 'ready_duration')).toEqual([
        row(
          'ready_duration',
          { organization_name: 'default', template_name: 'docker', transition: 'start', status: 'success', is_prebuild: 'true' },
          63,
          300,
        ),
      ]);
      expect(await counterOf(b, 'builds_total', { ...POOL, stage: 'create', outcome: 'succeeded' })).toBe(1);
      expect(await counterOf(b, 'workspace_creation_total')).toBe(0);
    });

    it('a cold build is a creation of its own, ready when it ends', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { build } = await givenCold(a, given);
      await applyBuild(a, build);
      clock.advance(2 * SECOND);
      await a.finishBuild(build.id, { state: 'succeeded' });
      expect(await rowsOf(a, 'creation_duration')).toEqual([row('creation_duration', { ...POOL, type: 'regular' }, 2, 10)]);
      expect((await rowsOf(a, 'ready_duration')).map(({ labels }) => labels)).toEqual([
        { organization_name: 'default', template_name: 'docker', transition: 'start', status: 'success', is_prebuild: 'false' },
      ]);
      expect(await counterOf(a, 'workspace_creation_total', POOL)).toBe(1);
      expect(await counterOf(a, 'builds_enqueued_total', { build_reason: 'initiator' })).toBe(1);
    });

    it('what fails or never becomes ready is an error, what is canceled is counted and not timed', async () => {
      const { a, clock } = at();
      const { preset, actor } = await givenTemplate(a);
      const failing = await givenPrebuild(a, preset);
      await applyBuild(a, failing.build);
      clock.advance(SECOND);
      const failed = { state: 'failed', error: 'boom', errorClass: 'template' } as const;
      expect(await a.finishBuild(failing.build.id, failed)).toBe(true);
      expect(await a.finishBuild(failing.build.id, failed)).toBe(false);
      const sick = await givenPrebuild(a, preset);
      await succeed(a, sick.build);
      await a.markFailed(sick.workspace.id, 'start script failed', 'template', true);
      const dropped = await givenPrebuild(a, preset);
      await a.cancelQueued(dropped.workspace.id, 'not wanted', actor);
      const errors = (await rowsOf(a, 'ready_duration')).filter(({ labels }) => labels['status'] === 'error');
      expect(errors).toMatchObject([{ labels: { is_prebuild: 'true' }, count: 2, sum: 1 }]);
      expect((await rowsOf(a, 'build_duration')).map(({ labels, count }) => [labels['outcome'], count])).toEqual([
        ['failed', 1],
        ['succeeded', 1],
      ]);
      expect(await counterOf(a, 'builds_total', { outcome: 'failed' })).toBe(1);
      expect(await counterOf(a, 'builds_total', { outcome: 'canceled' })).toBe(1);
      expect((await rowsOf(a, 'creation_duration')).map(({ count }) => count)).toEqual([1]);
    });

    it('a plan that is made again waited once', async () => {
      const { a } = at();
      const { preset } = await givenTemplate(a);
      const { build } = await givenPrebuild(a, preset);
      await a.moveBuild(build.id, 'queued', 'planning');
      await a.moveBuild(build.id, 'planning', 'queued');
      await a.moveBuild(build.id, 'queued', 'planning');
      expect((await rowsOf(a, 'queue_wait')).map(({ count }) => count)).toEqual([1]);
    });

    it('sorts durations into buckets: a bound belongs to its bucket, what is above the last only to the sum', async () => {
      const { a } = at();
      for (const ms of [10_000, 10_001, 5, 5, -3]) await a.recordLook(ms);
      const [row] = await rowsOf(a, 'reconcile_duration');
      expect(row).toMatchObject({
        labels: {},
        buckets: [
          { le: 0.005, count: 3 },
          { le: 10, count: 1 },
        ],
        count: 5,
      });
      expect(row?.sum).toBeCloseTo(20.011, 9);
    });
  });
}

function claimMeasurements(open: OpenStore): void {
  describe('measuring claims', () => {
    const at = eachTest(open);

    it('a warm one: by how it was served, from the request on, and its phases once', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim, build } = await givenReserved(a, clock, given);
      clock.advance(SECOND);
      await applyBuild(a, build);
      clock.advance(2 * SECOND);
      await a.finishBuild(build.id, { state: 'succeeded' });
      await a.recordClaim(claim.id, { phases: { reserve: 4, apply: 2000 } });
      await a.recordClaim(claim.id, { phases: { reserve: 4, apply: 2000 } });
      const served = { ...POOL, served_as: 'warm' };
      expect(await rowsOf(a, 'claim_duration')).toEqual([row('claim_duration', served, 3, 5)]);
      expect(await rowsOf(a, 'claim_build_duration')).toEqual([row('claim_build_duration', POOL, 2, 5)]);
      expect(await rowsOf(a, 'claim_phase')).toEqual([
        row('claim_phase', { ...served, phase: 'apply' }, 2, 2.5),
        row('claim_phase', { ...served, phase: 'reserve' }, 0.004, 0.01),
      ]);
      const ready = (await rowsOf(a, 'ready_duration')).map(({ labels, sum }) => [labels['is_prebuild'], sum]);
      expect(ready).toEqual([
        ['false', 3],
        ['true', 0],
      ]);
      expect(await counterOf(a, 'claims_total', served)).toBe(1);
      expect(await counterOf(a, 'claims_unserved_total')).toBe(0);
    });

    it('a cold one waits from its request too, a failed or canceled one is counted by its end', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const claim = await givenClaim(a, given);
      clock.advance(SECOND);
      const { build } = await givenCold(a, given, { claimId: claim.id });
      await applyBuild(a, build);
      clock.advance(9 * SECOND);
      await a.finishBuild(build.id, { state: 'succeeded' });
      expect(await rowsOf(a, 'claim_duration')).toEqual([row('claim_duration', { ...POOL, served_as: 'cold' }, 10, 10)]);
      for (const to of ['failed', 'canceled', 'canceled'] as const) {
        const other = await givenClaim(a, given, { name: `dev-${to}-${String(clock.now())}` });
        clock.advance(1);
        expect(await a.moveClaim(other.id, ['new'], to)).toBe(true);
        expect(await a.moveClaim(other.id, ['new'], to)).toBe(false);
        await a.recordClaim(other.id, { phases: { reserve: 1 } });
      }
      expect(await counterOf(a, 'claims_total', { served_as: 'cold' })).toBe(1);
      expect(await counterOf(a, 'claims_unserved_total', { outcome: 'failed' })).toBe(1);
      expect(await counterOf(a, 'claims_unserved_total', { outcome: 'canceled' })).toBe(2);
      expect(await rowsOf(a, 'claim_phase')).toEqual([]);
    });

    it('a claim that gives its prebuild back has not ended', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const { claim } = await givenReserved(a, clock, given);
      await a.releaseClaim(claim.id, 'its process ended');
      expect(await counterOf(a, 'claims_total')).toBe(0);
      expect(await counterOf(a, 'claims_unserved_total')).toBe(0);
      expect(await counterOf(a, 'builds_total', { stage: 'claim', outcome: 'canceled' })).toBe(1);
      expect(await tryReserve(a, clock, given, claim)).toBeDefined();
    });
  });
}

function countsOnDemand(open: OpenStore): void {
  describe('what is counted on demand', () => {
    const at = eachTest(open);

    it('is nothing in a new store', async () => {
      expect(await at().a.measurements()).toEqual({
        histograms: [],
        waiting: [],
        failedDeletes: [],
        liveBuilds: { queued: 0, running: 0 },
        openSuspects: 0,
        unaccounted: [],
        reconciledAt: undefined,
      });
    });

    it('counts waiting claims, live builds, failed deletes, suspects and what a sweep found', async () => {
      const { a, b, clock, exec } = at();
      const given = await givenTemplate(a);
      const doomed = await givenReady(a, given.preset);
      for (const name of ['one', 'two']) {
        const claim = await givenClaim(a, given, { name });
        await a.moveClaim(claim.id, ['new'], 'waiting');
      }
      const { build } = must(await queue(a, doomed, 'delete'));
      await applyBuild(a, build);
      await a.finishBuild(build.id, {
        state: 'failed',
        error: 'no access',
        errorClass: 'environment',
        suspects: [{ address: 'aws_instance.main', type: 'aws_instance' }],
      });
      await givenPrebuild(a, given.preset);
      const running = await givenPrebuild(a, given.preset);
      await a.moveBuild(running.build.id, 'queued', 'planning');
      const finding = { kind: 'folder', id: 'x', type: 'x', reason: '', removable: false };
      const findings = ['leaked', 'foreign', 'leaked', 'missing'].map((verdict) => ({ verdict, ...finding }));
      exec(`insert into sweep (source, at, objects, unaccounted) values ('docker', 1, 5, '${JSON.stringify(findings)}')`);
      clock.advance(SECOND);
      await a.recordLook(7);
      const pool = { organization: 'default', template: 'docker', preset: 'small' };
      expect(await b.measurements()).toMatchObject({
        waiting: [{ ...pool, count: 2 }],
        failedDeletes: [{ ...pool, count: 1 }],
        liveBuilds: { queued: 1, running: 1 },
        openSuspects: 1,
        unaccounted: [{ source: 'docker', count: 2 }],
        reconciledAt: clock.now(),
      });
      clock.advance(SECOND);
      await b.recordLook(7);
      expect((await a.measurements()).reconciledAt).toBe(clock.now());
    });
  });
}
