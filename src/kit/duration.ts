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
