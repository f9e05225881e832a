import type { FileContent } from '../../template/syntax/configuration.ts';
import type { Value } from '../value.ts';

/** What is compared: what a claim changes, what a changed parameter changes, or what time changes (L 2.11). */
export type Mode = 'claim' | 'parameter' | 'drift';

/** Everything that the two evaluations do not share, or need from outside. */
export interface World {
  readonly mode: Mode;
  /** False for the build that made the prebuild, true for the plan of the claim. */
  readonly second: boolean;
  readonly content: FileContent;
  func(name: string, args: readonly Value[], moduleDir: string): Value;
}
