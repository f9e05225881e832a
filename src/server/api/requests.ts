/**
 * Questions in work, by the id that their asker gave them. A connection that breaks does not end one: what was begun goes on, and asking again
 * with the same id of a claim finds it. Ending it is said, not guessed.
 */
export interface Requests {
  /** The signal that ends it, and what forgets it. */
  begin(owner: string, id: string | undefined): { readonly signal: AbortSignal; readonly forget: () => void };
  /** False when none of this id is in work. */
  end(owner: string, id: string): boolean;
  /** `because` is why, for whoever may leave something for later. */
  endAll(because: Error): void;
}

export function createRequests(): Requests {
  const running = new Map<string, Set<AbortController>>();
  const all = new Set<AbortController>();
  return {
    begin: (owner, id) => {
      const controller = new AbortController();
      all.add(controller);
      const key = `${owner} ${id ?? ''}`;
      const same = running.get(key) ?? new Set();
      if (id !== undefined) running.set(key, same.add(controller));
      return {
        signal: controller.signal,
        forget: () => {
          all.delete(controller);
          same.delete(controller);
          if (same.size === 0) running.delete(key);
        },
      };
    },
    end: (owner, id) => {
      const found = running.get(`${owner} ${id}`) ?? new Set();
      for (const controller of found) controller.abort();
      return found.size > 0;
    },
    endAll: (because) => {
      for (const controller of all) controller.abort(because);
    },
  };
}
