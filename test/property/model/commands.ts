import fc from 'fast-check';
import { expect } from 'vitest';
import { isEligible } from '../../../src/domain/stock.ts';
import type { PresetInput } from '../../../src/domain/types.ts';
import { newVersion } from '../../contract/support.ts';
import { checkAlways, checkAtRest, knownIds, type Model } from './invariants.ts';
import { POLICY, type Real, type Tool, type Trouble } from './real.ts';
import type { EngineFault } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OWNERS = ['anna', 'ben'] as const;
const TEMPLATE = 'machine';
const PRESET: Partial<PresetInput> & { name: string } = { name: 'small', instances: 2, ttlMs: 6 * HOUR, isDefault: true };

type Command = fc.AsyncCommand<Model, Real>;

const command = (text: string, run: (model: Model, real: Real) => Promise<unknown>): Command => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real);
    await checkAlways(real, model);
  },
  toString: () => text,
});

/** A new version; the first one makes the template. */
export async function push(model: Model, real: Real): Promise<void> {
  const actor = await real.store.ensurePerson({ username: 'anna' });
  await real.store.ensurePerson({ username: 'ben' });
  const input = newVersion({ name: TEMPLATE, presets: [PRESET] });
  await real.store.importVersion({ ...input, version: { ...input.version, folder: `${real.home}/versions/1` } }, actor);
  model.versions += 1;
}

/** Killed at a step of the store or the engine, or cut off from the store, or overtaken by a pass, or left alone. */
const troubles = fc.option(
  fc.record<Trouble>({
    what: fc.constantFrom('killed', 'killed', 'killed', 'disk full', 'overtaken', 'overtaken'),
    at: fc.integer({ min: 1, max: 40 }),
  }),
  { nil: undefined },
);
const troubleWords = (trouble: Trouble | undefined): string =>
  trouble === undefined ? '' : `, ${trouble.what} at step ${trouble.at}`;

const reconcile = troubles.map((trouble) => command(`reconcile${troubleWords(trouble)}`, (_, real) => pass(real, trouble)));

export const pass = (real: Real, trouble?: Trouble) => real.asProcess('anna', ({ pools }) => pools.reconcile({}), trouble);

interface Wish {
  readonly owner: string;
  readonly name: string;
  readonly how: 'any' | 'no cold' | 'no pool';
}

const wish = fc.record<Wish>({
  owner: fc.constantFrom(...OWNERS),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  how: fc.constantFrom('any', 'any', 'any', 'no cold', 'no pool'),
});

export const claimWith =
  ({ owner, name, how }: Wish) =>
  ({ workspaces }: Tool) =>
    workspaces.claim({
      template: TEMPLATE,
      name,
      owner,
      params: [],
      noCold: how === 'no cold',
      noPool: how === 'no pool',
      detach: false,
    });

async function claim(model: Model, real: Real, wanted: Wish, trouble?: Trouble): Promise<void> {
  const answer = await real.asProcess(wanted.owner, claimWith(wanted), trouble);
  if (answer === 'killed' || answer === 'refused') return;
  if (answer.workspace === undefined) throw new Error('a claim that does not wait was answered without a workspace');
  const { id } = answer.workspace;
  expect(answer.workspace).toMatchObject({ ownerName: wanted.owner, name: wanted.name });
  if (answer.claim.servedAs === 'warm') expect(real.world.lost, 'prebuilds that died').not.toContain(id);
  const before = model.people.get(id);
  if (before !== undefined) expect(before).toEqual({ owner: wanted.owner, name: wanted.name });
  model.people.set(id, { owner: wanted.owner, name: wanted.name });
}

const claims = fc
  .record({ wanted: wish, trouble: troubles })
  .map(({ wanted, trouble }) =>
    command(`${wanted.owner} claims ${wanted.name} (${wanted.how})${troubleWords(trouble)}`, (model, real) =>
      claim(model, real, wanted, trouble),
    ),
  );

/** Two people, or one twice, and a pass, at the same time. */
const race = fc
  .record({ first: wish, second: wish, trouble: troubles })
  .map(({ first, second, trouble }) =>
    command(
      `${first.owner} claims ${first.name} (${first.how}) while ${second.owner} claims ${second.name} (${second.how}) and a pass runs${troubleWords(trouble)}`,
      (model, real) => Promise.all([claim(model, real, first), claim(model, real, second), pass(real, trouble)]),
    ),
  );

const VERBS = ['start', 'stop', 'delete', 'restart', 'update'] as const;

const life = fc
  .record({
    verb: fc.constantFrom(...VERBS),
    owner: fc.constantFrom(...OWNERS),
    name: fc.constantFrom('a', 'b', 'c'),
    trouble: troubles,
  })
  .map(({ verb, owner, name, trouble }) =>
    command(`${verb} ${owner}/${name}${troubleWords(trouble)}`, async (model, real) => {
      // Once a delete was begun it may end at any time.
      if (verb === 'delete') forget(model, (one) => one.owner === owner && one.name === name);
      await real.asProcess(owner, (tool) => live(tool, verb, `${owner}/${name}`), trouble);
    }),
  );

function live({ workspaces }: Tool, verb: (typeof VERBS)[number], name: string): Promise<unknown> {
  switch (verb) {
    case 'start':
    case 'stop':
    case 'restart':
      return workspaces[verb](name, { params: [] });
    case 'update':
      return workspaces.update(name, { params: [] });
    case 'delete':
      return workspaces.delete(name, { force: false });
  }
}

function forget(model: Model, which: (one: { owner: string; name: string }) => boolean): void {
  for (const [id, one] of model.people) if (which(one)) model.people.delete(id);
}

const pushes = fc.constant(command('push', push));
const promote = fc
  .nat(5)
  .map((n) =>
    command(`promote ${n}`, (model, real) =>
      real.asProcess('anna', ({ templates }) => templates.promote(TEMPLATE, 1 + (n % model.versions))),
    ),
  );
const pause = fc
  .boolean()
  .map((paused) =>
    command(paused ? 'pause' : 'resume', (_, real) => real.asProcess('anna', ({ pools }) => pools.setPaused(paused))),
  );

const hold = fc.record({ n: fc.nat(3), held: fc.boolean() }).map(({ n, held }) =>
  command(`${held ? 'hold' : 'unhold'} prebuild ${n}`, async (_, real) => {
    const actor = await real.store.ensurePerson({ username: 'anna' });
    const stock = (await real.store.listWorkspaces()).filter((one) => one.ownerName === 'prebuilds');
    const chosen = stock[n];
    if (chosen !== undefined) await real.store.setHeld(chosen.id, held, actor);
  }),
);

const CLASSES = {
  template: 'No value for required variable',
  capacity: 'address already in use',
  environment: 'Cannot connect to the Docker daemon',
  transient: 'dial tcp: connection refused',
} as const;

const text = fc.constantFrom(...Object.values(CLASSES));
const fault: fc.Arbitrary<EngineFault> = fc.oneof(
  fc.record({ kind: fc.constant('plan' as const), text }),
  fc.record({ kind: fc.constant('change' as const), at: fc.nat(3), text }),
  fc.record({ kind: fc.constant('death' as const), at: fc.nat(3), torn: fc.boolean(), exit: fc.boolean() }),
);
const breaks = fault.map((one) =>
  command(`the next engine command: ${JSON.stringify(one)}`, async (_, real) => {
    real.world.faults.push(one);
  }),
);

const clock = fc.constantFrom(1000, MINUTE, 10 * MINUTE, HOUR, 7 * HOUR, 24 * HOUR, -HOUR, -24 * HOUR).map((ms) =>
  command(`the clock jumps by ${ms / MINUTE} min`, async (_, real) => {
    real.clock.jump(ms);
  }),
);

/** Somebody ends a machine behind the pool's back. */
const lose = fc.nat(3).map((n) =>
  command(`prebuild ${n} dies`, async (_, real) => {
    const stock = (await real.store.listWorkspaces()).filter((one) => one.ownerName === 'prebuilds' && one.phase === 'ready');
    const chosen = stock[n];
    if (chosen === undefined) return;
    // So long ago that a claim looks before it hands it out.
    real.db.prepare('update workspace set health_at = 0 where id = ?').run(chosen.id);
    real.world.objects.get(chosen.id)?.clear();
    real.world.lost.add(chosen.id);
  }),
);

/** What the decision counts as eligible is exactly what claims can reserve, in the order of age. */
const agree = fc.constant(
  command('decision and reservation agree on what is eligible', async (_, real) => {
    const now = real.clock.now();
    const [snapshot] = await real.store.snapshot(() => POLICY);
    if (snapshot?.preset === undefined) return;
    const preset = snapshot.preset;
    const eligible = snapshot.stock.filter((item) => isEligible(item, snapshot, now)).map((item) => item.workspace.id);
    const anna = await real.store.ensurePerson({ username: 'anna' });
    const driver = { bootId: 'boot', pid: 1_000_000, startTicks: 1 };
    const reserved: string[] = [];
    const opened: string[] = [];
    for (;;) {
      const { claim: probe } = await real.store.openClaim({
        templateId: snapshot.pool.templateId,
        presetId: preset.id,
        ownerId: anna.id,
        actor: anna,
        name: `probe-${reserved.length}`,
        requestId: undefined,
        argsHash: 'probe',
        parameters: {},
        driver,
      });
      opened.push(probe.id);
      const taken = await real.store.reservePrebuild({
        claimId: probe.id,
        presetId: preset.id,
        now,
        except: [],
        rolling: false,
        accessUrl: POLICY.accessUrl,
        driver,
      });
      if (taken === undefined) break;
      reserved.push(taken.workspace.id);
    }
    for (const id of opened) {
      await real.store.releaseClaim(id, 'only asked');
      await real.store.moveClaim(id, ['new'], 'canceled');
    }
    expect([...reserved].sort()).toEqual([...eligible].sort());
  }),
);

/** Everything is let go and finished: passes, an operator who retries pools, a person who deals with suspects and broken workspaces. */
export const rest: Command = command('rest', async (model, real) => {
  real.world.faults.length = 0;
  await real.asProcess('anna', ({ pools }) => pools.setPaused(false));
  const actor = await real.store.ensurePerson({ username: 'anna' });
  for (const one of await real.store.listWorkspaces())
    if (one.heldAt !== undefined) await real.store.setHeld(one.id, false, actor);
  for (let round = 0; round < 14; round += 1) {
    const answer = await pass(real);
    if (answer === 'killed' || answer === 'refused') throw new Error(`a pass was ${answer}`);
    await cleanUp(model, real);
    await real.asProcess('anna', ({ pools }) => pools.retry(TEMPLATE));
    if (answer.created + answer.deleted + answer.failed + answer.canceled + answer.repaired === 0 && round > 0) break;
    real.clock.jump(31 * MINUTE);
  }
  await pass(real);
  await pass(real);
  await checkAtRest(real);
});

/** A person ends what may exist outside the states, says so, and deletes what failed or was not finished. */
async function cleanUp(model: Model, real: Real): Promise<void> {
  const suspects = new Set((await real.store.listSuspects('open')).map((one) => one.workspaceId));
  for (const one of await real.store.listWorkspaces()) {
    const broken = one.phase === 'failed' && one.ownerName !== 'prebuilds';
    if (!suspects.has(one.id) && !broken && one.phase !== 'deleting') continue;
    if (suspects.has(one.id)) await sweep(real, one.id);
    forget(model, ({ owner, name }) => owner === one.ownerName && name === one.name);
    await real.asProcess(one.ownerName, ({ workspaces }) => workspaces.delete(`${one.ownerName}/${one.name}`, { force: true }));
  }
}

/** Only what no state knows is searched for and removed; the rest is the engine's to destroy. */
async function sweep(real: Real, id: string): Promise<void> {
  const listed = real.db.prepare(`select address from suspect where workspace_id = ? and state = 'open'`).all(id) as {
    address: string;
  }[];
  const addresses = new Set(listed.map(({ address }) => address));
  const known = await knownIds(real, id);
  const objects = real.world.objects.get(id);
  for (const [object, address] of objects ?? []) if (addresses.has(address) && !known.has(object)) objects?.delete(object);
}

export const allCommands = fc.commands(
  [
    reconcile,
    reconcile,
    claims,
    claims,
    race,
    life,
    life,
    pushes,
    promote,
    pause,
    hold,
    breaks,
    breaks,
    clock,
    lose,
    agree,
    fc.constant(rest),
  ],
  { maxCommands: 40, size: 'max' },
);
