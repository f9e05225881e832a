/** How Ctrl-C reaches a command. */
export interface Signals {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Name of the signal that aborted. */
  received(): NodeJS.Signals | undefined;
  /** Ctrl-C belongs to somebody else while `work` runs (an interactive child in the same terminal). */
  held<T>(work: () => Promise<T>): Promise<T>;
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal asks the command to stop in an orderly way; the second ends the process at once. Ending at once is safe: an
 * engine runs in its own session, and the next reconcile or claim takes up what is left.
 */
export function listenForSignals(
  source: NodeJS.EventEmitter,
  say: (text: string) => void,
  exit: (code: number) => void,
): Signals {
  const controller = new AbortController();
  let name: NodeJS.Signals | undefined;
  let holders = 0;
  for (const one of NAMES) {
    source.on(one, () => {
      if (holders > 0) return;
      if (name !== undefined) {
        exit(130);
        return;
      }
      name = one;
      say(one === 'SIGINT' ? 'stopping; press Ctrl-C again to leave at once\n' : `stopping: ${one}\n`);
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    received: () => name,
    held: async (work) => {
      holders += 1;
      try {
        return await work();
      } finally {
        holders -= 1;
      }
    },
  };
}
