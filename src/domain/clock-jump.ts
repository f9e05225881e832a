/** Wall clock and time since boot of one pass. */
export interface PassTime {
  readonly wallAt: number;
  /** Milliseconds since boot, suspend included. */
  readonly uptimeMs: number;
  readonly bootId: string;
}

const BACK_MS = 60_000;
const AHEAD_MS = 10 * 60_000;
const RECENT_MS = 10_000;
const AGREE_MS = 1000;

/** Whether another pass was a moment before this one, and both clocks say so: then the time of either serves to judge a later one. */
export function isRecent(now: PassTime, last: PassTime | undefined): boolean {
  if (last?.bootId !== now.bootId) return false;
  const up = now.uptimeMs - last.uptimeMs;
  return up >= 0 && up < RECENT_MS && Math.abs(now.wallAt - last.wallAt - up) < AGREE_MS;
}

/**
 * Whether the wall clock jumped before this pass (SM R10): backwards by more than a minute against the newest event, or forwards by more
 * than ten minutes against the time since boot. After a reboot nobody knows how long the machine was off, so only backwards is judged.
 */
export function clockJump(
  now: PassTime,
  last: PassTime | undefined,
  newestEventAt: number | undefined,
): { readonly direction: 'backwards' | 'forwards'; readonly ms: number } | undefined {
  const back = (newestEventAt ?? now.wallAt) - now.wallAt;
  if (back > BACK_MS) return { direction: 'backwards', ms: back };
  if (last === undefined || last.bootId !== now.bootId) return undefined;
  const ahead = now.wallAt - last.wallAt - (now.uptimeMs - last.uptimeMs);
  return ahead > AHEAD_MS ? { direction: 'forwards', ms: ahead } : undefined;
}
