import type { PoolHistory, PoolSeries } from '../api/app.ts';
import { seriesOf, type Steps } from '../domain/pool-history.ts';
import { UserError } from '../kit/errors.ts';
import type { NamedSample, Store } from '../store/store.ts';

const HOUR_MS = 3_600_000;
const MOST_HOURS = 168;
/** Bars that a screen has room for. */
const STEPS = 96;

/** Sizes of all pools in the last `hours`, in 96 steps, the last of which ends now. */
export async function poolHistory(store: Store, now: number, hours: number): Promise<PoolHistory> {
  if (!(hours >= 1 && hours <= MOST_HOURS)) {
    throw new UserError('bad_hours', `a history is of 1 to ${String(MOST_HOURS)} hours`, { hint: 'ask for the last 24' });
  }
  const stepMs = Math.ceil((hours * HOUR_MS) / STEPS);
  const steps: Steps = { from: now - STEPS * stepMs + 1, stepMs, count: STEPS };
  const pools = byPool(await store.poolSamples(steps.from));
  return { from: steps.from, stepMs, pools: pools.flatMap((samples) => seriesOfPool(samples, steps)) };
}

/** The store gives them pool by pool. */
function byPool(samples: readonly NamedSample[]): readonly (readonly NamedSample[])[] {
  const pools: NamedSample[][] = [];
  for (const sample of samples) {
    const mine = pools.at(-1);
    if (mine?.[0]?.templateId === sample.templateId && mine[0].presetName === sample.presetName) mine.push(sample);
    else pools.push([sample]);
  }
  return pools;
}

function seriesOfPool(samples: readonly NamedSample[], steps: Steps): readonly PoolSeries[] {
  return samples.slice(0, 1).map(({ organization, template, presetName }) => ({
    organization,
    template,
    preset: presetName,
    ...seriesOf(samples, steps),
  }));
}
