import type { Driver } from '../domain/types.ts';

/**
 * Claims that this very process serves now. In the store a claim belongs to a process; a server serves many at once, and one that is asked for again
 * there is in good hands already.
 */
const claims = new WeakMap<Driver, Set<string>>();

export const isInHand = (me: Driver, claimId: string): boolean => claims.get(me)?.has(claimId) === true;

export async function inHand<T>(me: Driver, claimId: string, work: () => Promise<T>): Promise<T> {
  const mine = claims.get(me) ?? new Set();
  claims.set(me, mine.add(claimId));
  try {
    return await work();
  } finally {
    mine.delete(claimId);
  }
}
