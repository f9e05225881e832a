import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EngineEvent, EngineRunner, RunResult, RunSpec } from '../../../src/engine/engine.ts';
import { parseState } from '../../../src/engine/state.ts';

/** What the next engine command that can meets: a failed plan or change of a class, or the death of the engine in change `at`. */
export type EngineFault =
  | { readonly kind: 'plan'; readonly text: string }
  | { readonly kind: 'change'; readonly at: number; readonly text: string }
  | { readonly kind: 'death'; readonly at: number; readonly torn: boolean; readonly exit: boolean };

/** Addresses of the objects of one workspace by their ids. What is made twice is two objects of one address. */
export type Objects = Map<string, string>;

/** The real world as a scripted engine changes it: which objects each workspace has, and to whom it was ever given. */
export interface World {
  readonly objects: Map<string, Objects>;
  readonly given: Map<string, Set<string>>;
  readonly results: Map<string, RunResult>;
  readonly faults: EngineFault[];
  /** Prebuilds whose objects somebody removed behind everybody's back. */
  readonly lost: Set<string>;
}

export const newWorld = (): World => ({ objects: new Map(), given: new Map(), results: new Map(), faults: [], lost: new Set() });

/** What the environment of a run says, see `environmentOf`. */
interface Facts {
  readonly transition: string;
  readonly owner: string;
  readonly version: string;
}

export const environmentOf = (facts: Facts): Record<string, string> => ({ FACTS: JSON.stringify(facts) });

const AGENT = 'coder_agent.main';
const HOME = 'terraform_data.home';
const machineOf = (version: string): string => `terraform_data.machine["${version}"]`;
const handoverTo = (owner: string): string => `terraform_data.handover["${owner}"]`;

/** Addresses that a build wants, as a template with a machine that can be stopped and a step that follows the owner. */
function wantedBy({ transition, owner, version }: Facts, destroy: boolean): readonly string[] {
  if (destroy) return [];
  if (transition === 'stop') return [HOME];
  return [AGENT, HOME, machineOf(version), ...(owner === 'prebuilds' ? [] : [handoverTo(owner)])];
}

interface Change {
  readonly address: string;
  readonly action: 'create' | 'delete';
}

interface Plan {
  readonly serial: number;
  readonly changes: readonly Change[];
}

export const workspaceOf = (cwd: string): string => basename(dirname(cwd));
const stateFile = (cwd: string): string => join(cwd, 'terraform.tfstate');

/** Ids by address, as a state file has them. */
type Known = ReadonlyMap<string, string>;

function readKnown(cwd: string): { known: Known; serial: number; usable: boolean } {
  const state = parseState(textOf(stateFile(cwd)));
  if (state.kind !== 'ok') return { known: new Map(), serial: 0, usable: state.kind === 'empty' };
  return { known: new Map(state.resources.map(({ address, id }) => [address, id ?? ''])), serial: state.serial, usable: true };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function writeState(cwd: string, known: Known, serial: number): void {
  const resources = [...known].map(([address, id]) => {
    const [, type = '', name = '', key] = /^([a-z_]+)\.([a-z]+)(?:\["(.*)"\])?$/.exec(address) ?? [];
    const instance = { attributes: { id, token: type === 'coder_agent' ? 'token' : undefined } };
    return { mode: 'managed', type, name, instances: [key === undefined ? instance : { ...instance, index_key: key }] };
  });
  writeFileSync(stateFile(cwd), JSON.stringify({ version: 4, serial, lineage: workspaceOf(cwd), resources }));
}

const typeOf = (address: string): string => address.split('.')[0] ?? '';
const planned = ({ address, action }: Change): EngineEvent => ({
  type: 'planned_change',
  change: { address, type: typeOf(address), action },
});
const hook = (type: 'apply_start' | 'apply_complete' | 'apply_errored', { address, action }: Change): EngineEvent => ({
  type,
  address,
  resourceType: typeOf(address),
  action,
});
const failed = (text: string, address?: string): EngineEvent => ({
  type: 'diagnostic',
  diagnostic: { severity: 'error', summary: text, detail: '', address, file: undefined, line: undefined, column: undefined },
});

/** An engine that works at once, on the world and on real state files, by the command lines of the real one. */
export function scriptedRunner(world: World): EngineRunner {
  return {
    run: (spec) => {
      mkdirSync(spec.folder, { recursive: true });
      const { events, exitCode } = command(world, spec);
      const diagnostics = events.flatMap((event) => (event.type === 'diagnostic' ? [event.diagnostic] : []));
      const result = { runId: spec.runId, folder: spec.folder, exitCode, events, diagnostics, durationMs: 1, interrupted: false };
      world.results.set(spec.folder, result);
      for (const event of events) spec.onEvent?.(event);
      return Promise.resolve(result);
    },
    isRunAlive: () => false,
    touchedAnything: (folder) => world.results.get(folder)?.events.some((event) => event.type === 'apply_start') ?? false,
    adopt: (runId, folder) => Promise.resolve(world.results.get(folder) ?? { ...NEVER_STARTED, runId, folder }),
    interrupt: () => Promise.resolve(),
    openSession: () => Promise.resolve({ reason: 'the scripted engine has no providers' }),
  };
}

const NEVER_STARTED = { exitCode: undefined, events: [], diagnostics: [], durationMs: 0, interrupted: false };

interface Done {
  readonly events: readonly EngineEvent[];
  readonly exitCode: number | undefined;
}

function command(world: World, spec: RunSpec): Done {
  const [verb] = spec.args;
  const facts = JSON.parse(spec.env['FACTS'] ?? '{}') as Facts;
  const saved = verb === 'apply' ? spec.args.slice(1).find((word) => !word.startsWith('-')) : undefined;
  if (spec.args.includes('-refresh-only')) return refreshOnly(world, spec);
  if (saved !== undefined) return applySaved(world, spec, facts, saved);
  const plan = makePlan(world, spec, facts);
  if ('exitCode' in plan) return plan;
  if (verb !== 'plan') return apply(world, spec, facts, plan, plan.changes.map(planned));
  const out = spec.args.find((word) => word.startsWith('-out='))?.slice('-out='.length);
  if (out !== undefined) writeFileSync(out, JSON.stringify(plan));
  return { events: plan.changes.map(planned), exitCode: 0 };
}

function takeFault<K extends EngineFault['kind']>(world: World, ...kinds: K[]): Extract<EngineFault, { kind: K }> | undefined {
  const at = world.faults.findIndex((fault) => (kinds as string[]).includes(fault.kind));
  return at < 0 ? undefined : (world.faults.splice(at, 1)[0] as Extract<EngineFault, { kind: K }>);
}

function makePlan(world: World, spec: RunSpec, facts: Facts): Plan | Done {
  const fault = takeFault(world, 'plan');
  if (fault !== undefined) return { events: [failed(fault.text)], exitCode: 1 };
  const { known, serial, usable } = readKnown(spec.cwd);
  if (!usable) return { events: [failed('Error acquiring the state lock: Unsupported state file format')], exitCode: 1 };
  const there = [...known].filter(([, id]) => spec.args.includes('-refresh=false') || isThere(world, spec.cwd, id));
  const addresses = there.map(([address]) => address);
  const wanted = wantedBy(facts, spec.args.includes('-destroy'));
  const changes: Change[] = [
    ...addresses.filter((address) => !wanted.includes(address)).map((address) => ({ address, action: 'delete' as const })),
    ...wanted.filter((address) => !addresses.includes(address)).map((address) => ({ address, action: 'create' as const })),
  ];
  return { serial, changes };
}

function refreshOnly(world: World, spec: RunSpec): Done {
  const gone = [...readKnown(spec.cwd).known].flatMap(([address, id]) => (isThere(world, spec.cwd, id) ? [] : [address]));
  const events = gone.map((address): EngineEvent => ({
    type: 'resource_drift',
    change: { address, type: typeOf(address), action: 'delete' },
  }));
  return { events, exitCode: 0 };
}

function applySaved(world: World, spec: RunSpec, facts: Facts, path: string): Done {
  const text = textOf(path);
  if (text === '') return { events: [failed(`Failed to load "${path}" as a plan file`)], exitCode: 1 };
  const plan = JSON.parse(text) as Plan;
  if (readKnown(spec.cwd).serial !== plan.serial) return { events: [failed('Saved plan is stale')], exitCode: 1 };
  return apply(world, spec, facts, plan, []);
}

/** Change by change: the world first, then the state, which is written after each one as terraform's local backend does. */
function apply(world: World, spec: RunSpec, facts: Facts, plan: Plan, before: readonly EngineEvent[]): Done {
  const events = [...before];
  const state = new Map(readKnown(spec.cwd).known);
  const fault = plan.changes.length === 0 ? undefined : takeFault(world, 'change', 'death');
  for (const [n, change] of plan.changes.entries()) {
    const hit = fault !== undefined && n === Math.min(fault.at, plan.changes.length - 1) ? fault : undefined;
    events.push(hook('apply_start', change));
    if (hit?.kind === 'change') {
      events.push(hook('apply_errored', change), failed(hit.text, change.address));
      return { events, exitCode: 1 };
    }
    const id = happen(world, workspaceOf(spec.cwd), change, state.get(change.address), facts);
    if (hit?.kind === 'death') {
      if (hit.torn) writeFileSync(stateFile(spec.cwd), '');
      return { events, exitCode: hit.exit ? 137 : undefined };
    }
    if (change.action === 'create') state.set(change.address, id);
    else state.delete(change.address);
    writeState(spec.cwd, state, plan.serial + n + 1);
    events.push(hook('apply_complete', change));
  }
  if (plan.changes.length === 0) writeState(spec.cwd, state, plan.serial);
  return { events, exitCode: 0 };
}

/** Objects of the coder provider exist in states only. */
const isThere = ({ objects }: World, cwd: string, id: string): boolean =>
  objects.get(workspaceOf(cwd))?.has(id) === true || id.startsWith('coder_');

/** Returns the id of what a change made, or unmade: `old` is the one that the state knows. */
function happen(world: World, workspaceId: string, { address, action }: Change, old: string | undefined, facts: Facts): string {
  if (address.startsWith('coder_')) return address;
  const objects: Objects = world.objects.get(workspaceId) ?? new Map<string, string>();
  world.objects.set(workspaceId, objects);
  if (action === 'delete') {
    objects.delete(old ?? '');
    return old ?? '';
  }
  made += 1;
  const id = `${address} ${made}`;
  objects.set(id, address);
  if (address.startsWith('terraform_data.handover')) {
    const given = world.given.get(workspaceId) ?? new Set<string>();
    world.given.set(workspaceId, given.add(facts.owner));
  }
  return id;
}

/** Objects made so far. */
let made = 0;
