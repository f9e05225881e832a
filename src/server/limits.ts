/** A bucket of `most` requests that fills up again in `perMs`. Times are monotonic milliseconds. */
export interface Limiter {
  /** Takes one from the bucket of `key`; false = it is empty. */
  take(key: string, now: number): boolean;
}

/** Buckets that are remembered at once; a full bucket needs no memory, so the oldest may go. */
const MOST_KEYS = 10_000;

export function makeLimiter(most: number, perMs: number): Limiter {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(key, now) {
      const before = buckets.get(key) ?? { left: most, at: now };
      const left = Math.min(most, before.left + ((now - before.at) * most) / perMs);
      buckets.delete(key);
      buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
      const oldest = buckets.keys().next();
      if (buckets.size > MOST_KEYS && oldest.done !== true) buckets.delete(oldest.value);
      return left >= 1;
    },
  };
}
