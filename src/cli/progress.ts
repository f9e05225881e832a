import { formatDuration } from '../kit/duration.ts';
import type { Io } from './io.ts';
import { verbOf, type Progress, type ProgressOptions } from './progress-words.ts';
import { clean } from './render/text.ts';

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
