import type { MetricFacts, PoolFacts } from '../../../src/metrics/facts.ts';
import { renderMetrics } from '../../../src/metrics/render.ts';

export const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const counts = {
  desired: 3,
  running: 2,
  eligible: 1,
  building: 1,
  failed: 0,
  expired: 0,
  held: 0,
  deleting: 0,
  stale: 0,
  claimed: 0,
  waiting: 0,
};

export const aPoolFacts = (facts: Partial<PoolFacts> = {}): PoolFacts => ({
  organization: 'default',
  template: 'docker',
  preset: 'large',
  active: counts,
  all: counts,
  unsafe: 0,
  breaker: 'closed',
  failures: 0,
  paused: false,
  draining: false,
  invalid: false,
  ...facts,
});

/** One pool, nothing counted yet. */
export const someFacts = (facts: Partial<MetricFacts> = {}): MetricFacts => ({
  version: '1.2.3',
  at: AT,
  counters: [],
  pools: [aPoolFacts()],
  paused: false,
  histograms: [],
  waiting: [],
  failedDeletes: [],
  liveBuilds: { queued: 0, running: 0 },
  openSuspects: 0,
  unaccounted: [],
  reconciledAt: undefined,
  ...facts,
});

const pool = { template_name: 'docker', preset_name: 'large' };

/** A value for every metric there is. */
export const allFacts = (): MetricFacts =>
  someFacts({
    pools: [
      aPoolFacts({ breaker: 'open', failures: 3, invalid: true, unsafe: 1 }),
      aPoolFacts({ preset: 'GoLand: "Large" \\ µ' }),
    ],
    counters: [
      { name: 'builds_total', labels: { ...pool, transition: 'start', stage: 'create', outcome: 'succeeded' }, value: 2 },
      { name: 'builds_enqueued_total', labels: { transition: 'start', build_reason: 'prebuild' }, value: 2 },
    ],
    histograms: [
      { name: 'reconcile_duration', labels: {} },
      { name: 'claim_build_duration', labels: pool },
      { name: 'creation_duration', labels: { ...pool, type: 'prebuild' } },
      {
        name: 'ready_duration',
        labels: { template_name: 'docker', transition: 'start', status: 'success', is_prebuild: 'true' },
      },
      { name: 'queue_wait', labels: { transition: 'start', build_reason: 'prebuild' } },
      { name: 'claim_duration', labels: { ...pool, served_as: 'warm' } },
      { name: 'claim_phase', labels: { ...pool, served_as: 'warm', phase: 'apply' } },
      {
        name: 'build_duration',
        labels: { template_name: 'docker', transition: 'start', stage: 'create', outcome: 'succeeded' },
      },
    ].map((row) => ({ ...row, buckets: [{ le: 1, count: 2 }], count: 3, sum: 4.5 })),
    unaccounted: [{ source: 'docker', count: 2 }],
    reconciledAt: AT - 1000,
  });

/** What a scrape of these facts reads. */
export const textOf = (facts: MetricFacts): string => renderMetrics(facts).text;
