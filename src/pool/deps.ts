import type { ClaimDeps } from '../claim/deps.ts';
import type { ParameterValues, Preset } from '../domain/types.ts';

export interface PoolDeps extends ClaimDeps {
  /** Engine operations at once on this host for the pool, over all processes (spec 5.4). */
  readonly jobs: number;
  /** Values of every parameter for a prebuild of this preset: the preset's, and the template's defaults for the rest. */
  readonly prebuildParameters: (preset: Preset) => Promise<ParameterValues>;
  /** In [0,1): jitter of the backoff. */
  readonly random: () => number;
}
