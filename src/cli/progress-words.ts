import type { ChalkInstance } from 'chalk';
import type { BuildProgress } from '../api/app.ts';
import type { Clock } from '../kit/clock.ts';
import { formatDuration } from '../kit/duration.ts';
import type { Io } from './io.ts';
import { clean } from './render/text.ts';

/** Shows on stderr what goes on. */
export interface Progress {
  /** The command as a whole is at this step. */
  readonly step: (text: string) => void;
  /** A build has news. */
  readonly build: (progress: BuildProgress) => void;
  readonly stop: () => Promise<void>;
}

export interface ProgressOptions {
  readonly io: Io;
  readonly clock: Clock;
  readonly style: ChalkInstance;
  readonly mode: 'live' | 'plain' | 'silent';
  /** Shown beside the spinner until the command says where it is. */
  readonly title: string;
}

/** What a build does, in the words of spec 2: `create` and `claim` are the stages of a start. */
export function verbOf(build: Pick<BuildProgress, 'transition' | 'stage'>): string {
  return build.stage === 'none' ? build.transition : build.stage;
}

/** One line for one build: `prebuild-abc  create  applying docker_container.workspace  12s`. */
export function buildLine(build: BuildProgress, elapsedMs: number): string {
  const what = build.step === 'applying' && build.resource !== undefined ? `applying ${build.resource}` : build.step;
  const parts = [build.workspace, verbOf(build), what, formatDuration(elapsedMs)];
  if (build.message !== undefined) parts.push(build.message);
  return parts.map(clean).join('  ');
}
