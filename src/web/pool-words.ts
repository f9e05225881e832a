import type { Answer, PoolSeries, PoolStatus } from '../api/app.ts';
import type { Series } from '../domain/pool-history.ts';
import { percent, phaseTime, shortTime } from './format.ts';
import { counted } from './text.ts';

/** How something is, for colour; a word always says the same. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

interface State {
  readonly tone: Tone;
  readonly word: string;
}

const STATES: Readonly<Partial<Record<Answer['code'], State>>> = {
  full: { tone: 'good', word: 'full' },
  size_zero: { tone: 'off', word: 'size 0 now' },
  due: { tone: 'busy', word: 'filling' },
  waits_for_build: { tone: 'busy', word: 'building' },
  waits_for_ready: { tone: 'busy', word: 'warming' },
  probing: { tone: 'busy', word: 'probing' },
  start_rate: { tone: 'busy', word: 'paced' },
  degraded: { tone: 'warn', word: 'degraded' },
  max_size: { tone: 'warn', word: 'at its limit' },
  backoff: { tone: 'warn', word: 'backing off' },
  clock_jump: { tone: 'warn', word: 'clock jumped' },
  holding: { tone: 'bad', word: 'holding' },
  limited: { tone: 'bad', word: 'breaker open' },
  paused: { tone: 'off', word: 'paused' },
  draining: { tone: 'off', word: 'drained' },
  template_inactive: { tone: 'off', word: 'template inactive' },
  no_preset: { tone: 'off', word: 'no preset' },
};

/** The state of a pool as `why` sees it; without an answer from what its numbers say. */
export function poolState(pool: PoolStatus, why: Answer | undefined): State {
  const code = why?.code ?? pool.hindrance?.code;
  const known = code === undefined ? undefined : STATES[code];
  if (known !== undefined) return known;
  if (pool.paused) return { tone: 'off', word: 'paused' };
  return pool.eligible >= pool.desired ? { tone: 'good', word: 'full' } : { tone: 'busy', word: 'filling' };
}

const URGENCY: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, busy: 2, good: 3, off: 3 };

/** What needs a person first, then by name as the server gives them. */
export function byUrgency<T extends { readonly tone: Tone }>(pools: readonly T[]): readonly T[] {
  return [...pools].sort((a, b) => URGENCY[a.tone] - URGENCY[b.tone]);
}

/** Whether every word of the filter is in the name of the pool, without case. */
export function matchesPool(filter: string, name: string, word: string): boolean {
  const text = `${name} ${word}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((part) => text.includes(part));
}

/** The next change of a pool's size, in the words of people. */
export const nextChangeWords = (pool: PoolStatus, now: number): string =>
  pool.nextChange === undefined ? 'none' : `${String(pool.nextChange.instances)} at ${shortTime(pool.nextChange.at, now)}`;

/** Of the claims of the last week: `98 % of 41`. */
export const hitWords = (pool: PoolStatus): string =>
  pool.claims === 0 ? 'no claims' : `${percent(pool.hitRate)} of ${String(pool.claims)}`;

/** `0.8 s / 1.2 s`: half of the claims took less than the first, all but a twentieth less than the second. */
export const claimTimeWords = ({ p50ClaimMs, p95ClaimMs }: PoolStatus): string =>
  p50ClaimMs === undefined || p95ClaimMs === undefined ? '–' : `${phaseTime(p50ClaimMs)} / ${phaseTime(p95ClaimMs)}`;

/** What a chart shows, for those who do not see it. */
export function chartWords(
  hours: number,
  { eligible, desired, lowest }: Pick<PoolSeries, 'eligible' | 'desired' | 'lowest'>,
): string {
  const known = eligible.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return `Nothing is known of the last ${String(hours)} hours.`;
  const short = lowest.filter((value, at) => value !== null && value < (desired[at] ?? 0)).length;
  const share = short === 0 ? 'never short' : `short in ${String(Math.round((short / known.length) * 100))} % of the known time`;
  return `Last ${String(hours)} hours: ${rangeWords(lowest)} eligible at least, ${rangeWords(desired)} desired; ${share}; lately ${String(last)} eligible.`;
}

function rangeWords(series: Series): string {
  const known = series.filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  return low === high ? String(low) : `${String(low)} to ${String(high)}`;
}

/** Sums of all pools, for the line on top. */
export function totalsOf(pools: readonly PoolStatus[]) {
  const sum = (pick: (pool: PoolStatus) => number): number => pools.reduce((all, pool) => all + pick(pool), 0);
  return {
    pools: pools.length,
    desired: sum((pool) => pool.desired),
    eligible: sum((pool) => pool.eligible),
    building: sum((pool) => pool.building),
    failed: sum((pool) => pool.failed),
    held: sum((pool) => pool.held),
    claimed: sum((pool) => pool.claimed),
    waiting: sum((pool) => pool.waiting),
  };
}

/** Counts that are usually zero, and are said only when they are not. */
export const oddCounts = (pool: PoolStatus): readonly string[] =>
  [
    [pool.failed, 'failed'],
    [pool.expired, 'expired'],
    [pool.held, 'held'],
    [pool.stale, 'stale'],
    [pool.deleting, 'being deleted'],
  ]
    .filter(([n]) => n !== 0)
    .map(([n, word]) => `${String(n)} ${String(word)}`)
    .concat(pool.waiting === 0 ? [] : [counted(pool.waiting, 'claim') + ' in line']);
