import { z } from 'zod';
import { nextChange } from './templates.ts';
import { at, count, list, maybeAt, maybeText, ms, shape } from './words.ts';

const HINDRANCES = [
  'paused',
  'template_inactive',
  'no_preset',
  'draining',
  'clock_jump',
  'limited',
  'holding',
  'backoff',
  'probing',
  'max_size',
  'start_rate',
] as const;

const code = z.enum(HINDRANCES);
const hindrance = shape('Hindrance', { code, reason: z.string(), untilAt: maybeAt });

export const poolStatus = shape('PoolStatus', {
  organization: z.string(),
  template: z.string(),
  preset: z.string(),
  desired: count,
  running: count,
  eligible: count,
  building: count,
  failed: count,
  expired: count,
  held: count,
  deleting: count,
  stale: count,
  claimed: count,
  waiting: count,
  maxSize: count.optional(),
  paused: z.boolean(),
  draining: z.boolean(),
  hindrance: hindrance.optional(),
  heldPrebuilds: list(z.object({ name: z.string(), heldAt: at, heldBy: maybeText, reason: maybeText }).readonly()),
  breaker: z.string(),
  failures: count,
  nextTryAt: maybeAt,
  lastError: maybeText,
  unsafe: count,
  unsafeReason: maybeText,
  safe: count,
  degraded: z.boolean(),
  claims: count,
  misses: count,
  hitRate: z.number().min(0).max(1).optional(),
  p50ClaimMs: ms.optional(),
  p95ClaimMs: ms.optional(),
  nextChange: nextChange.optional(),
});

const removal = { workspaceId: z.string(), rowVersion: count, reason: z.string() };
const action = z.union([
  z.object({
    kind: z.literal('create'),
    count,
    slotLimit: count,
    probe: z.boolean(),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('delete'),
    ...removal,
    why: z.enum([
      'inactive',
      'stale',
      'invalidated',
      'drained',
      'expired',
      'replaced',
      'surplus',
      'stopped',
      'failed',
      'evidence',
      'retry',
    ]),
  }),
  z.object({ kind: z.literal('cancel'), ...removal }),
  z.object({ kind: z.literal('backoff'), code, untilAt: at, reason: z.string() }),
  z.object({ kind: z.literal('limited'), code, reason: z.string(), untilAt: maybeAt }),
]);

/** A number per step, null where nothing is known; the mean of what changes often. */
const series = list(z.number().min(0).nullable());

export const poolHistory = shape('PoolHistory', {
  from: at,
  stepMs: ms,
  pools: list(
    shape('PoolSeries', {
      organization: z.string(),
      template: z.string(),
      preset: z.string(),
      desired: series,
      running: series,
      eligible: series,
      building: series,
      claimed: series,
      lowest: series.meta({ description: 'lowest number of eligible prebuilds in the step' }),
    }),
  ),
});

export const plannedPool = shape('PlannedPool', {
  template: z.string(),
  preset: z.string(),
  actions: list(action.readonly()),
  hindrance: hindrance.optional(),
});

export const reconcileReport = shape('ReconcileReport', {
  created: count,
  deleted: count,
  failed: count,
  canceled: count,
  repaired: count,
  served: count,
  left: count.optional(),
  timedOut: z.boolean(),
  paused: z.boolean(),
  pools: list(poolStatus),
});

export const prunedPrebuild = shape('PrunedPrebuild', {
  template: z.string(),
  preset: z.string(),
  name: z.string(),
  failedAt: maybeAt,
  lastError: maybeText,
  deleted: z.boolean(),
});

export const invalidated = shape('Invalidated', { marked: list(z.string()), report: reconcileReport.optional() });
