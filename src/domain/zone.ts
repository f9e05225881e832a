import type { WallTime } from './cron.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Making a formatter costs far more than using it, and a host has few zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
}

/** Whether the name is an IANA time zone that this Node knows; fixed offsets like `+02:00` are not zones. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(zone)) return false;
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What must be added to UTC to get the wall clock of `zone` at the instant `at`; both in ms. */
export function offsetAt(zone: string, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The wall clock of `zone` at the instant `at` (ms UTC). */
export const wallAt = (zone: string, at: number): WallTime => wallOf(at + offsetAt(zone, at));

function wallOf(local: number): WallTime {
  const date = new Date(local);
  return { hour: date.getUTCHours(), day: date.getUTCDate(), month: date.getUTCMonth() + 1, weekday: date.getUTCDay() };
}

/**
 * Every instant after `from` and up to `from + days` at which the hour of the wall clock may change, with the wall clock from there
 * on: full hours of the zone (also where they are half hours of UTC) and the moments its offset changes. The zone is asked once a
 * day; the rest is arithmetic. Nobody changes an offset twice within a day.
 */
export function* hourChanges(
  zone: string,
  from: number,
  days: number,
): Generator<{ readonly at: number; readonly wall: WallTime }> {
  let start = from;
  let offset = offsetAt(zone, start);
  for (let n = 0; n < days; n += 1) {
    const end = start + DAY_MS;
    const nextOffset = offsetAt(zone, end);
    if (nextOffset === offset) {
      yield* fullHours(start, end, offset);
    } else {
      const change = findChange(zone, start, end, offset);
      yield* fullHours(start, change - 1, offset);
      yield { at: change, wall: wallOf(change + nextOffset) };
      yield* fullHours(change, end, nextOffset);
    }
    start = end;
    offset = nextOffset;
  }
}

function* fullHours(after: number, until: number, offset: number): Generator<{ at: number; wall: WallTime }> {
  const first = (Math.floor((after + offset) / HOUR_MS) + 1) * HOUR_MS - offset;
  for (let at = first; at <= until; at += HOUR_MS) yield { at, wall: wallOf(at + offset) };
}

/** First instant in (`low`, `high`] whose offset is not `before`. */
function findChange(zone: string, low: number, high: number, before: number): number {
  let same = low;
  let changed = high;
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(zone, middle) === before) same = middle;
    else changed = middle;
  }
  return changed;
}
