import { describe, expect, it } from 'vitest';
import { nextSample, SAMPLE_EVERY_MS, SAMPLE_GAP_MS, seriesOf, type PoolSample } from '../../../src/domain/pool-history.ts';

const counts = { desired: 3, running: 3, eligible: 2, building: 0, claimed: 5 };
const sample = (at: number, untilAt: number, more: Partial<PoolSample> = {}): PoolSample => ({ ...counts, at, untilAt, ...more });
const T = 1_000_000_000;

describe('nextSample', () => {
  it.each<[string, PoolSample | undefined, number, Partial<typeof counts>, PoolSample | undefined]>([
    ['the first', undefined, T, {}, sample(T, T)],
    ['nothing new', sample(T, T), T + 1000, {}, undefined],
    ['nothing new for five minutes', sample(T, T), T + SAMPLE_EVERY_MS, {}, sample(T, T + SAMPLE_EVERY_MS)],
    ['a change', sample(T, T), T + 1000, { eligible: 1 }, sample(T + 1000, T + 1000, { eligible: 1 })],
    ['a change in the same instant', sample(T, T), T, { eligible: 1 }, undefined],
    ['after a long silence', sample(T, T), T + SAMPLE_GAP_MS + 1, {}, sample(T + SAMPLE_GAP_MS + 1, T + SAMPLE_GAP_MS + 1)],
    ['a clock that went back', sample(T, T + 10), T - 10, {}, sample(T - 10, T - 10)],
  ])('%s', (_what, last, now, change, expected) => {
    expect(nextSample(last, { ...counts, ...change }, now)).toEqual(expected);
  });

  it('takes the counts alone from what a pass knows', () => {
    expect(nextSample(undefined, { ...counts, failed: 7 } as never, T)).toEqual(sample(T, T));
  });
});

describe('seriesOf', () => {
  const steps = { from: 0, stepMs: 100, count: 4 };

  it('is the mean over the known time, and nothing where nothing is known', () => {
    const series = seriesOf(
      [
        sample(100, 100, { running: 3, desired: 2, eligible: 2 }),
        sample(120, 120, { running: 1, desired: 4, eligible: 0 }),
        sample(180, 220, { running: 2 }),
      ],
      steps,
    );
    expect(series.running).toEqual([null, (3 * 20 + 1 * 60 + 2 * 20) / 100, 2, null]);
    expect(series.desired).toEqual([null, 4, 3, null]);
    expect(series.eligible).toEqual([null, 0.8, 2, null]);
    expect(series.lowest).toEqual([null, 0, 2, null]);
  });

  it('counts a sample that was seen once', () => {
    expect(seriesOf([sample(150, 150)], steps).eligible).toEqual([null, 2, null, null]);
  });

  it('fills up to the next sample, but not a silence', () => {
    const long = { from: 0, stepMs: SAMPLE_GAP_MS, count: 5 };
    const filled = [sample(0, 0, { eligible: 1 }), sample(SAMPLE_GAP_MS, SAMPLE_GAP_MS)];
    expect(seriesOf(filled, long).eligible.slice(0, 3)).toEqual([1, 2, null]);
    const silent = [sample(0, 0, { eligible: 1 }), sample(3 * SAMPLE_GAP_MS, 3 * SAMPLE_GAP_MS)];
    expect(seriesOf(silent, long).eligible).toEqual([1, null, null, 2, null]);
  });

  it('leaves out what is before and after', () => {
    expect(seriesOf([sample(-900, 950)], steps).claimed).toEqual([5, 5, 5, 5]);
    expect(seriesOf([sample(500, 900)], steps).claimed).toEqual([null, null, null, null]);
  });
});
