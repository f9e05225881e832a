import { describe, expect, it } from 'vitest';
import { barsPath, hourOf, phaseSpans, spanOf, stepAt, stepPath, topOf } from '../../../src/web/chart/geometry.ts';
import { buildBars, lifeOf } from '../../../src/web/chart/life.ts';
import type { Build } from '../../../src/domain/types.ts';

const BOX = { width: 40, height: 10 };

describe('bars', () => {
  it('stand on what is below them, and leave out what is not known', () => {
    expect(topOf([1, null, 2], [0, 4, null])).toBe(4);
    expect(topOf([null])).toBe(1);
    expect(barsPath(undefined, [1, null, 0, 2], 2, BOX)).toBe('M0 5h9V10H0zM30 0h9V10H30z');
    expect(barsPath([1, 1, 1, 1], [2, 1, null, 0], 2, BOX)).toBe('M0 0h9V5H0z');
  });

  it('are a line of steps, broken where nothing is known', () => {
    expect(stepPath([1, 2, null, 0], 2, BOX)).toBe('M0 5H10V0H20M30 10H40');
  });

  it('are joined to hours', () => {
    const steps = [1, null, 2, 4];
    expect([hourOf(steps, 'mean'), hourOf(steps, 'lowest'), hourOf(steps, 'highest'), hourOf([null], 'mean')]).toEqual([
      2.3,
      1,
      4,
      undefined,
    ]);
  });

  it('find the step under the pointer', () => {
    expect([stepAt(-0.1, 4), stepAt(0.26, 4), stepAt(1, 4)]).toEqual([0, 1, 3]);
  });
});

describe('spans', () => {
  it('lie within the axis and are never too thin to see', () => {
    expect(spanOf(50, 75, 0, 100)).toEqual({ from: 0.5, size: 0.25 });
    expect(spanOf(100, 100, 0, 100, 0.1)).toEqual({ from: 0.9, size: 0.1 });
    expect(spanOf(5, 5, 5, 5)).toEqual({ from: 0, size: 0.004 });
  });

  it('share a claim among its phases, without the total', () => {
    expect(phaseSpans({ plan: 300, apply: 100, total: 420 })).toEqual([
      { name: 'plan', ms: 300, from: 0, size: 0.75 },
      { name: 'apply', ms: 100, from: 0.75, size: 0.25 },
    ]);
    expect(phaseSpans({ a: 0, b: 0 }).map(({ size }) => size)).toEqual([0.5, 0.5]);
    expect(phaseSpans({})).toEqual([]);
  });
});

describe('lives', () => {
  const build = (createdAt: number, startedAt: number | undefined, endedAt: number | undefined) =>
    ({ createdAt, startedAt, endedAt }) as Build;

  it('draw builds on one scale, the running one until now', () => {
    const [short, running, queued] = buildBars(
      [build(0, 10, 50), build(100, 100, undefined), build(150, undefined, undefined)],
      200,
    );
    expect(short).toMatchObject({
      waitedMs: 10,
      workedMs: 40,
      waiting: { from: 0, size: 0.1 },
      working: { from: 0.1, size: 0.4 },
    });
    expect(running).toMatchObject({ waitedMs: 0, workedMs: 100, working: { from: 0, size: 1 } });
    expect(queued).toMatchObject({ waitedMs: 50, workedMs: 0 });
  });

  it('tell the making, the stay in the pool, and the owner', () => {
    const words = (...args: Parameters<typeof lifeOf>) => lifeOf(...args).map(({ word, ms }) => [word, ms]);
    const at = { createdAt: 0, readyAt: undefined, claimedAt: undefined, deletedAt: undefined };
    expect(words({ ...at, readyAt: 10, claimedAt: 40 }, false, 100)).toEqual([
      ['made', 10],
      ['in the pool', 30],
      ['claimed', 60],
    ]);
    expect(words({ ...at, readyAt: 10 }, true, 100)).toEqual([
      ['made', 10],
      ['in the pool', 90],
    ]);
    expect(words({ ...at, readyAt: 10 }, false, 100)).toEqual([
      ['made', 10],
      ['claimed', 90],
    ]);
    expect(words({ ...at, readyAt: 80, claimedAt: 40, deletedAt: 90 }, false, 100)).toEqual([
      ['made', 40],
      ['claimed', 50],
    ]);
    expect(words(at, true, 100)).toEqual([['made', 100]]);
  });
});
