import { resolve } from 'node:path';
import { resolveParameters } from '../domain/parameters.ts';
import { systemClock } from '../kit/clock.ts';
import { systemIds } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import { homePaths } from '../kit/paths.ts';
import { identify } from '../kit/process.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import type { App } from './api.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { cronLine, examine } from './doctor.ts';
import { createEnginePort } from './engine-port.ts';
import { createPoolApi } from './pools.ts';
import { createTemplateApi } from './templates.ts';
import { createWorkspaceApi } from './workspaces.ts';

export interface CreateAppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
}

/** Wires the rooms together; the only place that knows concrete classes. Opens the store, so the caller closes the app. */
export async function createApp(options: CreateAppOptions): Promise<App> {
  const { config } = options;
  const store = await openSqliteStore(homePaths(config.home).database, { clock: systemClock, ids: systemIds });
  const context = createContext(options, store);
  return {
    home: config.home,
    templates: createTemplateApi(context),
    pools: createPoolApi(context),
    workspaces: createWorkspaceApi(context),
    audit: { events: (filter) => store.listEvents(withoutUndefined(filter)) },
    doctor: () => examine(context),
    cronLine: () => cronLine(context),
    close: () => store.close(),
  };
}

function createContext({ config, logger, env }: CreateAppOptions, store: Store): Context {
  return {
    config,
    store,
    clock: systemClock,
    ids: systemIds,
    logger,
    env,
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
      jobs: config.jobs,
      random: () => Math.random(),
      prebuildParameters: async (preset) => {
        const parameters = await store.versionParameters(preset.versionId);
        return resolveParameters({ parameters, preset, given: {}, mode: 'create' }).values;
      },
    },
  };
}

/** The store's filters are exact about absent keys. */
function withoutUndefined(filter: { after?: number | undefined; sinceAt?: number | undefined; limit?: number | undefined }) {
  return {
    ...(filter.after === undefined ? {} : { after: filter.after }),
    ...(filter.sinceAt === undefined ? {} : { sinceAt: filter.sinceAt }),
    ...(filter.limit === undefined ? {} : { limit: filter.limit }),
  };
}
