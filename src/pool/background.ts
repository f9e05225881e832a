import { messageOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';

/** Work of a pass beside its builds (rehearsals, health checks): it takes no room from them and does not outlive the pass. */
export interface Background {
  /** What goes on now. */
  readonly work: () => readonly Promise<void>[];
  /** How much has ended. */
  readonly ended: () => number;
  readonly has: (key: string) => boolean;
  /** Starts something under a key; the signal aborts when the pass ends before it. */
  readonly run: (key: string, work: (signal: AbortSignal) => Promise<void>) => void;
  /** Aborts what goes on and waits for it. */
  readonly end: () => Promise<void>;
}

/** An empty background; a failure in it is logged and ends nothing else. */
export function createBackground(logger: Logger, outer: AbortSignal | undefined): Background {
  const going = new Map<string, Promise<void>>();
  let ended = 0;
  const controller = new AbortController();
  const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
  return {
    work: () => [...going.values()],
    ended: () => ended,
    has: (key) => going.has(key),
    run: (key, work) => {
      if (going.has(key)) return;
      const one = work(signal)
        .catch((error: unknown) => {
          if (!signal.aborted)
            logger.error('coderd.prebuilds: work in the background failed', { what: key, error: messageOf(error) });
        })
        .finally(() => {
          going.delete(key);
          ended += 1;
        });
      going.set(key, one);
    },
    end: async () => {
      controller.abort();
      await Promise.allSettled(going.values());
    },
  };
}
