import type { PoolPolicy } from '../domain/decide.ts';

/** A readiness or liveness check of a workspace (spec 5.8). Exactly one of the three. */
export interface Probe {
  readonly command?: readonly string[] | undefined;
  readonly tcp?: string | undefined;
  readonly http?: string | undefined;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** How long a new prebuild may take to pass. */
  readonly deadlineMs: number;
}

export interface EffectivePolicy extends PoolPolicy {
  readonly readiness: 'auto' | 'probe' | 'provisioned';
  readonly probe: Probe | undefined;
  readonly healthIntervalMs: number;
  readonly maxSize: number | undefined;
  readonly onReplace: 'allow' | 'refuse';
  readonly connect: readonly string[] | undefined;
}

/** Host settings of spec 3; durations in ms. */
export interface Config {
  readonly home: string;
  readonly file: string | undefined;
  /** Path of the engine as configured (PREBUILDS_ENGINE, `engine`); undefined = PATH decides. */
  readonly engine: string | undefined;
  /** `env` and `env_file`, added to the engine's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: number;
  readonly accessUrl: string;
  readonly providerSession: boolean;
  /** Nearest wins: preset, template, top level, default. */
  policy(template: string, preset: string | undefined): EffectivePolicy;
}
