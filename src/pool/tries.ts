import type { PoolSnapshot } from '../domain/snapshot.ts';
import type { Pool } from '../domain/types.ts';

/** Which pools a pass may still make prebuilds for. */
export interface Tries {
  readonly allow: (snapshot: PoolSnapshot) => boolean;
  /** Prebuilds were made on the strength of this snapshot. */
  readonly note: (snapshot: PoolSnapshot) => void;
}

/**
 * A pool that failed tries again once per pass (spec 5.3): a backoff, or a breaker that half opens, may be over before the pass is, and a
 * pass that let it try again and again would never end. A pool that has recovered is filled. A server's pass (`endless`) may last as long as
 * there are builds of any pool, so there it is once per wait, as if each wait were followed by a pass of its own.
 */
export function createTries({ endless }: { readonly endless: boolean }): Tries {
  const tried = new Map<string, string | undefined>();
  const keyOf = ({ pool }: PoolSnapshot): string => `${pool.templateId}/${pool.presetName}`;
  return {
    allow: (snapshot) => {
      const { pool } = snapshot;
      const key = keyOf(snapshot);
      if (pool.breaker === 'closed' || !tried.has(key)) return true;
      const wait = waitOf(pool);
      return endless && wait !== undefined && wait !== tried.get(key);
    },
    note: (snapshot) => {
      if (snapshot.pool.breaker !== 'closed') tried.set(keyOf(snapshot), waitOf(snapshot.pool));
    },
  };
}

/** The wait that the last failure began; that it is over is for `decide` to see. None while the one try of a half open breaker goes on. */
function waitOf({ breaker, nextTryAt, openedAt }: Pool): string | undefined {
  const from = breaker === 'open' ? openedAt : nextTryAt;
  return breaker === 'half_open' || from === undefined ? undefined : `${breaker} ${String(from)}`;
}
