import { MISS_CODES, type BreakerState } from '../domain/types.ts';
import type { Definition } from './family.ts';
import { counted, labelsOf, perPool, POOL_LABELS } from './pool-labels.ts';

const BREAKERS = ['closed', 'backing_off', 'holding', 'half_open', 'open'] as const satisfies readonly BreakerState[];

const claims: readonly Definition[] = [
  {
    name: 'prebuilds_claims_total',
    type: 'counter',
    help: 'Claims that got a workspace, by how: warm (from the pool), waited (from the pool, later) or cold (built for them).',
    labels: [...POOL_LABELS, 'served_as'],
    stored: 'claims_total',
    zeros: { served_as: ['warm', 'waited', 'cold'] },
  },
  {
    name: 'prebuilds_claims_unserved_total',
    type: 'counter',
    help: 'Claims that ended without a workspace, by outcome (failed or canceled).',
    labels: [...POOL_LABELS, 'outcome'],
    stored: 'claims_unserved_total',
    zeros: { outcome: ['failed', 'canceled'] },
  },
  {
    name: 'prebuilds_misses_total',
    type: 'counter',
    help: 'Claims that the pool could not serve, by reason.',
    labels: [...POOL_LABELS, 'reason'],
    stored: 'misses_total',
    zeros: { reason: MISS_CODES },
  },
  {
    name: 'prebuilds_claim_duration_seconds',
    type: 'histogram',
    help: 'Time from the request to the workspace, by how it was served.',
    labels: [...POOL_LABELS, 'served_as'],
    stored: 'claim_duration',
  },
  {
    name: 'prebuilds_claim_phase_duration_seconds',
    type: 'histogram',
    help: 'Time of each phase of a served claim: reserve, prepare, check, plan, guard, apply.',
    labels: [...POOL_LABELS, 'served_as', 'phase'],
    stored: 'claim_phase',
  },
  {
    name: 'prebuilds_claims_waiting',
    type: 'gauge',
    help: 'Claims that wait for a prebuild.',
    labels: POOL_LABELS,
    read: counted((facts) => facts.waiting),
  },
];

const pools: readonly Definition[] = [
  {
    name: 'prebuilds_pool_building',
    type: 'gauge',
    help: 'Prebuilds that are queued or being built.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.all.building),
  },
  {
    name: 'prebuilds_pool_deleting',
    type: 'gauge',
    help: 'Prebuilds that are being deleted.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.all.deleting),
  },
  {
    name: 'prebuilds_pool_failed',
    type: 'gauge',
    help: 'Failed or quarantined prebuilds that are kept as evidence.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.all.failed),
  },
  {
    name: 'prebuilds_pool_expired',
    type: 'gauge',
    help: 'Built prebuilds that are over their time to live.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.all.expired),
  },
  {
    name: 'prebuilds_pool_held',
    type: 'gauge',
    help: 'Prebuilds that an operator parked.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.all.held),
  },
  {
    name: 'prebuilds_lost_total',
    type: 'counter',
    help: 'Ready prebuilds that were found dead, by a health check or by a claim.',
    labels: POOL_LABELS,
    stored: 'lost_total',
    zeros: {},
  },
  {
    name: 'prebuilds_pool_unsafe',
    type: 'gauge',
    help: 'Built prebuilds of which a claim would rebuild something.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.unsafe),
  },
  {
    name: 'prebuilds_pool_paused',
    type: 'gauge',
    help: '1 while the pool is paused, by itself or with everything.',
    labels: POOL_LABELS,
    read: perPool((pool) => Number(pool.paused)),
  },
  {
    name: 'prebuilds_pool_draining',
    type: 'gauge',
    help: '1 while the pool is being emptied by hand.',
    labels: POOL_LABELS,
    read: perPool((pool) => Number(pool.draining)),
  },
  {
    name: 'prebuilds_pool_breaker_state',
    type: 'gauge',
    help: '1 for the state that the breaker of the pool is in, 0 for the others.',
    labels: [...POOL_LABELS, 'state'],
    read: (facts) =>
      facts.pools.flatMap((pool) =>
        BREAKERS.map((state) => ({ labels: { ...labelsOf(pool), state }, value: Number(pool.breaker === state) })),
      ),
  },
  {
    name: 'prebuilds_pool_consecutive_failures',
    type: 'gauge',
    help: 'Builds of the pool that failed since one became ready.',
    labels: POOL_LABELS,
    read: perPool((pool) => pool.failures),
  },
];

const builds: readonly Definition[] = [
  {
    name: 'prebuilds_builds_total',
    type: 'counter',
    help: 'Builds that ended, by transition, stage (create, claim or none) and outcome (succeeded, failed or canceled).',
    labels: [...POOL_LABELS, 'transition', 'stage', 'outcome'],
    stored: 'builds_total',
  },
  {
    name: 'prebuilds_build_duration_seconds',
    type: 'histogram',
    help: 'Time from the begin of a build to its end; canceled ones are left out.',
    labels: ['template_name', 'organization_name', 'transition', 'stage', 'outcome'],
    stored: 'build_duration',
  },
  {
    name: 'prebuilds_live_builds',
    type: 'gauge',
    help: 'Builds that have not ended, by state: queued, or running.',
    labels: ['state'],
    read: ({ liveBuilds }) => [
      { labels: { state: 'queued' }, value: liveBuilds.queued },
      { labels: { state: 'running' }, value: liveBuilds.running },
    ],
  },
  {
    name: 'prebuilds_failed_deletes',
    type: 'gauge',
    help: 'Workspaces and prebuilds whose destruction failed and is still to be done.',
    labels: POOL_LABELS,
    read: counted((facts) => facts.failedDeletes),
  },
  {
    name: 'prebuilds_open_suspects',
    type: 'gauge',
    help: 'Objects that may exist although no state knows them.',
    labels: [],
    read: (facts) => [{ labels: {}, value: facts.openSuspects }],
  },
  {
    name: 'prebuilds_unaccounted_objects',
    type: 'gauge',
    help: 'Objects that the last sweep of a source could not account for; absent without sweeps.',
    labels: ['source'],
    read: (facts) => facts.unaccounted.map(({ source, count }) => ({ labels: { source }, value: count })),
  },
  {
    name: 'prebuilds_last_reconcile_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time at which the pools were last looked at and acted upon; absent before the first time.',
    labels: [],
    read: ({ reconciledAt }) => (reconciledAt === undefined ? [] : [{ labels: {}, value: reconciledAt / 1000 }]),
  },
  {
    name: 'prebuilds_info',
    type: 'gauge',
    help: '1, with the version of prebuilds.',
    labels: ['version'],
    read: ({ version }) => [{ labels: { version }, value: 1 }],
  },
];

/** What Coder does not count. */
export const OWN: readonly Definition[] = [...claims, ...pools, ...builds];
