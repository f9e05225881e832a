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
  readonly readiness: 'auto' | 'agent' | 'probe' | 'provisioned';
  readonly probe: Probe | undefined;
  /** How long agents may take until their start scripts have ended, while somebody hears them. */
  readonly agentTimeoutMs: number;
  readonly healthIntervalMs: number;
  /** Whether a claim is rehearsed when a prebuild becomes ready (spec 6.4). */
  readonly rehearsal: boolean;
  /** Health checks that must fail in a row before a ready prebuild counts as dead. */
  readonly healthFailures: number;
  /** Life of a claimed workspace, and how far `extend` may renew it (spec 6.9); undefined = for ever. */
  readonly claimTtlMs: number | undefined;
  readonly claimTtlMaxMs: number | undefined;
  /** argv of the connect command; `{name}`, `{owner}`, `{id}` and `{output.NAME}` are replaced. */
  readonly connect: readonly string[] | undefined;
}

/** Whether agents decide where they are heard: `auto` asks them before any probe (spec 5.8). */
export const mayAskAgents = ({ readiness }: Pick<EffectivePolicy, 'readiness'>): boolean =>
  readiness === 'agent' || readiness === 'auto';

/** Gives the policy of a template and, if there is one, preset; nearest setting wins. */
export type PolicyOf = (template: string, preset: string | undefined) => EffectivePolicy;
