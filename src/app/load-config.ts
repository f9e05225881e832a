import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { lanesOf } from '../domain/lanes.ts';
import { UserError, messageOf } from '../kit/errors.ts';
import { homePaths } from '../kit/paths.ts';
import { DEFAULT_RETENTION, type Retention } from '../keep/retention.ts';
import { agentListenOf } from './agent-listen.ts';
import { keepConfig, keptConfig } from './config-kept.ts';
import type { ConfigFile } from './config-schema.ts';
import type { Config } from './config.ts';
import { ensureHome, requirePrivateFile, resolveHome, variable, type Environment } from './home.ts';
import { hookTargets } from './hooks-config.ts';
import { readAddress } from './listen.ts';
import { makePolicyOf } from './policy.ts';
import { makeSweepOf } from './sweep-config.ts';

const DEFAULT_LISTEN = '127.0.0.1:7781';

export interface LoadConfigInput {
  /** `--home`. */
  readonly home?: string | undefined;
  /** `--config`. */
  readonly config?: string | undefined;
  readonly env: Environment;
}

/**
 * Finds home and configuration (spec 3), makes the home, checks everything. UserError for what a person can put right. The YAML
 * reader is loaded only when there is a file that was not read before.
 */
export async function loadConfig(input: LoadConfigInput): Promise<Config> {
  const home = resolveHome(input.home, input.env);
  ensureHome(home);
  const path = configPath(input, home);
  const found = await readConfigFile(home, path);
  const file = found ?? {};
  const lanes = lanesOf(file.jobs ?? Math.max(2, availableParallelism()), file.reserve ?? 1);
  const accessUrl = (file.access_url ?? 'http://127.0.0.1:7780').replace(/\/+$/, '');
  const listening = agentListenOf(file.agent_listen, accessUrl);
  return {
    home,
    file: found === undefined ? undefined : path,
    engine: engineOf(file, input.env, dirname(path)),
    env: engineEnv(file, dirname(path)),
    lanes,
    accessUrl,
    ...listening,
    listen: readAddress(file.listen ?? DEFAULT_LISTEN, 'listen'),
    allowedHosts: file.allowed_hosts ?? [],
    providerSession: file.provider_session ?? true,
    retention: retentionOf(file),
    policy: makePolicyOf(file, path, { poolJobs: lanes.pool, accessUrl }, listening.agentListen !== undefined),
    named: Object.entries(file.templates ?? {}).map(([template, { presets }]) => ({
      template,
      presets: Object.keys(presets ?? {}),
    })),
    hooks: hookTargets(file, dirname(path)),
    sweepOf: makeSweepOf(file, input.env),
  };
}

/** `--config`, PREBUILDS_CONFIG, `<home>/config.yaml`; only the last one may be missing. */
function configPath(input: LoadConfigInput, home: string): string {
  const named = input.config ?? variable(input.env, 'PREBUILDS_CONFIG');
  if (named === undefined) return homePaths(home).config;
  const path = resolve(named);
  if (existsSync(path)) return path;
  throw new UserError('config_missing', `configuration file ${path} does not exist`, {
    hint: 'correct --config or PREBUILDS_CONFIG',
  });
}

/** A bare name is looked up on PATH later; a path is relative to the file, or the working directory, that says it. */
function engineOf(file: ConfigFile, env: Environment, folder: string): string | undefined {
  const named = variable(env, 'PREBUILDS_ENGINE');
  if (named !== undefined) return named.includes('/') ? resolve(named) : named;
  return file.engine?.includes('/') === true ? resolve(folder, file.engine) : file.engine;
}

function retentionOf({ retention }: ConfigFile): Retention {
  return {
    versions: retention?.versions ?? DEFAULT_RETENTION.versions,
    deletedMs: retention?.deleted ?? DEFAULT_RETENTION.deletedMs,
    eventsMs: retention?.events ?? DEFAULT_RETENTION.eventsMs,
    runs: retention?.runs ?? DEFAULT_RETENTION.runs,
  };
}

async function readConfigFile(home: string, path: string): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError('config_unreadable', `configuration file ${path} cannot be read: ${messageOf(error)}`, {
      hint: 'correct its permissions',
      cause: error,
    });
  }
  const kept = keptConfig(home, text);
  if (kept !== undefined) return kept;
  const { parseConfigFile } = await import('./config-file.ts');
  const file = parseConfigFile(text, path);
  keepConfig(home, text, file);
  return file;
}

/** `env_file` first, then `env`, so that what is written in the configuration itself wins. */
function engineEnv(file: ConfigFile, folder: string): Record<string, string> {
  const env: Record<string, string> = {};
  if (file.env_file !== undefined) {
    const path = resolve(folder, file.env_file);
    requirePrivateFile(path, 'env_file');
    for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8')))) if (value !== undefined) env[name] = value;
  }
  return { ...env, ...file.env };
}
