import type { EffectivePolicy, PolicyOf, Probe } from '../domain/policy.ts';
import { writeDuration } from '../kit/duration.ts';
import { UserError } from '../kit/errors.ts';
import type { ConfigFile, PolicyFile } from './config-schema.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What a pool's decisions need to know of its host. */
type HostFacts = Pick<EffectivePolicy, 'poolJobs' | 'accessUrl'>;

/** What holds where the file says nothing (spec 3 and 5.3). */
export const DEFAULT_POLICY: Omit<EffectivePolicy, keyof HostFacts> = {
  failuresLimit: 3,
  failuresKeep: 2,
  failuresKeepForMs: 24 * 60 * MINUTE,
  surge: 1,
  rollout: 'recreate',
  startRate: undefined,
  readyBy: false,
  backoff: { baseMs: MINUTE, factor: 2, capMs: 30 * MINUTE },
  readiness: 'auto',
  probe: undefined,
  agentTimeoutMs: 15 * MINUTE,
  healthIntervalMs: 10 * MINUTE,
  maxSize: undefined,
  onReplace: 'allow',
  rehearsal: true,
  healthFailures: 3,
  claimTtlMs: undefined,
  claimTtlMaxMs: undefined,
  connect: undefined,
};

type ProbeFile = NonNullable<PolicyFile['probe']>;

const toProbe = (file: ProbeFile): Probe => ({
  command: file.command,
  tcp: file.tcp,
  http: file.http,
  timeoutMs: file.timeout ?? 10 * SECOND,
  intervalMs: file.interval ?? 2 * SECOND,
  deadlineMs: file.deadline ?? 5 * MINUTE,
});

/** Joins the levels, nearest first; every leaf is decided by itself, a probe as a whole. */
function merge(levels: readonly PolicyFile[], host: HostFacts): EffectivePolicy {
  const first = <T>(read: (level: PolicyFile) => T | undefined): T | undefined => {
    for (const level of levels) {
      const value = read(level);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const probe = first((level) => level.probe);
  const claimTtlMs = first((level) => level.claim_ttl);
  const said: Settings<Omit<EffectivePolicy, 'backoff' | keyof HostFacts>> = {
    failuresLimit: first((level) => level.failures?.limit),
    failuresKeep: first((level) => level.failures?.keep),
    failuresKeepForMs: first((level) => level.failures?.keep_for),
    maxSize: first((level) => level.max_size),
    surge: first((level) => level.surge),
    rollout: first((level) => level.rollout),
    startRate: first((level) => level.start_rate),
    readyBy: first((level) => level.ready_by),
    readiness: first((level) => level.readiness),
    probe: probe === undefined ? undefined : toProbe(probe),
    agentTimeoutMs: first((level) => level.agent_timeout),
    healthIntervalMs: first((level) => level.health_interval),
    healthFailures: first((level) => level.health_failures),
    onReplace: first((level) => level.on_replace),
    rehearsal: first((level) => level.rehearsal),
    claimTtlMs,
    claimTtlMaxMs: first((level) => level.claim_ttl_max) ?? claimTtlMs,
    connect: first((level) => level.connect),
  };
  const backoff: Settings<EffectivePolicy['backoff']> = {
    baseMs: first((level) => level.backoff?.base),
    factor: first((level) => level.backoff?.factor),
    capMs: first((level) => level.backoff?.cap),
  };
  return { ...DEFAULT_POLICY, ...host, ...onlySaid(said), backoff: { ...DEFAULT_POLICY.backoff, ...onlySaid(backoff) } };
}

type Settings<T> = { readonly [K in keyof T]: T[K] | undefined };

const onlySaid = <T extends object>(settings: Settings<T>): Partial<T> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>;

/** Own keys only: a template may be called `constructor`. */
const entry = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

/** Every claim that says nothing else would be refused. */
function checkTtl({ claimTtlMs, claimTtlMaxMs }: EffectivePolicy, path: string, where: string): void {
  if (claimTtlMs === undefined || claimTtlMaxMs === undefined || claimTtlMs <= claimTtlMaxMs) return;
  const [ttl, max] = [writeDuration(claimTtlMs), writeDuration(claimTtlMaxMs)];
  throw new UserError('config_invalid', `${path}: \`${where}claim_ttl\` is ${ttl}, more than claim_ttl_max, which is ${max}`, {
    hint: 'correct one of them',
  });
}

/**
 * The policy of every pool, nearest setting wins. UserError when a level asks for `readiness: probe` and no level gives the probe:
 * such a pool would never become ready. The same when it asks for `agent` and agents are heard nowhere (`hears`).
 */
export function makePolicyOf(file: ConfigFile, path: string, host: HostFacts, hears: boolean): PolicyOf {
  const policyOf: PolicyOf = (template, preset) => {
    const ofTemplate = entry(file.templates, template);
    const ofPreset = preset === undefined ? undefined : entry(ofTemplate?.presets, preset);
    return merge([ofPreset ?? {}, ofTemplate ?? {}, file], host);
  };
  const check = (policy: EffectivePolicy, where: string): void => {
    if (policy.readiness === 'agent' && !hears) {
      throw new UserError('config_invalid', `${path}: \`${where}readiness\` is agent, but agents are heard nowhere`, {
        hint: 'add `agent_listen: HOST:PORT`, with an `access_url` that workspaces reach it by',
      });
    }
    checkTtl(policy, path, where);
    if (policy.readiness !== 'probe' || policy.probe !== undefined) return;
    throw new UserError('config_invalid', `${path}: \`${where}readiness\` is probe, but no probe is configured`, {
      hint: 'add `probe` with one of command, tcp and http, or use readiness: auto',
    });
  };
  // At the top level a probe may come from each template, so the top level is judged only where it is used.
  for (const [template, settings] of Object.entries(file.templates ?? {})) {
    check(policyOf(template, undefined), `templates.${template}.`);
    for (const preset of Object.keys(settings.presets ?? {})) {
      check(policyOf(template, preset), `templates.${template}.presets.${preset}.`);
    }
  }
  checkTtl(merge([file], host), path, '');
  if (file.templates === undefined) check(merge([file], host), '');
  return policyOf;
}
