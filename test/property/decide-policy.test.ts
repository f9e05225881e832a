import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type PoolSnapshot } from '../../src/domain/decide.ts';
import { isCurrent, isEligible, isHandsOff, sizesOf } from '../../src/domain/stock.ts';
import { summarise } from '../../src/domain/summarise.ts';
import { aPolicy, aSnapshot, anItem, execute, HOUR, MINUTE, NOW, passTime, type ItemFacts } from '../unit/domain/model.ts';

const SLOTTED = ['queued', 'provisioning', 'warming', 'ready'];

const itemFacts: fc.Arbitrary<ItemFacts> = fc.record({
  phase: fc.constantFrom('ready', 'ready', 'ready', 'warming', 'queued', 'provisioning', 'failed', 'quarantined', 'stopped'),
  versionId: fc.constantFrom('version-1', 'version-2'),
  heldAt: fc.constantFrom(undefined, undefined, undefined, NOW),
  invalidatedAt: fc.constantFrom(undefined, undefined, undefined, NOW),
  staleAt: fc.constantFrom(undefined, undefined, NOW),
  sameShape: fc.constantFrom(true, true, false),
  accessUrl: fc.constantFrom('http://pool.example', 'http://pool.example', 'http://old.example'),
  // Nothing expires while the simulation runs; what did expire is well past or well before its deadline.
  createdAt: fc.constantFrom(NOW - MINUTE, NOW - HOUR, NOW - 3 * HOUR),
  ttlMs: fc.constantFrom(undefined, 150 * MINUTE, 9 * HOUR),
  failedAt: fc.constantFrom(NOW - MINUTE, NOW - 40 * HOUR),
});

const stock = fc.array(itemFacts, { maxLength: 8 }).map((all) =>
  all.map((facts, index) => {
    const slotted = facts.heldAt === undefined && SLOTTED.includes(facts.phase ?? 'ready');
    return anItem(`w${index}`, { ...facts, slot: slotted ? index : undefined });
  }),
);

const policies = fc
  .record({
    rollout: fc.constantFrom('rolling', 'recreate'),
    surge: fc.integer({ min: 0, max: 3 }),
    maxSize: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
    failuresKeep: fc.integer({ min: 0, max: 2 }),
    startRate: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(aPolicy);

const worlds = fc
  .record({
    stock,
    policy: policies,
    instances: fc.integer({ min: 0, max: 5 }),
    claimed: fc.integer({ min: 0, max: 4 }),
    waiting: fc.integer({ min: 0, max: 2 }),
    clockJumped: fc.constantFrom(false, false, false, true),
    drainingAt: fc.constantFrom(undefined, undefined, undefined, NOW),
  })
  .map(({ instances, drainingAt, ...facts }) => aSnapshot({ ...facts, preset: { instances }, pool: { drainingAt } }));

const prop = (property: (world: PoolSnapshot) => void, numRuns = 500): void => {
  fc.assert(fc.property(worlds, property), { numRuns });
};

const changes = (world: PoolSnapshot, now = NOW) =>
  decide(world, now).filter(({ kind }) => kind !== 'backoff' && kind !== 'limited');
const sizeOf = (world: PoolSnapshot): number => world.claimed + world.stock.length;
const eligibleOf = (world: PoolSnapshot, now: number): number => summarise(world, now).eligible;

/** Rounds of a minute each, in which builds move on and `start_rate` starts anew. */
function run(start: PoolSnapshot, rounds: number, onRound: (world: PoolSnapshot, now: number) => void): PoolSnapshot {
  let world = start;
  for (let round = 0; round < rounds; round += 1) {
    const now = NOW + round * MINUTE;
    world = execute(world, decide(world, now), now);
    onRound(world, now);
    world = passTime(world, { createFails: false, deleteFails: false }, now);
  }
  return world;
}

describe('decide with the whole policy', () => {
  it('is idempotent: once executed there is nothing more to change', () => {
    prop((world) => {
      expect(changes(execute(world, decide(world, NOW)))).toEqual([]);
    });
  });

  it('never touches what is held, claimed or being built', () => {
    prop((world) => {
      for (const action of decide(world, NOW)) {
        if (action.kind !== 'delete' && action.kind !== 'cancel') continue;
        const item = world.stock.find(({ workspace }) => workspace.id === action.workspaceId);
        expect(item === undefined || isHandsOff(item)).toBe(false);
        expect(item?.hasLiveBuild).toBe(action.kind === 'cancel');
      }
    });
  });

  it('never exceeds max_size by a create, nor the wanted size by more than surge', () => {
    prop((world) => {
      run(world, 6, (after, now) => {
        const { maxSize, surge } = after.policy;
        if (maxSize !== undefined) expect(sizeOf(after)).toBeLessThanOrEqual(Math.max(maxSize, sizeOf(world)));
        const serving = after.stock.filter(
          (item) => !isHandsOff(item) && ['queued', 'provisioning', 'warming', 'ready'].includes(item.workspace.phase),
        );
        // Builds of outdated prebuilds end before they are deleted, and are replaced beside.
        const ending = serving.filter((item) => item.hasLiveBuild && !isCurrent(item, after));
        const limit = Math.max(sizesOf(after, now).wanted + surge, world.stock.length);
        expect(serving.length - ending.length).toBeLessThanOrEqual(limit);
      });
    });
  });

  it('never starts more than start_rate in a minute', () => {
    prop((world) => {
      const { startRate } = world.policy;
      fc.pre(startRate !== undefined);
      run(world, 6, (after, now) => {
        expect(after.recentStarts.filter((at) => at > now - MINUTE).length).toBeLessThanOrEqual(startRate);
      });
    });
  });

  it('rolling never drops below the claimable ones it had, while surge leaves room', () => {
    prop((start) => {
      const policy = { ...start.policy, rollout: 'rolling' as const, surge: Math.max(1, start.policy.surge), maxSize: undefined };
      const world = { ...start, policy, pool: { ...start.pool, drainingAt: undefined } };
      const had = Math.min(eligibleOf(world, NOW), sizesOf(world, NOW).wanted);
      run(world, 12, (after, now) => {
        expect(eligibleOf(after, now)).toBeGreaterThanOrEqual(had);
      });
    });
  });

  it('without surge or room rolling gives up at most one at a time', () => {
    prop((start) => {
      const policy = { ...start.policy, rollout: 'rolling' as const, surge: 0 };
      const world = { ...start, policy, pool: { ...start.pool, drainingAt: undefined } };
      const had = Math.min(eligibleOf(world, NOW), sizesOf(world, NOW).wanted);
      run(world, 12, (after, now) => {
        expect(eligibleOf(after, now)).toBeGreaterThanOrEqual(had - 1);
      });
    });
  });

  it('converges: what is wanted, or what max_size allows, is there and current', () => {
    prop((start) => {
      const world = run({ ...start, clockJumped: false }, 60, () => undefined);
      const now = NOW + 60 * MINUTE;
      const own = world.stock.filter((item) => !isHandsOff(item));
      const ready = own.filter(({ workspace }) => workspace.phase === 'ready');
      const { wanted } = sizesOf(world, now);
      // Held ones are parked: no stock, but they exist.
      const parked = world.stock.length - own.length;
      const room = world.policy.maxSize === undefined ? Infinity : world.policy.maxSize - world.claimed - parked;
      expect(ready.every((item) => isEligible(item, world, now))).toBe(true);
      if (room >= wanted || wanted === 0) {
        expect(ready).toHaveLength(wanted);
        expect(ready.every(({ workspace }) => workspace.versionId === 'version-2' && workspace.staleAt === undefined)).toBe(true);
      } else {
        expect(ready.length).toBeLessThanOrEqual(wanted);
        expect(ready.length).toBeGreaterThanOrEqual(Math.min(wanted, Math.max(0, room)));
      }
      expect(changes(world, now)).toEqual([]);
    }, 200);
  });

  it('after a jump of the clock deletes nothing because of an age or of a size', () => {
    prop((start) => {
      const actions = decide({ ...start, clockJumped: true }, NOW);
      const why = actions.flatMap((action) => (action.kind === 'delete' ? [action.why] : []));
      expect(why.filter((word) => ['expired', 'surplus', 'replaced'].includes(word))).toEqual([]);
    });
  });

  it('a drained pool ends empty but for what is held', () => {
    prop((start) => {
      const world = run({ ...start, pool: { ...start.pool, drainingAt: NOW } }, 8, (after) => {
        expect(after.stock.length).toBeLessThanOrEqual(start.stock.length);
      });
      expect(world.stock.every(({ workspace }) => workspace.heldAt !== undefined)).toBe(true);
    }, 200);
  });

  it('keeps at most failures.keep of what failed', () => {
    prop((start) => {
      const world = run(start, 6, () => undefined);
      const kept = world.stock.filter((item) => !isHandsOff(item) && ['failed', 'quarantined'].includes(item.workspace.phase));
      expect(kept.length).toBeLessThanOrEqual(start.policy.failuresKeep);
    });
  });
});
