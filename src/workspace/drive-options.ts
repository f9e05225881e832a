import type { Guard } from './deps.ts';
import type { OnProgress } from './progress.ts';

/** How one build is driven. */
export interface DriveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly providerSession: boolean;
  /** Looks at the plan before it is applied; absent = nobody has to, and the engine plans and applies in one command. */
  readonly guard?: Guard | undefined;
  /** A rename may rebuild something, and lose what it holds; absent = it is refused, also when it is taken over from a killed process. */
  readonly mayRebuild?: boolean | undefined;
  /** Ask the world before the plan whether the workspace still exists (spec 5.8, stock whose last check is old). */
  readonly checkAlive?: boolean | undefined;
  /** Told when a phase of the operation ends, with its milliseconds. */
  readonly onPhase?: ((phase: 'stop_scripts' | 'prepare' | 'check' | 'plan' | 'guard' | 'apply', ms: number) => void) | undefined;
}
