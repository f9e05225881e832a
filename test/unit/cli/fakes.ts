import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { App, PoolStatus } from '../../../src/api/app.ts';
import type { AppInput, Outside } from '../../../src/cli/context.ts';
import { runCli } from '../../../src/cli/run.ts';
import type { Build, Claim, EventRow, Preset, Template, Version, Workspace } from '../../../src/domain/types.ts';
import { aWorkspace } from '../../support/workspace.ts';

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE = 60_000;

export const template: Template = {
  id: 't1',
  organizationId: 'o1',
  organization: 'default',
  name: 'docker',
  deprecatedAt: undefined,
  deletingAt: undefined,
  deletedAt: undefined,
  activeVersionId: 'v1',
};

export const version: Version = {
  id: 'v1',
  templateId: 't1',
  number: 3,
  state: 'active',
  fingerprint: 'f',
  contentHash: 'c',
  folder: '/secret/folder',
  enginePath: '/usr/bin/tofu',
  engineKind: 'tofu',
  engineVersion: '1.12.6',
  lockHash: 'l',
  message: 'bigger disk',
  pushedBy: 'ana',
  pushedAt: NOW - 3 * MINUTE,
  facts: {
    singleProviders: [],
    agents: [],
    notServed: [],
    loader: 1,
    accessUrl: 'http://127.0.0.1:7780',
    credentialNames: [],
    warnings: [],
  },
};

export const preset: Preset = {
  id: 'p1',
  versionId: 'v1',
  name: 'GoLand: Large',
  isDefault: true,
  parameters: { cpus: '8' },
  instances: 3,
  hasPrebuilds: true,
  ttlMs: undefined,
  timezone: undefined,
  schedules: [],
  identity: 'i',
};

export const workspace: Workspace = aWorkspace({
  generation: 1,
  parameters: { cpus: '8' },
  createdAt: NOW - 2 * 86_400_000,
  readyAt: NOW - 86_400_000,
  claimedAt: NOW - MINUTE,
});

export const build: Build = {
  id: 'b1',
  workspaceId: 'w1',
  number: 1,
  transition: 'start',
  stage: 'create',
  state: 'succeeded',
  reason: '2 of 3 running',
  beneficiaryId: 'u1',
  initiatorId: 'u1',
  workspaceName: 'api',
  versionId: 'v1',
  enginePath: '/usr/bin/tofu',
  engineKind: 'tofu',
  engineVersion: '1.12.6',
  loader: 1,
  accessUrl: '',
  parameters: {},
  recoveries: 0,
  attempts: 0,
  errorClass: undefined,
  error: undefined,
  changes: [],
  createdAt: NOW - 10 * MINUTE,
  startedAt: NOW - 10 * MINUTE,
  endedAt: NOW - 9 * MINUTE,
  driver: undefined,
};

export const claim: Claim = {
  id: 'c1',
  templateId: 't1',
  presetId: 'p1',
  ownerId: 'u1',
  actorId: 'u1',
  name: 'api',
  requestId: undefined,
  argsHash: 'a',
  state: 'served',
  workspaceId: 'w1',
  servedAs: 'warm',
  missReason: undefined,
  parameters: {},
  phases: {},
  rebuilt: [],
  createdAt: NOW - MINUTE,
  endedAt: NOW - MINUTE + 800,
  driver: undefined,
  deadlineAt: undefined,
  touchedAt: undefined,
  detached: false,
  noCold: false,
  ttlMs: undefined,
};

export const event: EventRow = {
  seq: 7,
  at: NOW - MINUTE,
  kind: 'claim.served',
  actor: 'ana',
  template: 'docker',
  preset: 'GoLand: Large',
  workspaceId: 'w1',
  workspaceName: 'api',
  buildId: undefined,
  claimId: 'c1',
  reason: 'oldest ready prebuild',
  data: {},
};

export const pool: PoolStatus = {
  organization: 'default',
  template: 'docker',
  preset: 'GoLand: Large',
  desired: 3,
  running: 3,
  eligible: 2,
  building: 1,
  failed: 0,
  expired: 0,
  held: 0,
  deleting: 0,
  stale: 0,
  claimed: 0,
  waiting: 0,
  maxSize: undefined,
  draining: false,
  hindrance: undefined,
  heldPrebuilds: [],
  safe: 0,
  unsafe: 0,
  unsafeReason: undefined,
  degraded: false,
  paused: false,
  breaker: 'closed',
  failures: 0,
  nextTryAt: undefined,
  lastError: undefined,
  claims: 4,
  misses: 1,
  hitRate: 0.75,
  p50ClaimMs: 420,
  p95ClaimMs: 1234,
  nextChange: { at: NOW + 2 * 3_600_000, instances: 1 },
};

type Partials = {
  readonly [K in 'templates' | 'tokens' | 'pools' | 'workspaces' | 'audit' | 'people' | 'hooks' | 'sweeps' | 'keep']?: Partial<
    App[K]
  >;
} & Partial<Pick<App, 'doctor' | 'metrics' | 'cronLine' | 'why' | 'serve'>>;

const refusing = <T extends object>(name: string, given: Partial<T> | undefined): T =>
  new Proxy((given ?? {}) as T, {
    get: (target, key) => {
      if (key in target) return target[key as keyof T];
      throw new Error(`the command asked for ${name}.${String(key)}, which this test does not expect`);
    },
  });

/** An application that answers what the test says and fails on everything else. */
export const fakeApp = (parts: Partials): App => ({
  home: '/home',
  templates: refusing('templates', parts.templates),
  pools: refusing('pools', parts.pools),
  // Nobody waits in line unless the test says so.
  workspaces: refusing('workspaces', {
    waiting: () => Promise.resolve([]),
    cancelWaiting: () => Promise.resolve(undefined),
    ...parts.workspaces,
  }),
  tokens: refusing('tokens', parts.tokens),
  audit: refusing('audit', parts.audit),
  people: refusing('people', parts.people),
  hooks: refusing('hooks', parts.hooks),
  sweeps: refusing('sweeps', { last: () => Promise.resolve([]), suspects: () => Promise.resolve([]), ...parts.sweeps }),
  keep: refusing('keep', parts.keep),
  doctor: parts.doctor ?? (() => Promise.resolve([])),
  metrics: parts.metrics ?? (() => Promise.reject(new Error('metrics were not expected'))),
  serve: parts.serve ?? (() => Promise.reject(new Error('serving was not expected'))),
  cronLine: parts.cronLine ?? (() => ''),
  why: parts.why ?? (() => Promise.resolve([])),
  close: () => Promise.resolve(),
});

export interface RunOptions {
  readonly app?: Partials;
  readonly env?: Record<string, string>;
  readonly columns?: number;
  readonly abort?: AbortController;
  readonly received?: NodeJS.Signals;
  readonly confirm?: (question: string) => Promise<boolean>;
  readonly spawn?: Outside['spawn'];
  readonly connectTo?: Outside['connectTo'];
  /** Called on every sleep. */
  readonly onSleep?: () => void;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly json: unknown;
  /** How the application was opened; undefined when the command did not need it. */
  readonly opened: AppInput | undefined;
  readonly closed: number;
}

/** Runs one command line in this process with a fake application and a home of its own. */
export async function cli(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const home = mkdtempSync(join(tmpdir(), 'prebuilds-cli-'));
  let out = '';
  let err = '';
  let opened: AppInput | undefined;
  let closed = 0;
  const abort = options.abort ?? new AbortController();
  try {
    const code = await runCli(args, {
      io: {
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        outTty: options.columns !== undefined,
        errTty: false,
        outColumns: options.columns,
        errColumns: undefined,
        errStream: new PassThrough(),
      },
      env: { PREBUILDS_HOME: home, NO_COLOR: '1', ...options.env },
      clock: {
        now: () => NOW,
        monotonic: () => 0,
        sleep: () => {
          options.onSleep?.();
          return Promise.resolve();
        },
      },
      signals: { signal: abort.signal, received: () => options.received, held: (work) => work() },
      createApp: (input) => {
        opened = input;
        const app = fakeApp(options.app ?? {});
        return Promise.resolve({
          ...app,
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        });
      },
      connectTo: options.connectTo ?? (() => Promise.reject(new Error('no server was expected'))),
      spawn: options.spawn ?? (() => Promise.reject(new Error('no program was expected'))),
      confirm: options.confirm,
    });
    const json: unknown = args.includes('--json') && out.trim() !== '' ? JSON.parse(out) : undefined;
    return { code, out, err, json, opened, closed };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
