import type { JobLanes } from '../domain/lanes.ts';
import type { HookTargets } from '../domain/hooks.ts';
import type { Retention } from '../keep/retention.ts';
import type { Address } from './listen.ts';
import type { PolicyOf } from '../domain/policy.ts';
import type { SweepSettings } from '../domain/sweep.ts';

/** Host settings of spec 3; durations in ms. */
export interface Config {
  readonly home: string;
  readonly file: string | undefined;
  /** Path of the engine as configured (PREBUILDS_ENGINE, `engine`); undefined = PATH decides. */
  readonly engine: string | undefined;
  /** `env` and `env_file`, added to the engine's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Engine operations at once on this host, over all processes (`jobs`, `reserve`; spec 5.4). */
  readonly lanes: JobLanes;
  readonly accessUrl: string;
  /** Where agents are heard (spec 8.6); undefined = nowhere. */
  readonly agentListen: Address | undefined;
  /** How that came about; `elsewhere` = nothing was said, and the access URL leads to no loopback address of this machine. */
  readonly agentHearing: 'configured' | 'derived' | 'off' | 'elsewhere';
  /** Where `serve` listens for people and programs (spec 8.6). */
  readonly listen: Address;
  /** Names under which it is reached besides its own. */
  readonly allowedHosts: readonly string[];
  readonly providerSession: boolean;
  readonly retention: Retention;
  /** Nearest wins: preset, template, top level, default. */
  readonly policy: PolicyOf;
  /** Templates and presets that have settings of their own, whether there are such or not. */
  readonly named: readonly { readonly template: string; readonly presets: readonly string[] }[];
  readonly hooks: HookTargets;
  /** Where leaks of a template are looked for; undefined = nowhere. */
  readonly sweepOf: (template: string) => SweepSettings | undefined;
}
