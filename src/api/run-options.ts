import type { BuildProgress } from '../workspace/progress.ts';

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly providerSession?: boolean | undefined;
}
