import type { PoolSnapshot } from './snapshot.ts';
import { explainPool } from './why-pool.ts';
import { explanation, type Explanation } from './why.ts';

export interface WaitingFacts {
  /** The pool that it waits for; undefined when it is gone. */
  readonly pool: PoolSnapshot | undefined;
  /** Claims that are served before it. */
  readonly before: number;
  readonly deadlineAt: number | undefined;
}

/** What a claim in line waits for at `now`: its place, and the one constraint that binds its pool (spec 6.6). */
export function explainWaiting({ pool, before, deadlineAt }: WaitingFacts, now: number): Explanation {
  const place = before === 0 ? 'it is the next in line' : `it is number ${String(before + 1)} in line`;
  if (pool === undefined) return explanation('in_line', place, { untilAt: deadlineAt });
  const { code, text, next } = explainPool(pool, now);
  const what = `${place} for ${pool.templateName}/${pool.pool.presetName}: ${text}`;
  return explanation('in_line', what, {
    next: code === 'full' ? 'run prebuilds reconcile: it hands over what is there' : next,
    untilAt: deadlineAt,
  });
}
