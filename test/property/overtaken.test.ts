import { describe, expect, it, vi } from 'vitest';
import { claimWith, pass, push, rest } from './model/commands.ts';
import { checkAlways, type Model } from './model/invariants.ts';
import { alive, openReal, steps, type Real, type Tool } from './model/real.ts';

vi.mock('../../src/kit/process.ts', async (original) => ({
  ...(await original<object>()),
  isAlive: ({ pid }: { pid: number }) => alive.has(pid),
}));

type Act = (tool: Tool) => Promise<unknown>;

interface Case {
  readonly what: string;
  readonly prepare?: (real: Real) => Promise<unknown>;
  readonly act: Act;
  /** Phase of anna's workspace afterwards, when nobody but the pool wanted anything else. */
  readonly phase: string;
}

const cold = claimWith({ owner: 'anna', name: 'a', how: 'no pool' });
const claimed = (real: Real) => real.asProcess('anna', cold);
const stopped = async (real: Real) => {
  await claimed(real);
  await real.asProcess('anna', ({ workspaces }) => workspaces.stop('a', {}));
};

const CASES: readonly Case[] = [
  { what: 'a claim from the pool', prepare: pass, act: claimWith({ owner: 'anna', name: 'a', how: 'any' }), phase: 'ready' },
  { what: 'a claim that finds none', act: cold, phase: 'ready' },
  { what: 'a start', prepare: stopped, act: ({ workspaces }) => workspaces.start('a', { params: [] }), phase: 'ready' },
  { what: 'a stop', prepare: claimed, act: ({ workspaces }) => workspaces.stop('a', {}), phase: 'stopped' },
  { what: 'a restart', prepare: claimed, act: ({ workspaces }) => workspaces.restart('a', { params: [] }), phase: 'ready' },
  { what: 'an update', prepare: claimed, act: ({ workspaces }) => workspaces.update('a', { params: [] }), phase: 'ready' },
  { what: 'a rename', prepare: claimed, act: ({ workspaces }) => workspaces.rename('a', 'c', { force: false }), phase: 'ready' },
  { what: 'a delete', prepare: claimed, act: ({ workspaces }) => workspaces.delete('a', { force: false }), phase: 'deleted' },
];

/** Somebody deletes by hand what the pool has. */
async function deletePrebuild({ store, workspaces }: Tool): Promise<void> {
  const one = (await store.listWorkspaces()).find(({ ownerName }) => ownerName === 'prebuilds');
  if (one !== undefined) await workspaces.delete(`prebuilds/${one.name}`, { force: true });
}

const OTHERS: readonly { readonly what: string; readonly act: Act }[] = [
  ...CASES,
  { what: 'a claim of another name', act: claimWith({ owner: 'anna', name: 'b', how: 'any' }) },
  { what: 'a delete of a prebuild', act: deletePrebuild },
  { what: 'a promotion', act: ({ templates }) => templates.promote('machine', 2) },
  { what: 'a pause', act: ({ pools }) => pools.setPaused(true) },
  { what: 'a retry', act: ({ pools }) => pools.retry('machine') },
];
/** All pairs take minutes: by hand, after a change of how builds and claims are taken. */
const pairs = process.env['OVERTAKEN_BY'] === 'all' ? CASES.flatMap((one) => OTHERS.map((other) => ({ one, other }))) : [];

/** More steps than any of them takes. */
const STEPS = 80;

/** Does it once for each of its steps, with another process in between at that step, and looks at the world after each. */
async function overtakeEverywhere({ prepare, act }: Case, by: Act | undefined, look: Look): Promise<void> {
  for (let at = 1; at <= STEPS; at += 1) {
    const real = await openReal();
    const model: Model = { people: new Map(), versions: 0 };
    try {
      await push(model, real);
      await push(model, real);
      await real.asProcess('anna', ({ templates }) => templates.promote('machine', 1));
      await prepare?.(real);
      const before = steps.overtaken;
      const answer = await real.asProcess('anna', act, { what: 'overtaken', at, ...(by === undefined ? {} : { by }) });
      if (steps.overtaken === before) return;
      await look(real, model, answer);
    } finally {
      await real.close();
    }
  }
  throw new Error(`it has more than ${STEPS} steps`);
}

type Look = (real: Real, model: Model, answer: unknown) => Promise<void>;

describe('a pass that comes in between', () => {
  it.each(CASES)('takes nothing from $what, at whichever step', { timeout: 60_000 }, async (one) => {
    const ends: string[] = [];
    await overtakeEverywhere(one, undefined, async ({ store }, _, answer) => {
      const mine = (await store.listWorkspaces()).find(({ ownerName }) => ownerName === 'anna');
      ends.push(answer === 'refused' ? 'refused' : (mine?.phase ?? 'deleted'));
    });
    expect(ends.length).toBeGreaterThan(5);
    expect(new Set(ends)).toEqual(new Set([one.phase]));
  });
});

describe('a pass that stands still somewhere', () => {
  it('fills the pool all the same: what ended meanwhile is seen', { timeout: 60_000 }, async () => {
    const ready: number[] = [];
    for (let at = 1; at <= STEPS / 2; at += 1) {
      const real = await openReal();
      try {
        await push({ people: new Map(), versions: 0 }, real);
        await real.asProcess('anna', ({ pools }) => pools.reconcile({}), { what: 'overtaken', at, by: untilBuilt });
        ready.push((await real.store.listWorkspaces()).filter(({ phase }) => phase === 'ready').length);
      } finally {
        await real.close();
      }
    }
    expect(new Set(ready)).toEqual(new Set([2]));
  });
});

/** Long enough for a build of the scripted engine. */
const untilBuilt = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 60);
  });

describe.runIf(pairs.length > 0)('somebody else who comes in between', () => {
  it.each(pairs)('breaks nothing: $one.what, overtaken by $other.what', { timeout: 300_000 }, ({ one, other }) =>
    overtakeEverywhere(one, other.act, async (real, model) => {
      await checkAlways(real, model);
      await rest.run(model, real);
    }),
  );
});
