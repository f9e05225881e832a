import type { PoolSummary } from './summarise.ts';

/** What is remembered of a pool's size (spec 8.4). */
export type PoolCounts = Pick<PoolSummary, 'desired' | 'running' | 'eligible' | 'building' | 'claimed'>;

/** The names of the counts, in the order of their columns. */
export const COUNTS = ['desired', 'running', 'eligible', 'building', 'claimed'] as const satisfies readonly (keyof PoolCounts)[];

/** One pool had these counts from `at` on, and was last seen with them at `untilAt`. */
export interface PoolSample extends PoolCounts {
  readonly at: number;
  readonly untilAt: number;
}

/** Counts that stay the same are noted at most this often, so that a pool at rest costs one row and few writes. */
export const SAMPLE_EVERY_MS = 5 * 60_000;

/** When nobody looked at a pool for longer than this, what it was meanwhile is not known. */
export const SAMPLE_GAP_MS = 2 * SAMPLE_EVERY_MS + 60_000;

/** The row to write for what a pass sees now, or undefined when the last one says it already. A row with the `at` of `last` replaces it. */
export function nextSample(last: PoolSample | undefined, counts: PoolCounts, now: number): PoolSample | undefined {
  const fresh = { ...pick(counts), at: now, untilAt: now };
  if (last === undefined || now - last.untilAt > SAMPLE_GAP_MS || now < last.at) return fresh;
  // The clock went back, or another pass has just noted something: this instant is taken.
  if (now === last.at) return undefined;
  if (COUNTS.some((count) => last[count] !== counts[count])) return fresh;
  return now - last.untilAt < SAMPLE_EVERY_MS ? undefined : { ...last, untilAt: now };
}

const pick = ({ desired, running, eligible, building, claimed }: PoolCounts): PoolCounts => ({
  desired,
  running,
  eligible,
  building,
  claimed,
});

/** One column of a history: a number per step, null where nothing is known. */
export type Series = readonly (number | null)[];

/** Steps of equal length from `from` on. */
export interface Steps {
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
}

/** The columns of a history: the counts, and the lowest of `eligible`, which a mean would hide. */
export type HistoryColumns = Readonly<Record<keyof PoolCounts | 'lowest', Series>>;

/**
 * Samples of one pool, oldest first, as numbers per step: the mean over the known time of `running`, `eligible` and `building`, the highest of
 * `desired` and `claimed`. A sample counts until the next one, or for as long as it may be trusted.
 */
export function seriesOf(samples: readonly PoolSample[], { from, stepMs, count }: Steps): HistoryColumns {
  const steps = Array.from({ length: count }, emptyStep);
  for (const [n, sample] of samples.entries()) {
    // What was seen once was so for an instant.
    const endAt = Math.max(sample.at + 1, trustedUntil(sample, samples[n + 1]));
    const first = Math.max(0, Math.floor((sample.at - from) / stepMs));
    const last = Math.min(count - 1, Math.floor((endAt - 1 - from) / stepMs));
    for (let at = first; at <= last; at += 1) {
      const startsAt = from + at * stepMs;
      const step = steps[at];
      if (step !== undefined) addTo(step, sample, Math.min(endAt, startsAt + stepMs) - Math.max(sample.at, startsAt));
    }
  }
  const column = (read: (step: Step) => number): Series => steps.map((step) => (step.ms === 0 ? null : read(step)));
  return {
    desired: column(({ desired }) => desired),
    running: column((step) => mean(step.running, step)),
    eligible: column((step) => mean(step.eligible, step)),
    building: column((step) => mean(step.building, step)),
    claimed: column(({ claimed }) => claimed),
    lowest: column(({ lowest }) => lowest),
  };
}

/** Sums over time of what is a mean, in milliseconds; the others as they are. */
interface Step extends Record<keyof PoolCounts | 'lowest', number> {
  /** Of the step, how much is known. */
  ms: number;
}

const emptyStep = (): Step => ({ ms: 0, desired: 0, running: 0, eligible: 0, building: 0, claimed: 0, lowest: Infinity });

function addTo(step: Step, sample: PoolSample, ms: number): void {
  step.ms += ms;
  for (const name of ['running', 'eligible', 'building'] as const) step[name] += sample[name] * ms;
  step.desired = Math.max(step.desired, sample.desired);
  step.claimed = Math.max(step.claimed, sample.claimed);
  step.lowest = Math.min(step.lowest, sample.eligible);
}

const mean = (sum: number, { ms }: Step): number => Math.round((sum / ms) * 100) / 100;

/** The next sample ends this one; a long silence before it is not filled. */
function trustedUntil(sample: PoolSample, next: PoolSample | undefined): number {
  return next === undefined || next.at - sample.untilAt > SAMPLE_GAP_MS ? sample.untilAt : next.at;
}
