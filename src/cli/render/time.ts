import { formatDuration, formatLeft } from '../../kit/duration.ts';

/** How long ago: `12s`, `3m`, `2 days`; clocks that disagree give `0s`. */
export function age(now: number, at: number): string {
  const ms = Math.max(0, now - at);
  return ms < 60_000 ? `${String(Math.floor(ms / 1000))}s` : formatDuration(ms);
}

/** A measured phase in seconds, to the hundredth: `0.42`. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(2);

/** `in 3h`; `now` for what is due. */
export const until = (now: number, at: number): string => (at <= now ? 'now' : `in ${formatLeft(at - now)}`);

/** `2026-01-02 03:04:05` in UTC, for lists of events. */
export const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** `3 in 2h`: the size a pool will have, and when. */
export function nextChange(now: number, change: { readonly at: number; readonly instances: number } | undefined): string {
  return change === undefined ? '' : `${String(change.instances)} ${until(now, change.at)}`;
}
