import type { Build } from '../domain/types.ts';

/** What a running build does now, for spinners and plain lines. */
export interface BuildProgress {
  readonly buildId: string;
  readonly workspace: string;
  readonly template: string;
  readonly transition: Build['transition'];
  readonly stage: Build['stage'];
  readonly step: 'queued' | 'stopping' | 'planning' | 'applying' | 'waiting' | 'done' | 'failed';
  /** Address of the resource in work. */
  readonly resource?: string | undefined;
  readonly elapsedMs: number;
  readonly message?: string | undefined;
}

export type OnProgress = (progress: BuildProgress) => void;
