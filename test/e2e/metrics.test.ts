import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import { parseExposition, type Exposition } from '../support/prometheus.ts';
import { failing, plain, rebuilding } from '../support/templates.ts';

const pool = (template: string) => ({
  template_name: template,
  preset_name: 'Standard',
  organization_name: 'default',
});
const PLAIN = pool('plain');
const prebuilt = (name: string): string => `coderd_prebuilt_workspaces_${name}`;

/** Asks for one series after the other; undefined where there is none. */
const values = (read: Exposition, names: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  Object.fromEntries(Object.entries(names).map(([name, labels]) => [name, read.value(name, labels)]));

describe('metrics of a pool on the real engine', () => {
  let box: Sandbox;
  const scrape = async (): Promise<Exposition> => parseExposition(`${await box.ok('metrics')}\n`);
  beforeAll(() => {
    box = makeSandbox();
    box.config('backoff:\n  base: 1ms\n  cap: 1h\nfailures:\n  limit: 2\n');
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('a new home has metrics, and no pool in them', async () => {
    const read = await scrape();
    expect(read.sum('prebuilds_info')).toBe(1);
    expect(read.value(prebuilt('desired'))).toBeUndefined();
    expect(read.value('prebuilds_last_reconcile_timestamp_seconds')).toBeUndefined();
  });

  it('a pool that was pushed is wanted, empty, and at 0 in every counter', async () => {
    await box.ok('template', 'push', box.template('plain', plain(2)));
    const read = await scrape();
    expect(read.value(prebuilt('desired'), PLAIN)).toBe(2);
    for (const name of ['running', 'eligible', 'created_total', 'failed_total', 'claimed_total', 'resource_replacements_total'])
      expect(read.value(prebuilt(name), PLAIN), name).toBe(0);
    expect(read.value('prebuilds_misses_total', { ...PLAIN, reason: 'empty' })).toBe(0);
  });

  it('reconcile fills it: builds, their waits and their durations', async () => {
    const before = Date.now() / 1000;
    await box.ok('reconcile');
    const read = await scrape();
    for (const name of ['desired', 'running', 'eligible', 'created_total'])
      expect(read.value(prebuilt(name), PLAIN), name).toBe(2);
    const create = { transition: 'start', stage: 'create', outcome: 'succeeded' };
    const waited = { transition: 'start', build_reason: 'prebuild' };
    expect(
      values(read, {
        prebuilds_builds_total: { ...PLAIN, ...create },
        prebuilds_build_duration_seconds_count: { template_name: 'plain', ...create },
        coderd_workspace_creation_duration_seconds_count: { ...PLAIN, type: 'prebuild' },
        coderd_template_workspace_build_duration_seconds_count: {
          template_name: 'plain',
          organization_name: 'default',
          transition: 'start',
          status: 'success',
          is_prebuild: 'true',
        },
        coderd_provisioner_job_queue_wait_seconds_count: {
          ...waited,
          provisioner_type: 'terraform',
          job_type: 'workspace_build',
        },
        coderd_workspace_builds_enqueued_total: { ...waited, provisioner_type: 'terraform', status: 'success' },
      }),
    ).toEqual({
      prebuilds_builds_total: 2,
      prebuilds_build_duration_seconds_count: 2,
      coderd_workspace_creation_duration_seconds_count: 2,
      coderd_template_workspace_build_duration_seconds_count: 2,
      coderd_provisioner_job_queue_wait_seconds_count: 2,
      coderd_workspace_builds_enqueued_total: 2,
    });
    expect(read.value('prebuilds_build_duration_seconds_sum', { stage: 'create' })).toBeGreaterThan(0);
    expect(read.value('coderd_prebuilds_reconciliation_duration_seconds_count')).toBeGreaterThan(0);
    expect(read.value('prebuilds_last_reconcile_timestamp_seconds')).toBeGreaterThan(before - 1);
    expect(read.value(prebuilt('metrics_last_updated'))).toBeGreaterThan(before);
    expect(read.value('prebuilds_live_builds', { state: 'queued' })).toBe(0);
  });

  it('a claim is served warm: one prebuild fewer, its time and its phases', async () => {
    const answer = (await box.json('claim', 'plain', '--name', 'dev')) as { phasesMs: Readonly<Record<string, number>> };
    const read = await scrape();
    const warm = { ...PLAIN, served_as: 'warm' };
    expect(read.value(prebuilt('eligible'), PLAIN)).toBe(1);
    expect(read.value(prebuilt('claimed_total'), PLAIN)).toBe(1);
    expect(read.value('prebuilds_claims_total', warm)).toBe(1);
    expect(read.value('prebuilds_claim_duration_seconds_count', warm)).toBe(1);
    expect(read.value('coderd_prebuilt_workspace_claim_duration_seconds_count', PLAIN)).toBe(1);
    expect(read.sum('prebuilds_misses_total')).toBe(0);
    // The store does not know what the command line did before and after the claim.
    const phases = Object.entries(answer.phasesMs).filter(([phase]) => phase !== 'resolve' && phase !== 'total');
    expect(phases.length).toBeGreaterThan(1);
    for (const [phase, ms] of phases)
      expect(read.value('prebuilds_claim_phase_duration_seconds_sum', { ...warm, phase }), phase).toBeCloseTo(ms / 1000, 3);
    expect(read.value('prebuilds_claim_duration_seconds_bucket', { ...warm, le: '+Inf' })).toBe(1);
  });

  it('a claim on an empty pool is a miss and a cold build; one that takes none is counted as such', async () => {
    await box.ok('claim', 'plain', '--name', 'second');
    await box.ok('claim', 'plain', '--name', 'third');
    expect((await box.run('claim', 'plain', '--name', 'fourth', '--no-cold')).code).toBe(5);
    const read = await scrape();
    expect(read.value(prebuilt('claimed_total'), PLAIN)).toBe(2);
    expect(read.value(prebuilt('eligible'), PLAIN)).toBe(0);
    expect(read.value('prebuilds_claims_total', { ...PLAIN, served_as: 'warm' })).toBe(2);
    expect(read.value('prebuilds_claims_total', { ...PLAIN, served_as: 'cold' })).toBe(1);
    expect(read.value('prebuilds_claims_unserved_total', { ...PLAIN, outcome: 'failed' })).toBe(1);
    expect(read.value('prebuilds_misses_total', { ...PLAIN, reason: 'empty' })).toBe(2);
    expect(read.value('coderd_workspace_creation_total', PLAIN)).toBe(1);
    expect(read.value('coderd_workspace_creation_duration_seconds_count', { ...PLAIN, type: 'regular' })).toBe(1);
    expect(read.value('prebuilds_claims_waiting', PLAIN)).toBe(0);
  });

  it('a claim that rebuilds something is one replacement', async () => {
    await box.ok('template', 'push', box.template('rebuilding', rebuilding(1)));
    await box.ok('reconcile');
    await box.ok('claim', 'rebuilding', '--name', 'rebuilt');
    const read = await scrape();
    expect(read.value(prebuilt('resource_replacements_total'), pool('rebuilding'))).toBe(1);
    expect(read.value(prebuilt('resource_replacements_total'), PLAIN)).toBe(0);
  });

  it('builds that fail are counted until the pool is hard limited', async () => {
    await box.ok('template', 'push', box.template('broken', failing(1)));
    const broken = pool('broken');
    expect((await scrape()).value(prebuilt('preset_hard_limited'), broken)).toBeUndefined();
    for (let pass = 0; pass < 4; pass += 1) await box.run('reconcile');
    const read = await scrape();
    expect(read.value(prebuilt('preset_hard_limited'), broken)).toBe(1);
    expect(read.value(prebuilt('preset_hard_limited'), PLAIN)).toBeUndefined();
    expect(read.value('prebuilds_pool_breaker_state', { ...broken, state: 'open' })).toBe(1);
    expect(read.value('prebuilds_pool_breaker_state', { ...PLAIN, state: 'closed' })).toBe(1);
    const failures = read.value('prebuilds_pool_consecutive_failures', broken) ?? 0;
    expect(failures).toBeGreaterThan(0);
    expect(read.value(prebuilt('failed_total'), broken)).toBe(failures);
    expect(read.value('prebuilds_builds_total', { ...broken, transition: 'start', outcome: 'failed' })).toBe(failures);
    const error = { template_name: 'broken', status: 'error', is_prebuild: 'true' };
    expect(read.value('coderd_template_workspace_build_duration_seconds_count', error)).toBe(failures);
    expect(read.value(prebuilt('failed_total'), PLAIN)).toBe(0);
  });

  it('a pause and a deleted template are seen, and counters stay', async () => {
    await box.ok('pause');
    await box.ok('template', 'delete', 'broken', '--yes');
    const read = await scrape();
    expect(read.value(prebuilt('reconciliation_paused'))).toBe(1);
    expect(read.value('prebuilds_pool_paused', PLAIN)).toBe(1);
    expect(read.value(prebuilt('desired'), pool('broken'))).toBeUndefined();
    expect(read.value(prebuilt('failed_total'), pool('broken'))).toBeGreaterThan(0);
    await box.ok('resume');
  });

  it('writes the same for the textfile collector, as data and as text', async () => {
    const file = join(box.folder, 'prebuilds.prom');
    expect(await box.run('metrics', '--textfile', file)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(statSync(file).mode & 0o777).toBe(0o644);
    const written = parseExposition(readFileSync(file, 'utf8'));
    const printed = await scrape();
    const { metrics } = (await box.json('metrics')) as {
      metrics: readonly { name: string; samples: readonly { suffix: string }[] }[];
    };
    const series = (read: Exposition) =>
      read.series.map(({ name, labels, value }) => [name, labels, name === prebuilt('metrics_last_updated') ? 0 : value]);
    expect(series(written)).toEqual(series(printed));
    expect(metrics.flatMap(({ name, samples }) => samples.map(({ suffix }) => name + suffix))).toEqual(
      printed.series.map(({ name }) => name),
    );
    expect((await box.run('metrics', '--textfile', join(box.folder, 'prebuilds.txt'))).code).toBe(2);
  });
});
