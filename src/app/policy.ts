import type { EffectivePolicy, PolicyOf, Probe } from '../domain/policy.ts';
import { UserError } from '../kit/errors.ts';
import type { ConfigFile, PolicyFile } from './config-schema.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What holds where the file says nothing (spec 3 and 5.3). */
export const DEFAULT_POLICY: EffectivePolicy = {
  failuresLimit: 3,
  backoff: { baseMs: MINUTE, factor: 2, capMs: 30 * MINUTE },
  readiness: 'auto',
  probe: undefined,
  healthIntervalMs: 10 * MINUTE,
  maxSize: undefined,
  onReplace: 'allow',
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
function merge(levels: readonly PolicyFile[]): EffectivePolicy {
  const first = <T>(read: (level: PolicyFile) => T | undefined): T | undefined => {
    for (const level of levels) {
      const value = read(level);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const standard = DEFAULT_POLICY;
  const probe = first((level) => level.probe);
  return {
    failuresLimit: first((level) => level.failures?.limit) ?? standard.failuresLimit,
    backoff: {
      baseMs: first((level) => level.backoff?.base) ?? standard.backoff.baseMs,
      factor: first((level) => level.backoff?.factor) ?? standard.backoff.factor,
      capMs: first((level) => level.backoff?.cap) ?? standard.backoff.capMs,
    },
    readiness: first((level) => level.readiness) ?? standard.readiness,
    probe: probe === undefined ? undefined : toProbe(probe),
    healthIntervalMs: first((level) => level.health_interval) ?? standard.healthIntervalMs,
    maxSize: standard.maxSize,
    onReplace: first((level) => level.on_replace) ?? standard.onReplace,
    connect: first((level) => level.connect),
  };
}

/** Own keys only: a template may be called `constructor`. */
const entry = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

/**
 * The policy of every pool, nearest setting wins. UserError when a level asks for `readiness: probe` and no level gives the probe:
 * such a pool would never become ready.
 */
export function makePolicyOf(file: ConfigFile, path: string): PolicyOf {
  const policyOf: PolicyOf = (template, preset) => {
    const ofTemplate = entry(file.templates, template);
    const ofPreset = preset === undefined ? undefined : entry(ofTemplate?.presets, preset);
    return merge([ofPreset ?? {}, ofTemplate ?? {}, file]);
  };
  const check = (policy: EffectivePolicy, where: string): void => {
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
  if (file.templates === undefined) check(merge([file]), '');
  return policyOf;
}
