import { expect, it } from 'vitest';
import { poolHistory } from '../../../src/app/pool-history.ts';
import type { NamedSample } from '../../../src/store/store.ts';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
const sample = (presetName: string, at: number): NamedSample => ({
  templateId: 't',
  presetName,
  organization: 'default',
  template: 'docker',
  at,
  untilAt: at,
  desired: 2,
  running: 1,
  eligible: 0,
  building: 1,
  claimed: 3,
});
const history = (hours: number, samples: readonly NamedSample[]) =>
  poolHistory({ poolSamples: () => Promise.resolve(samples) } as never, NOW, hours);

it('is one line per pool, the last step of which ends now', async () => {
  const { from, stepMs, pools } = await history(24, [sample('a', NOW - HOUR), sample('a', NOW), sample('b', NOW)]);
  expect(stepMs).toBe(HOUR / 4);
  expect(from + 96 * stepMs).toBe(NOW + 1);
  expect(pools.map(({ preset }) => preset)).toEqual(['a', 'b']);
  expect(pools[0]?.desired.flatMap((value, step) => (value === null ? [] : [step]))).toEqual([91, 95]);
  expect(pools[1]?.eligible.at(-1)).toBe(0);
});

it.each([0, 169, Number.NaN])('is refused for %d hours', async (hours) => {
  await expect(history(hours, [])).rejects.toMatchObject({ code: 'bad_hours' });
});
