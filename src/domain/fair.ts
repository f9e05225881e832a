/** What one pool wants to start, and what it has. */
export interface Want {
  readonly key: string;
  /** Prebuilds it wants to start now. */
  readonly missing: number;
  readonly desired: number;
  /** Claimable now, and on their way. */
  readonly eligible: number;
  readonly underWay: number;
  readonly waiting: number;
}

/**
 * Shares scarce room among pools, one prebuild at a time: first pools with waiting claims, then the pool that has least of what it
 * desires, by share; pools that are equal in that take turns by name. Returns how many each may start.
 */
export function shareRoom(wants: readonly Want[], room: number): ReadonlyMap<string, number> {
  const given = new Map(wants.map(({ key }) => [key, 0]));
  const of = ({ key }: Want): number => given.get(key) ?? 0;
  for (let left = room; left > 0; left -= 1) {
    const open = wants.filter((want) => of(want) < want.missing);
    const [next] = [...open].sort((a, b) => compare(urgency(a, of(a)), urgency(b, of(b))) || (a.key < b.key ? -1 : 1));
    if (next === undefined) break;
    given.set(next.key, of(next) + 1);
  }
  return given;
}

type Urgency = readonly [notWaitedFor: number, claimable: number, served: number];

/** Smaller is more urgent. */
function urgency({ desired, eligible, underWay, waiting }: Want, given: number): Urgency {
  const size = Math.max(1, desired);
  const coming = underWay + given;
  return [waiting > coming ? 0 : 1, (eligible + coming) / size, eligible / size];
}

const compare = (a: Urgency, b: Urgency): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
