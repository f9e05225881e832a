import type { Clock } from '../kit/clock.ts';
import type { Store } from '../store/store.ts';
import type { Pulse } from './pulse.ts';

/** How soon what another process did is seen. */
const LOOK_MS = 250;

/** What happened in the store, whichever process did it. */
export interface News {
  /** What was written up to now is no news any more. */
  readonly take: () => Promise<void>;
  /** Resolves when something happened since the last take or news, not before `afterMs` have passed, or when `signal` aborts. */
  readonly next: (afterMs: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks at the store's mark every quarter of a second, and at once when this process writes. One per listener: what one has taken is news for
 * the other. A store that does not answer has no news; whoever works with it says so.
 */
export function createNews(store: Pick<Store, 'changeMark'>, clock: Clock, pulse: Pulse): News {
  let seen = '';
  const mark = (): Promise<string> => store.changeMark().catch(() => seen);
  return {
    take: async () => {
      seen = await mark();
    },
    next: async (afterMs, signal) => {
      await clock.sleep(afterMs, signal);
      while (!signal.aborted) {
        const now = await mark();
        if (now !== seen) {
          seen = now;
          return;
        }
        await eitherEnds(signal, (inner) => [clock.sleep(LOOK_MS, inner), pulse.next(inner)]);
      }
    },
  };
}

/** Waits for the first of several and ends the others. */
export async function eitherEnds(signal: AbortSignal, waits: (inner: AbortSignal) => readonly Promise<void>[]): Promise<void> {
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  await Promise.race(waits(over.signal));
  signal.removeEventListener('abort', end);
  end();
}
