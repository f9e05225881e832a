import { formatDuration, formatLeft } from '../kit/duration.ts';

/** A bare age for tables. */
export const age = (now: number, at: number): string => formatDuration(coarse(now - at));

/** `in 3h`, or `now` when it is over. */
export const inTime = (now: number, at: number): string => (at <= now ? 'now' : `in ${formatLeft(at - now)}`);

/** Tenths of a second say nothing about an age, and would flicker. */
const coarse = (ms: number): number => Math.max(0, Math.floor(ms / 1000)) * 1000;

/** Milliseconds of a phase: `0 ms`, `840 ms`, `2.4 s`, `1 m 20 s`. */
export function phaseTime(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60))} m ${String(seconds % 60)} s`;
}

/** `98 %`, `–` when unknown. */
export const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${String(Math.round(share * 100))} %`;

const two = (n: number): string => String(n).padStart(2, '0');

/** `14:05:09` in the reader's time zone. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `14:05`, with the weekday when it is not the day of `now`. */
export function shortTime(at: number, now: number): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const today = new Date(now).toDateString() === date.toDateString();
  return today ? time : `${DAYS[date.getDay()] ?? ''} ${time}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Exact, for titles and machines. */
export const isoTime = (at: number): string => new Date(at).toISOString();
