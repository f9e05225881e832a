import type { PolicyOf } from '../domain/policy.ts';

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
  readonly policy: PolicyOf;
}
