import type { Series } from '../../domain/pool-history.ts';

/** Size of a drawing in its own units. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Height of one unit, so that the largest value of all series just fits; a pool of nothing has a scale too. */
export function topOf(...series: readonly Series[]): number {
  return Math.max(1, ...series.flatMap((one) => one.map((value) => value ?? 0)));
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

/** Bars from `below` up to `above`, one for each step, as one path. Steps without a value, and bars without a height, are left out. */
export function barsPath(below: Series | undefined, above: Series, top: number, { width, height }: Box): string {
  const step = width / above.length;
  const gap = step > 3 ? 1 : 0;
  return above
    .map((value, at) => {
      const from = below?.[at] ?? 0;
      if (value === null || value <= from) return '';
      const x = at * step;
      const y = height - (value / top) * height;
      return `M${n(x)} ${n(y)}h${n(step - gap)}V${n(height - (from / top) * height)}H${n(x)}z`;
    })
    .join('');
}

/** A line of steps through the values, broken where nothing is known. */
export function stepPath(series: Series, top: number, { width, height }: Box): string {
  const step = width / series.length;
  let open = false;
  return series
    .map((value, at) => {
      if (value === null) {
        open = false;
        return '';
      }
      const y = n(height - (value / top) * height);
      const start = open ? `V${y}` : `M${n(at * step)} ${y}`;
      open = true;
      return `${start}H${n((at + 1) * step)}`;
    })
    .join('');
}

/** The step under a position from 0 to 1. */
export const stepAt = (position: number, count: number): number => Math.max(0, Math.min(count - 1, Math.floor(position * count)));

/** Several steps as one number, undefined when none of them is known. */
export function hourOf(steps: Series, how: 'mean' | 'lowest' | 'highest'): number | undefined {
  const known = steps.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  if (how === 'lowest') return Math.min(...known);
  if (how === 'highest') return Math.max(...known);
  return Math.round((known.reduce((sum, value) => sum + value, 0) / known.length) * 10) / 10;
}

/** A stretch of time on a common axis, as shares of it. */
export interface Span {
  readonly from: number;
  readonly size: number;
}

/** Where `from` to `to` lies between `start` and `end`; never thinner than can be seen. */
export function spanOf(from: number, to: number, start: number, end: number, least = 0.004): Span {
  const whole = Math.max(1, end - start);
  const size = Math.min(1, Math.max(least, (to - from) / whole));
  return { from: Math.max(0, Math.min(1 - size, (from - start) / whole)), size };
}

/** One part of a bar of phases. */
export interface Phase extends Span {
  readonly name: string;
  readonly ms: number;
}

/** Phases in their order, each with its share of all of them; `total` is no phase. */
export function phaseSpans(phases: Readonly<Record<string, number>>): readonly Phase[] {
  const parts = Object.entries(phases).filter(([name, ms]) => name !== 'total' && ms >= 0);
  const whole = parts.reduce((sum, [, ms]) => sum + ms, 0);
  let from = 0;
  return parts.map(([name, ms]) => {
    const size = whole === 0 ? 1 / parts.length : ms / whole;
    const phase = { name, ms, from, size };
    from += size;
    return phase;
  });
}
