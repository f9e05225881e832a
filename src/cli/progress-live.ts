import ora from 'ora';
import type { BuildProgress } from '../api/app.ts';
import { buildLine, type Progress, type ProgressOptions } from './progress-words.ts';
import { clean } from './render/text.ts';

const REDRAW_MS = 250;
const SHOWN = 10;

interface Seen {
  readonly build: BuildProgress;
  /** Monotonic instant at which the build had run for `build.elapsedMs`. */
  readonly at: number;
}

/** A spinner with one line per running build; ended builds stay as a line above it. */
export function liveProgress({ io, clock, style, title }: ProgressOptions): Progress {
  const running = new Map<string, Seen>();
  const ended = new Set<string>();
  const stopped = new AbortController();
  let step = title;
  // The spinner keeps its hands off stdin: raw mode would swallow Ctrl-C.
  const spinner = ora({ stream: io.errStream, text: step, discardStdin: false, isEnabled: true }).start();

  const draw = (): void => {
    const width = Math.max(20, (io.errColumns ?? 80) - 4);
    const lines = [...running.values()].map(({ build, at }) => buildLine(build, build.elapsedMs + clock.monotonic() - at));
    const shown = lines.slice(0, SHOWN);
    if (lines.length > SHOWN) shown.push(`and ${String(lines.length - SHOWN)} more`);
    const cut = [step, ...shown].map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
    spinner.text = cut.join('\n  ');
  };
  const redraw = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      draw();
      await clock.sleep(REDRAW_MS, stopped.signal);
    }
  };
  const loop = redraw();

  const end = (build: BuildProgress): void => {
    ended.add(build.buildId);
    running.delete(build.buildId);
    const mark = build.step === 'done' ? style.green('✔') : style.red('✖');
    // The spinner makes room for writes to its stream.
    io.err(`${mark} ${buildLine(build, build.elapsedMs)}\n`);
  };
  return {
    step: (text) => {
      step = clean(text);
      draw();
    },
    build: (build) => {
      // News of a build that has ended may still be on its way.
      if (ended.has(build.buildId)) return;
      if (build.step === 'done' || build.step === 'failed') end(build);
      else running.set(build.buildId, { build, at: clock.monotonic() });
      draw();
    },
    stop: async () => {
      stopped.abort();
      await loop;
      spinner.stop();
    },
  };
}
