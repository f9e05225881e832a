/** Wrong tokens by address, forgotten after a calm time. Times are monotonic milliseconds. */
export interface WrongTokens {
  /** Notes one, and says how long the address is refused: 0 = not at all. One that comes while it is refused lengthens nothing. */
  note(address: string, now: number): number;
}

const FREE = 10;
const FIRST_MS = 1000;
const LONGEST_MS = 5 * 60_000;
const CALM_MS = 15 * 60_000;
const MOST_ADDRESSES = 10_000;

/** Ten are free; each one after them doubles the time for which the address is refused, from a second up to five minutes. */
export function countWrongTokens(): WrongTokens {
  const known = new Map<string, { count: number; untilAt: number; at: number }>();
  return {
    note(address, now) {
      const before = known.get(address);
      if (before !== undefined && before.untilAt > now) return before.untilAt - now;
      const count = before === undefined || now - before.at > CALM_MS ? 1 : before.count + 1;
      const ms = count <= FREE ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - FREE - 1));
      known.delete(address);
      known.set(address, { count, untilAt: now + ms, at: now });
      const oldest = known.keys().next();
      if (known.size > MOST_ADDRESSES && oldest.done !== true) known.delete(oldest.value);
      return ms;
    },
  };
}
