import { percentile } from './percentile.ts';
import { changesUntil, desiredAt, type Sizing } from './schedule.ts';

/** What the pool knows about its own speed. */
export interface Pace {
  readonly readyBy: boolean;
  /** Builds at once. */
  readonly poolJobs: number;
  /** Observed times from start to ready, in ms. */
  readonly buildTimesMs: readonly number[];
}

/** However slow the builds are, a pool is not filled longer than this before its time. */
const LONGEST_LEAD_MS = 24 * 3_600_000;

/** What a window of the near future wants is not trimmed now, even when the estimate of the lead shrinks meanwhile. */
const KEEP_FOR_MS = 3_600_000;

/**
 * Size of the pool at `now`, and with `ready_by` the size of a coming larger window as soon as the missing ones take as long as it is
 * away: the 90th percentile of the observed build times, once per batch of `poolJobs`. Without an observation nothing is early. `keep`
 * is the size above which prebuilds are surplus: at least `desired`, and what is wanted within an hour or twice the lead, so that
 * what was filled early is never trimmed early.
 */
export function desiredWithLead(preset: Sizing, now: number, pace: Pace): { readonly desired: number; readonly keep: number } {
  const base = desiredAt(preset, now);
  const buildMs = pace.readyBy ? percentile(pace.buildTimesMs, 0.9) : undefined;
  if (buildMs === undefined) return { desired: base, keep: base };
  const lead = (size: number): number => leadMs(size - base, buildMs, pace.poolJobs);
  const largest = Math.max(base, ...preset.schedules.map(({ instances }) => instances), preset.instances);
  const horizon = Math.max(KEEP_FOR_MS, 2 * lead(largest));
  const coming = changesUntil(preset, now, now + horizon).filter(({ instances }) => instances > base);
  const due = coming.filter(({ at, instances }) => at - now <= lead(instances));
  const kept = coming.filter(({ at, instances }) => at - now <= Math.max(KEEP_FOR_MS, 2 * lead(instances)));
  const sizeOf = (changes: typeof coming): number => Math.max(base, ...changes.map(({ instances }) => instances));
  return { desired: sizeOf(due), keep: sizeOf(kept) };
}

/** How long `missing` prebuilds take, `jobs` at a time. */
const leadMs = (missing: number, buildMs: number, jobs: number): number =>
  missing <= 0 ? 0 : Math.min(LONGEST_LEAD_MS, Math.ceil(missing / Math.max(1, jobs)) * buildMs);
