import type { ClaimDeps } from '../claim/deps.ts';
import type { ParameterValues, Preset } from '../domain/types.ts';

export interface PoolDeps extends ClaimDeps {
  /** Milliseconds since boot, suspend included: what the wall clock is judged by (SM R10). */
  readonly uptimeMs: () => number;
  /** Values of every parameter for a prebuild of this preset: the preset's, and the template's defaults for the rest. */
  readonly prebuildParameters: (preset: Preset) => Promise<ParameterValues>;
  /** Whether a process of this home hears agents: this one, from the first time it asks to the end of its pass, or another one. */
  readonly hearsAgents: () => Promise<boolean>;
  /** In [0,1): jitter of the backoff. */
  readonly random: () => number;
}
