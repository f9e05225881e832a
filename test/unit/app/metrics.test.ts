import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/app/policy.ts';
import { collectFacts } from '../../../src/app/metrics.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { givenReady, givenTemplate, testClock } from '../../contract/support.ts';
import { parseExposition } from '../../support/prometheus.ts';
import { textOf } from '../metrics/facts.ts';

const clock = testClock();

describe('collecting the facts of a store', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prebuilds-metrics-'));
    store = await openSqliteStore(join(folder, 'store.db'), { clock, ids: systemIds });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const collect = async () => ({
    ...(await collectFacts(store, () => ({ ...DEFAULT_POLICY, poolJobs: 1, accessUrl: 'http://127.0.0.1:7780' }), clock.now())),
    version: '1',
  });

  it('brings rows and snapshot together, and prints the same bytes twice', async () => {
    const { preset, actor } = await givenTemplate(store);
    await givenReady(store, preset);
    await store.recordLook(12);
    const facts = await collect();
    const text = textOf(facts);
    expect(textOf(await collect())).toBe(text);
    const read = parseExposition(text);
    const pool = { template_name: 'docker', preset_name: 'small', organization_name: 'default' };
    expect(read.value('coderd_prebuilt_workspaces_created_total', pool)).toBe(1);
    expect(read.value('coderd_prebuilt_workspaces_eligible', pool)).toBe(1);
    expect(read.value('coderd_prebuilds_reconciliation_duration_seconds_count')).toBe(1);
    expect(read.value('prebuilds_last_reconcile_timestamp_seconds')).toBe(clock.now() / 1000);
    expect(read.value('coderd_prebuilt_workspaces_metrics_last_updated')).toBe(clock.now() / 1000);
    await store.setPaused(true, actor);
    const paused = parseExposition(textOf(await collect()));
    expect(paused.value('coderd_prebuilt_workspaces_reconciliation_paused')).toBe(1);
    expect(paused.value('prebuilds_pool_paused', pool)).toBe(1);
  });

  it('finds a preset whose values break the rules of its template', async () => {
    await givenTemplate(store, {
      presets: [{ name: 'good' }, { name: 'bad', parameters: { cpus: '99' } }],
    });
    expect((await collect()).pools.map(({ preset, invalid }) => [preset, invalid])).toEqual([
      ['bad', true],
      ['good', false],
    ]);
  });

  it('is fine with a store in which nothing has happened', async () => {
    const read = parseExposition(textOf(await collect()));
    expect(read.value('prebuilds_info', { version: '1' })).toBe(1);
    expect(read.value('prebuilds_last_reconcile_timestamp_seconds')).toBeUndefined();
  });
});
