const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Reads `90s`, `1h30m`, `2d`, `250ms` or a bare number of seconds into milliseconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * 1000);
  if (!/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s)/g)) {
    total += Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return Math.round(total);
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
