import {
  SYSTEM_USER,
  type Build,
  type Claim,
  type Driver,
  type Preset,
  type PresetInput,
  type Version,
  type Workspace,
} from '../../src/domain/types.ts';
import type { Clock } from '../../src/kit/clock.ts';
import { systemIds } from '../../src/kit/ids.ts';
import { identify } from '../../src/kit/process.ts';
import type { Actor, NewVersion, Store } from '../../src/store/store.ts';

/** A clock that stands still until it is told to go on. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(start = 1_700_000_000_000): TestClock {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

export const POOL_ACTOR: Actor = { id: SYSTEM_USER.id, username: SYSTEM_USER.username };
/** Two processes that live: a waiter whose process is gone is not handed anything. */
export const DRIVER: Driver = identify(process.pid);
export const OTHER_DRIVER: Driver = identify(process.ppid);
export const GONE_DRIVER: Driver = { bootId: 'boot', pid: 100, startTicks: 1 };
export const ACCESS_URL = 'http://127.0.0.1:7780';

export interface TemplateOptions {
  readonly name?: string;
  readonly presets?: readonly (Partial<PresetInput> & { readonly name: string })[];
  readonly fingerprint?: string;
  readonly activate?: boolean;
  readonly message?: string;
}

/** A version as `template push` would import it, with one preset `small` unless told otherwise. */
export function newVersion(options: TemplateOptions = {}): NewVersion {
  const id = systemIds.uuid();
  return {
    id,
    templateName: options.name ?? 'docker',
    activate: options.activate ?? true,
    version: {
      fingerprint: options.fingerprint ?? `fingerprint-${id}`,
      contentHash: `content-${id}`,
      folder: `/versions/${id}`,
      enginePath: '/usr/bin/terraform',
      engineKind: 'terraform',
      engineVersion: '1.11.4',
      lockHash: 'lock',
      message: options.message ?? '',
      pushedBy: 'ann',
      facts: {
        singleProviders: ['registry.terraform.io/coder/coder'],
        agents: [{ address: 'coder_agent.main', os: 'linux', arch: 'amd64', auth: 'token' }],
        notServed: [],
        loader: 1,
        accessUrl: ACCESS_URL,
        credentialNames: [],
        warnings: [],
      },
    },
    parameters: [
      {
        name: 'cpus',
        displayName: 'CPUs',
        description: '',
        type: 'number',
        mutable: true,
        ephemeral: false,
        defaultValue: '2',
        options: [{ name: 'two', value: '2' }],
        validations: [{ min: 1, max: 8 }],
      },
    ],
    presets: (options.presets ?? [{ name: 'small' }]).map((preset) => ({
      isDefault: false,
      parameters: { cpus: '2' },
      instances: 2,
      hasPrebuilds: true,
      ttlMs: undefined,
      timezone: undefined,
      schedules: [],
      ...preset,
    })),
    variables: [{ name: 'image', value: 'debian', sensitive: false }],
  };
}

export interface Given {
  readonly templateId: string;
  readonly templateName: string;
  readonly version: Version;
  readonly preset: Preset;
  readonly presets: readonly Preset[];
  readonly actor: Actor;
}

/** A pushed and active template with its first preset, and a person `ann` who pushed it. */
export async function givenTemplate(store: Store, options: TemplateOptions = {}): Promise<Given> {
  const ann = await store.ensurePerson({ username: 'ann' });
  const actor: Actor = { id: ann.id, username: ann.username };
  const { template, version } = await store.importVersion(newVersion(options), actor);
  const presets = await store.versionPresets(version.id);
  return { templateId: template.id, templateName: template.name, version, preset: must(presets[0]), presets, actor };
}

/** The value, or an error that says what the test had expected. */
export function must<T>(value: T | undefined, what = 'a value'): T {
  if (value === undefined) throw new Error(`expected ${what}`);
  return value;
}

interface Made {
  readonly workspace: Workspace;
  readonly build: Build;
}

export const newName = (): string => `prebuild-${systemIds.base32(24)}`;

/** W1 with a random name; undefined when the store's guard says no. */
export function tryPrebuild(store: Store, preset: Preset, slotLimit = 10): Promise<Made | undefined> {
  return store.createPrebuild({
    presetId: preset.id,
    slotLimit,
    name: newName(),
    parameters: preset.parameters,
    accessUrl: ACCESS_URL,
    reason: 'missing',
  });
}

export const givenPrebuild = async (store: Store, preset: Preset): Promise<Made> =>
  must(await tryPrebuild(store, preset), 'a prebuild');

/** Takes a queued build through plan and apply to `applying`. */
export async function applyBuild(store: Store, build: Build): Promise<void> {
  for (const [from, to] of [
    ['queued', 'planning'],
    ['planning', 'planned'],
    ['planned', 'applying'],
  ] as const) {
    if (!(await store.moveBuild(build.id, from, to))) throw new Error(`expected the build to go from ${from} to ${to}`);
  }
}

/** Takes a queued build to success. */
export async function succeed(store: Store, build: Build): Promise<void> {
  await applyBuild(store, build);
  if (!(await store.finishBuild(build.id, { state: 'succeeded' }))) throw new Error('expected the build to succeed');
}

/** A prebuild that can be claimed now. */
export async function givenReady(store: Store, preset: Preset): Promise<Workspace> {
  const { workspace, build } = await givenPrebuild(store, preset);
  await succeed(store, build);
  if (!(await store.markReady(workspace.id, 'provisioned'))) throw new Error('expected the prebuild to be ready');
  return store.getWorkspace(workspace.id);
}

export interface ClaimOptions {
  readonly name?: string;
  readonly requestId?: string;
  readonly argsHash?: string;
  readonly owner?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A claim in state `new`, of the person `owner` (`bob` unless given). */
export async function givenClaim(store: Store, given: Given, options: ClaimOptions = {}): Promise<Claim> {
  return (await open(store, given, options)).claim;
}

export async function open(store: Store, given: Given, options: ClaimOptions = {}): Promise<{ claim: Claim; existing: boolean }> {
  const owner = await store.ensurePerson({ username: options.owner ?? 'bob' });
  return store.openClaim({
    templateId: given.templateId,
    presetId: given.preset.id,
    ownerId: owner.id,
    actor: { id: owner.id, username: owner.username },
    name: options.name ?? 'dev',
    requestId: options.requestId,
    argsHash: options.argsHash ?? 'args',
    parameters: options.parameters ?? { cpus: '2' },
    driver: DRIVER,
  });
}

/** W9 for a claim; undefined when nothing is eligible. */
export function tryReserve(
  store: Store,
  clock: Clock,
  given: Given,
  claim: Claim,
  except: readonly string[] = [],
): Promise<Made | undefined> {
  return store.reservePrebuild({
    claimId: claim.id,
    presetId: given.preset.id,
    now: clock.now(),
    except,
    rolling: false,
    accessUrl: ACCESS_URL,
    driver: DRIVER,
  });
}

/** A claim with its reserved prebuild. */
export async function givenReserved(
  store: Store,
  clock: Clock,
  given: Given,
  options: ClaimOptions = {},
): Promise<Made & { claim: Claim }> {
  await givenReady(store, given.preset);
  const claim = await givenClaim(store, given, options);
  return { claim, ...must(await tryReserve(store, clock, given, claim), 'a reservation') };
}

/** A person's workspace, queued for its cold build. */
export async function givenCold(
  store: Store,
  given: Given,
  options: { name?: string; owner?: string; claimId?: string } = {},
): Promise<Made> {
  const owner = await store.ensurePerson({ username: options.owner ?? 'bob' });
  return store.createCold({
    templateId: given.templateId,
    versionId: given.version.id,
    presetId: given.preset.id,
    ownerId: owner.id,
    name: options.name ?? 'dev',
    parameters: { cpus: '2' },
    accessUrl: ACCESS_URL,
    initiator: { id: owner.id, username: owner.username },
    claimId: options.claimId,
  });
}

/** A person's workspace that is ready. */
export async function givenReadyCold(
  store: Store,
  given: Given,
  options: { name?: string; owner?: string } = {},
): Promise<Workspace> {
  const { workspace, build } = await givenCold(store, given, options);
  await succeed(store, build);
  return store.getWorkspace(workspace.id);
}

/** Queues a build of stage none on a workspace. */
export function queue(
  store: Store,
  workspace: Workspace,
  transition: 'start' | 'stop' | 'delete',
  more: Partial<Parameters<Store['queueBuild']>[0]> = {},
): Promise<Made | undefined> {
  return store.queueBuild({
    workspaceId: workspace.id,
    transition,
    stage: 'none',
    reason: 'asked for',
    initiator: { id: workspace.ownerId, username: workspace.ownerName },
    accessUrl: ACCESS_URL,
    ...more,
  });
}

/** Kinds of the events of a workspace, oldest first. */
export async function kindsOf(store: Store, workspaceId: string): Promise<readonly string[]> {
  return (await store.listEvents({ workspaceId })).map((event) => event.kind);
}

/** Value of a counter, 0 when it was never counted. */
export async function counterOf(store: Store, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const rows = (await store.counters()).filter(
    (row) => row.name === name && Object.entries(labels).every(([key, value]) => row.labels[key] === value),
  );
  return rows.reduce((sum, row) => sum + row.value, 0);
}
