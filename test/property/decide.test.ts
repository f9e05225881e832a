import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Action, type PoolSnapshot } from '../../src/domain/decide.ts';
import { desiredOf } from '../../src/domain/stock.ts';
import type { StockItem } from '../../src/domain/snapshot.ts';
import { summarise } from '../../src/domain/summarise.ts';
import { WORKSPACE_PHASES, type BreakerState } from '../../src/domain/types.ts';
import { aSnapshot, anItem, execute, HOUR, liveOf, MINUTE, NOW, simulate } from '../unit/domain/model.ts';

const BREAKERS: readonly BreakerState[] = ['closed', 'backing_off', 'holding', 'half_open', 'open'];
const SLOTTED = ['queued', 'provisioning', 'warming', 'ready', 'claiming'];

const itemFacts = fc.record({
  phase: fc.constantFrom(...WORKSPACE_PHASES.filter((phase) => phase !== 'deleted')),
  versionId: fc.constantFrom('version-1', 'version-2', 'version-2'),
  held: fc.constantFrom(true, false, false, false, false),
  ageMs: fc.integer({ min: 0, max: 3 * HOUR }),
  ttlMs: fc.constantFrom(undefined, 0, HOUR),
  slotFree: fc.boolean(),
  nextTryAt: fc.constantFrom(undefined, NOW - 1, NOW + MINUTE),
  deleteRuns: fc.boolean(),
});

/** Any stock that the store's constraints allow: one prebuild per preset and slot, slots only where they belong. */
const stock = fc.array(itemFacts, { maxLength: 9 }).map((facts) =>
  facts.map(({ phase, versionId, held, ageMs, ttlMs, slotFree, nextTryAt, deleteRuns }, index) => {
    const heldAt = held && phase !== 'claiming' ? NOW : undefined;
    const slot = heldAt === undefined && SLOTTED.includes(phase) && !(phase === 'claiming' && slotFree) ? index : undefined;
    return anItem(`w${index}`, {
      phase,
      versionId,
      heldAt,
      slot,
      ttlMs,
      createdAt: NOW - ageMs,
      nextTryAt: phase === 'deleting' ? nextTryAt : undefined,
      hasLiveBuild: phase === 'deleting' ? deleteRuns : ['queued', 'provisioning', 'claiming', 'stopping'].includes(phase),
    });
  }),
);

const calm = fc
  .record({ stock, instances: fc.integer({ min: 0, max: 5 }), active: fc.integer({ min: 0, max: 5 }) })
  .map((facts) => aSnapshot({ stock: facts.stock, preset: { instances: facts.instances }, templateActive: facts.active > 0 }));

const any = fc
  .record({
    snapshot: calm,
    breaker: fc.constantFrom(...BREAKERS),
    failures: fc.integer({ min: 0, max: 4 }),
    nextTryAt: fc.constantFrom(undefined, NOW - 1, NOW, NOW + 1),
  })
  .map(({ snapshot, ...pool }): PoolSnapshot => ({
    ...snapshot,
    pool: { ...snapshot.pool, ...pool },
  }));

const changesOf = (actions: readonly Action[]): readonly Action[] =>
  actions.filter(({ kind }) => kind !== 'backoff' && kind !== 'limited');
const removalsOf = (actions: readonly Action[]): readonly Action[] =>
  actions.filter(({ kind }) => kind === 'delete' || kind === 'cancel');
const reservedOf = (world: PoolSnapshot): number =>
  world.stock.filter(
    ({ workspace }) => workspace.phase === 'claiming' && workspace.slot !== undefined && workspace.versionId === 'version-2',
  ).length;

const prop = (property: (world: PoolSnapshot) => void, worlds = any): void => {
  fc.assert(fc.property(worlds, property), { numRuns: 300 });
};

describe('decide', () => {
  it('converges: every prebuild wanted is there and claimable, nothing else of the pool is left', () => {
    prop((start) => {
      // What expires while the clock runs may still be on its way out, or its replacement on its way in, when it is stopped.
      const expires = ({ workspace, ttlMs }: StockItem): number => workspace.createdAt + (ttlMs ?? Infinity);
      fc.pre(start.stock.every((one) => expires(one) <= NOW || expires(one) > NOW + 11 * MINUTE));
      // Stopping ends as stopped outside of this model.
      const world = simulate(
        { ...start, stock: start.stock.filter(({ workspace }) => workspace.phase !== 'stopping') },
        { createFails: false, deleteFails: false },
        10,
      );
      const at = NOW + 10 * MINUTE;
      const expired = world.stock.filter(({ workspace, ttlMs }) => ttlMs === HOUR && at - workspace.createdAt > HOUR);
      fc.pre(
        expired.every(({ workspace }) => workspace.heldAt !== undefined || ['claiming', 'stopped'].includes(workspace.phase)),
      );
      const desired = desiredOf(world, at);
      const { running, eligible, building, failed, deleting } = summarise(world, at);
      expect({ building, failed, deleting }).toEqual({ building: 0, failed: 0, deleting: 0 });
      expect(running).toBe(eligible);
      expect(eligible).toBeLessThanOrEqual(desired);
      expect(eligible + reservedOf(world)).toBeGreaterThanOrEqual(desired);
      expect(decide(world, at)).toEqual([]);
    }, calm);
  });

  it('is idempotent: once executed there is nothing more to change', () => {
    prop((world) => {
      const after = execute(world, decide(world, NOW));
      expect(changesOf(decide(after, NOW))).toEqual([]);
    });
  });

  it('never makes more than wanted, not even when two passes act on the same facts', () => {
    prop((world) => {
      const actions = decide(world, NOW);
      const twice = execute(execute(world, actions), actions);
      expect(liveOf(twice).length).toBeLessThanOrEqual(Math.max(desiredOf(world, NOW), liveOf(world).length));
      if (actions.some(({ kind }) => kind === 'create'))
        expect(liveOf(twice).length + reservedOf(twice)).toBeLessThanOrEqual(desiredOf(world, NOW));
    });
  });

  it('creates exactly what it says', () => {
    prop((world) => {
      const actions = decide(world, NOW);
      const create = actions.find((action) => action.kind === 'create');
      const before = execute(world, removalsOf(actions));
      expect(liveOf(execute(before, actions)).length - liveOf(before).length).toBe(create?.count ?? 0);
    });
  });

  it('never touches what is held, claimed or being worked on', () => {
    prop((world) => {
      for (const action of decide(world, NOW)) {
        if (action.kind !== 'delete' && action.kind !== 'cancel') continue;
        const item = world.stock.find(({ workspace }) => workspace.id === action.workspaceId);
        expect(item?.workspace).toMatchObject({ heldAt: undefined, claimId: undefined, rowVersion: action.rowVersion });
        expect(item?.workspace.phase).not.toBe('claiming');
        expect(item?.hasLiveBuild).toBe(action.kind === 'cancel');
        if (action.kind === 'cancel') expect(item?.buildQueued).toBe(true);
      }
    });
  });

  it('names each workspace at most once, and gives a reason each time', () => {
    prop((world) => {
      const actions = decide(world, NOW);
      const ids = actions.flatMap((action) => ('workspaceId' in action ? [action.workspaceId] : []));
      expect(new Set(ids).size).toBe(ids.length);
      expect(actions.every(({ reason }) => reason !== '')).toBe(true);
    });
  });

  it('does not look at the order of the rows', () => {
    const shuffled = any.chain((world) =>
      fc
        .shuffledSubarray([...world.stock], { minLength: world.stock.length })
        .map((rows) => ({ world, other: { ...world, stock: rows } })),
    );
    fc.assert(
      fc.property(shuffled, ({ world, other }) => {
        expect(decide(other, NOW)).toEqual(decide(world, NOW));
      }),
      { numRuns: 300 },
    );
  });

  it('backoff and breaker stop creates, never deletes', () => {
    prop((world) => {
      const calmWorld: PoolSnapshot = { ...world, pool: { ...world.pool, breaker: 'closed', failures: 0, nextTryAt: undefined } };
      const actions = decide(world, NOW);
      expect(removalsOf(actions)).toEqual(removalsOf(decide(calmWorld, NOW)));
      const { breaker, nextTryAt } = world.pool;
      if (breaker === 'open' || (nextTryAt !== undefined && nextTryAt > NOW)) {
        expect(actions.some(({ kind }) => kind === 'create')).toBe(false);
      }
    });
  });

  it('does nothing while paused', () => {
    prop((world) => {
      expect(decide({ ...world, paused: true }, NOW)).toEqual([]);
    });
  });
});
