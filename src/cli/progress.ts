import type { ChalkInstance } from 'chalk';
import type { BuildProgress } from '../app/api.ts';
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
}

/** Lines that move on a terminal, one line per change elsewhere, nothing with -q. */
export async function createProgress(options: ProgressOptions): Promise<Progress> {
  switch (options.mode) {
    case 'silent':
      return { step: () => undefined, build: () => undefined, stop: () => Promise.resolve() };
    case 'plain':
      return plainProgress(options.io);
    case 'live': {
      const { liveProgress } = await import('./progress-live.ts');
      return liveProgress(options);
    }
  }
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

function plainProgress(io: Io): Progress {
  const last = new Map<string, string>();
  return {
    step: (text) => {
      io.err(`${clean(text)}\n`);
    },
    build: (build) => {
      if (last.get(build.buildId) === build.step) return;
      last.set(build.buildId, build.step);
      const after = build.step === 'done' || build.step === 'failed' ? ` after ${formatDuration(build.elapsedMs)}` : '';
      const message = build.message === undefined ? '' : `: ${build.message}`;
      io.err(`${clean(`${build.template}: ${build.workspace}: ${verbOf(build)} ${build.step}${after}${message}`)}\n`);
    },
    stop: () => Promise.resolve(),
  };
}
