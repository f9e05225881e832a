/** Tells those who wait that this process wrote to the store. */
export interface Pulse {
  readonly beat: () => void;
  /** Resolves at the next beat, or when `signal` aborts. */
  readonly next: (signal: AbortSignal) => Promise<void>;
}

export function createPulse(): Pulse {
  const waiting = new Set<() => void>();
  return {
    beat() {
      for (const wake of [...waiting]) wake();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        if (signal.aborted) {
          resolve();
          return;
        }
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
