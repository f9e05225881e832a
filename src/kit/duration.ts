const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Dates and timers have an end; what is to last for ever is left out. */
const LONGEST_MS = 3650 * 86_400_000;

/**
 * Reads `90s`, `1h30m`, `2d` or `250ms` into milliseconds, up to ten years; undefined when it is none of these. A number needs its unit, as in Go: who
 * writes `8` for the life of a workspace means hours.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s)/g)) {
    total += Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return total > LONGEST_MS ? undefined : Math.round(total);
}

/** What is wrong with a text that parseDuration does not read, or reads as nothing, and what to write. */
export function durationProblem(text: string): string {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed) && Number(trimmed) > 0) {
    return `"${trimmed}" has no unit: write ${trimmed}s, ${trimmed}m, ${trimmed}h or ${trimmed}d`;
  }
  if (/^(0+(\.0+)?(d|h|ms|m|s)?)+$/.test(trimmed)) return `"${trimmed}" is no time at all: write a duration like 90s, 10m or 2h`;
  if (/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(trimmed)) return `"${trimmed}" is longer than ten years`;
  return `"${text}" is not a duration like 90s, 10m or 2h`;
}

/** A duration for people: `0.4s`, `12s`, `3m`, `2h`, `2 days`. */
export function formatDuration(ms: number): string {
  const abs = Math.max(0, ms);
  if (abs < 10_000) return `${(abs / 1000).toFixed(1)}s`;
  if (abs < 60_000) return `${String(Math.floor(abs / 1000))}s`;
  if (abs < 3_600_000) return `${String(Math.floor(abs / 60_000))}m`;
  if (abs < 86_400_000) return `${String(Math.floor(abs / 3_600_000))}h`;
  const days = Math.floor(abs / 86_400_000);
  return days === 1 ? '1 day' : `${String(days)} days`;
}

/** Time that is left, for people: rounded and not cut, so that 90 days are not 89 a moment later; below a day to the minute: `1h30m`. */
export function formatLeft(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${String(Math.max(0, seconds))}s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 24 * 60) return writeDuration(minutes * 60_000);
  return formatDuration(Math.round(ms / 86_400_000) * 86_400_000);
}

/** The same without loss above a second, as parseDuration reads it: `1h30m`, `90s` is `1m30s`. */
export function writeDuration(ms: number): string {
  let left = Math.max(0, Math.floor(ms / 1000)) * 1000;
  const parts = UNITS.filter(([unit]) => unit !== 'ms').flatMap(([unit, size]) => {
    const n = Math.floor(left / size);
    left -= n * size;
    return n === 0 ? [] : [`${String(n)}${unit}`];
  });
  return parts.length === 0 ? '0s' : parts.join('');
}
