/** The reader's clock. The server's times are compared with it, so a wrong one shows wrong ages and nothing worse. */
export const clock = {
  now: (): number => Date.now(),
  /** Calls `work` after `ms`, unless the returned function is called before. */
  after: (ms: number, work: () => void): (() => void) => {
    const timer = setTimeout(work, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  rest: (ms: number): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
};
