import { resolve } from 'node:path';
import { subscribersOf } from '../domain/hooks.ts';
import { mayAskAgents } from '../domain/policy.ts';
import { resolveParameters } from '../domain/parameters.ts';
import { systemClock } from '../kit/clock.ts';
import { systemIds } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import { homePaths } from '../kit/paths.ts';
import { identify, uptimeMs } from '../kit/process.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import type { App } from '../api/app.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { createEnginePort } from './engine-port.ts';
import { lazily } from './lazy.ts';
import { cronLine } from './cron-line.ts';
import { inOrganization, organizationOf } from './organization.ts';
import { createPulse, type Pulse } from './pulse.ts';
import { createWorkspaceApi } from './workspaces.ts';

export interface CreateAppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
  /** Where template names are looked for and new templates are made; absent = wherever the name is unambiguous. */
  readonly organization?: string | undefined;
}

/** Wires the rooms together; the only place that knows concrete classes. Opens the store, so the caller closes the app. */
export async function createApp(options: CreateAppOptions): Promise<App> {
  const { config } = options;
  const pulse = createPulse();
  const opened = await openSqliteStore(homePaths(config.home).database, {
    clock: systemClock,
    ids: systemIds,
    subscribers: subscribersOf(config.hooks),
    committed: pulse.beat,
  });
  const context = createContext(options, inOrganization(opened, options.organization), pulse);
  try {
    // A name that nothing has would show nothing, or everything.
    if (options.organization !== undefined) await organizationOf(context);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return appOf(context);
}

/** What one caller may ask; cheap, since every part is read when it is first used. */
function appOf(context: Context): App {
  const { store, config } = context;
  return {
    home: config.home,
    templates: lazily(async () => (await import('./templates.ts')).createTemplateApi(context)),
    pools: lazily(async () => (await import('./pools.ts')).createPoolApi(context)),
    workspaces: createWorkspaceApi(context),
    people: lazily(async () => (await import('./people.ts')).createPeopleApi(context)),
    audit: { events: (filter) => store.listEvents(withoutUndefined(filter)) },
    tokens: lazily(async () => (await import('./tokens.ts')).createTokenApi(context)),
    hooks: lazily(async () => (await import('./hooks.ts')).createHookApi(context)),
    sweeps: lazily(async () => (await import('./sweep.ts')).createSweepApi(context)),
    metrics: async (version) => (await import('./metrics.ts')).printMetrics(store, config.policy, systemClock.now(), version),
    keep: lazily(async () => (await import('./keep.ts')).createKeepApi(context)),
    doctor: async (wish) => (await import('./doctor.ts')).examine(context, wish?.repair ?? false),
    why: async (name) => (await import('./why.ts')).explain(context, name),
    serve: async (input) => (await import('./serve.ts')).serve(context, input, appOf),
    cronLine: () => cronLine(context),
    close: () => store.close(),
  };
}

function createContext({ config, logger, env, organization }: CreateAppOptions, store: Store, pulse: Pulse): Context {
  const context: Context = {
    config,
    store,
    clock: systemClock,
    ids: systemIds,
    logger,
    env,
    caller: { env },
    organization,
    pulse,
    hostsAgents: false,
    script: resolve(process.argv[1] ?? 'prebuilds'),
    pool: {
      store,
      clock: systemClock,
      ids: systemIds,
      logger,
      home: config.home,
      me: identify(process.pid),
      engine: createEnginePort(config, env, systemClock, logger),
      policyOf: config.policy,
      accessUrl: config.accessUrl,
      lanes: config.lanes,
      uptimeMs,
      mayHearAgents: config.agentListen !== undefined,
      judgedByAgents: (template, preset) => config.agentListen !== undefined && mayAskAgents(config.policy(template, preset)),
      hostAgents: async () => (await import('./agent-host.ts')).hostAgents(context),
      random: () => Math.random(),
      prebuildParameters: async (preset) => {
        const parameters = await store.versionParameters(preset.versionId, preset.name);
        const { facts } = await store.getVersion(preset.versionId);
        const ownerDependent = facts.ownerParameters;
        return resolveParameters({ parameters, preset, given: {}, mode: 'create', ownerDependent }).values;
      },
    },
  };
  return context;
}

/** The store's filters are exact about absent keys. */
function withoutUndefined(filter: { after?: number | undefined; sinceAt?: number | undefined; limit?: number | undefined }) {
  return {
    ...(filter.after === undefined ? {} : { after: filter.after }),
    ...(filter.sinceAt === undefined ? {} : { sinceAt: filter.sinceAt }),
    ...(filter.limit === undefined ? {} : { limit: filter.limit }),
  };
}
