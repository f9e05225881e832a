import { WORKSPACE_LABEL, type SweepSettings, type SweepSource } from '../domain/sweep.ts';
import type { ConfigFile, SweepFile } from './config-schema.ts';
import { variable, type Environment } from './home.ts';

const INTERVAL_MS = 5 * 60_000;
const TIMEOUT_MS = 30_000;
const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/** The sweep of every template: its own, else that of the top level, as a whole. */
export function makeSweepOf(file: ConfigFile, inherited: Environment): (template: string) => SweepSettings | undefined {
  const env = { ...inherited, ...file.env };
  return (template) => {
    const templates = file.templates ?? {};
    const sweep = (Object.hasOwn(templates, template) ? templates[template]?.sweep : undefined) ?? file.sweep;
    if (sweep === undefined) return undefined;
    const sources = sourcesOf(sweep, env);
    if (sources.length === 0) return undefined;
    return { sources, intervalMs: sweep.interval ?? INTERVAL_MS, timeoutMs: sweep.timeout ?? TIMEOUT_MS };
  };
}

/** `docker: false` switches off what the level above says. */
function sourcesOf({ docker = false, process, command }: SweepFile, env: Environment): readonly SweepSource[] {
  const sources: SweepSource[] = [];
  if (docker !== false) {
    const { host, label } = docker === true ? {} : docker;
    sources.push({
      kind: 'docker',
      host: host ?? variable(env, 'DOCKER_HOST') ?? DEFAULT_HOST,
      label: label ?? WORKSPACE_LABEL,
    });
  }
  if (process !== undefined) sources.push({ kind: 'process', folder: process.folder.replace(/(.)\/+$/, '$1') });
  if (command !== undefined) sources.push({ kind: 'command', argv: command });
  return sources;
}
