import type { PoolPolicy } from './decide.ts';

/** A readiness or liveness check of a workspace (spec 5.8). Exactly one of command, tcp and http is set; durations in ms. */
export interface Probe {
  /** argv; the workspace is described by PREBUILDS_* variables. Exit 0 = healthy. */
  readonly command?: readonly string[] | undefined;
  /** `host:port`. */
  readonly tcp?: string | undefined;
  /** URL; a 2xx answer = healthy. */
  readonly http?: string | undefined;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** How long a new prebuild may take to pass. */
  readonly deadlineMs: number;
}

/** What the configuration says for one pool or template (spec 3, "Pool policy"). */
export interface EffectivePolicy extends PoolPolicy {
  readonly readiness: 'auto' | 'probe' | 'provisioned';
  readonly probe: Probe | undefined;
  readonly healthIntervalMs: number;
  readonly maxSize: number | undefined;
  readonly onReplace: 'allow' | 'refuse';
  /** argv of the connect command; `{name}`, `{owner}`, `{id}` and `{output.NAME}` are replaced. */
  readonly connect: readonly string[] | undefined;
}

/** Gives the policy of a template and, if there is one, preset; nearest setting wins. */
export type PolicyOf = (template: string, preset: string | undefined) => EffectivePolicy;
