import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkAlways, type Model } from './model/invariants.ts';
import { push } from './model/commands.ts';
import { alive, openReal, type Real, type Trouble } from './model/real.ts';

vi.mock('../../src/kit/process.ts', async (original) => ({
  ...(await original<object>()),
  isAlive: ({ pid }: { pid: number }) => alive.has(pid),
}));

const HANDOVER = 'terraform_data.handover["anna"]';
const KILLED = { kind: 'death', at: 0, torn: false, exit: false } as const;

interface Home {
  readonly model: Model;
  readonly real: Real;
}

/** A pool with ready stock. */
async function stocked(): Promise<Home> {
  const real = await openReal();
  onTestFinished(() => real.close());
  const model: Model = { people: new Map(), versions: 0 };
  await push(model, real);
  await pass(real);
  return { model, real };
}

const pass = (real: Real) => real.asProcess('anna', ({ pools }) => pools.reconcile({}));

const claim = (real: Real, trouble?: Trouble) =>
  real.asProcess(
    'anna',
    ({ workspaces }) =>
      workspaces.claim({ template: 'machine', name: 'a', params: [], noCold: true, noPool: false, detach: false }),
    trouble,
  );

const open = async ({ store }: Real) => (await store.listSuspects('open')).map(({ address }) => address);
const phasesOf = async ({ store }: Real, address: string) =>
  Promise.all(
    (await store.listSuspects('open'))
      .filter((one) => one.address === address)
      .map(async ({ workspaceId }) => (await store.getWorkspace(workspaceId)).phase),
  );

describe('a claim whose engine is killed while it makes something', () => {
  it.each([
    ['with its state whole', false],
    ['with its state torn', true],
  ])('is served by its recovery, and what may have been made twice is listed (%s)', async (_, torn) => {
    const { model, real } = await stocked();
    real.world.faults.push({ ...KILLED, torn });
    const answer = await claim(real);
    expect(answer).toMatchObject({ claim: { servedAs: 'warm' }, workspace: { ownerName: 'anna', name: 'a', phase: 'ready' } });
    expect(await open(real)).toEqual([HANDOVER]);
    expect([...real.world.objects.values()].flatMap((all) => [...all.values()]).filter((one) => one === HANDOVER)).toHaveLength(
      2,
    );
    await checkAlways(real, model);
  });

  it.each([
    ['is killed too', KILLED],
    ['fails', { kind: 'change', at: 0, text: 'dial tcp: connection refused' }],
    ['cannot be planned', { kind: 'plan', text: 'dial tcp: connection refused' }],
  ] as const)('lists it too when the second apply %s', async (_, second) => {
    const { model, real } = await stocked();
    real.world.faults.push(KILLED);
    // Plans are made before changes, and the first one is the killed run's own.
    if (second.kind !== 'plan') real.world.faults.push(second);
    else onDeath(real, () => real.world.faults.push(second));
    expect(await claim(real)).toBe('refused');
    expect(await open(real)).toEqual([HANDOVER]);
    expect(await phasesOf(real, HANDOVER)).toEqual(['quarantined']);
    await checkAlways(real, model);
  });

  it('comes to the same list wherever the tool is killed as well', async () => {
    const ends = new Set<string>();
    for (let at = 1; ; at += 1) {
      const { model, real } = await stocked();
      real.world.faults.push(KILLED);
      const answer = await claim(real, { what: 'killed', at });
      const begun = real.world.faults.splice(0).length === 0;
      await checkAlways(real, model);
      await pass(real);
      await checkAlways(real, model);
      const listed = (await open(real)).filter((address) => address === HANDOVER);
      if (begun && answer === 'killed') ends.add((await phasesOf(real, HANDOVER)).join());
      if (begun) expect(listed, `killed at step ${at}`).toEqual([HANDOVER]);
      if (answer !== 'killed') break;
    }
    expect([...ends]).toEqual(['ready']);
  }, 60_000);

  it('leaves no claim half ended when its recovery fails too, wherever the tool is killed as well', async () => {
    const ends = new Set<string>();
    for (let at = 1; ; at += 1) {
      const { model, real } = await stocked();
      real.world.faults.push(KILLED, { kind: 'change', at: 0, text: 'dial tcp: connection refused' });
      const answer = await claim(real, { what: 'killed', at });
      const begun = real.world.faults.splice(0).length === 0;
      await pass(real);
      await pass(real);
      await checkAlways(real, model);
      expect(await real.store.openClaims(), `killed at step ${at}`).toEqual([]);
      expect(await real.store.liveBuilds(), `killed at step ${at}`).toEqual([]);
      if (begun && answer === 'killed') ends.add((await phasesOf(real, HANDOVER)).join());
      if (answer !== 'killed') break;
    }
    // Put aside, and after that the pool's to destroy.
    expect([...ends]).toEqual(['deleting']);
  }, 60_000);

  it('is put aside when an older version of the tool ended its build and was killed before it ended the claim', async () => {
    const { model, real } = await stocked();
    real.world.faults.push(KILLED);
    await claim(real, { what: 'killed', at: 26 });
    const [left] = await real.store.openClaims();
    expect(left?.state).toBe('applying');
    const build = await real.store.liveBuild(left?.workspaceId ?? '');
    await real.store.finishBuild(build?.id ?? '', { state: 'failed', error: 'no', errorClass: 'transient' });
    await pass(real);
    expect(await real.store.openClaims()).toEqual([]);
    expect(await real.store.getClaim(left?.id ?? '')).toMatchObject({ state: 'failed' });
    expect(await real.store.claimTries(left?.id ?? '')).toMatchObject([{ outcome: 'quarantined' }]);
    await checkAlways(real, model);
  });
});

/** Calls `then` once the fault that waits was met. */
function onDeath({ world }: Real, then: () => void): void {
  const splice = world.faults.splice.bind(world.faults);
  world.faults.splice = (...args: [number, number]) => {
    const taken = splice(...args);
    world.faults.splice = splice;
    then();
    return taken;
  };
}
