import type { BuildProgress } from '../../api/app.ts';
import { phaseTime } from '../format.ts';
import { clean } from '../text.ts';
import { verbOf } from '../workspace-words.ts';

/** What an event of a running question says, in one line; undefined for what says nothing. */
export function progressLine(event: string, data: unknown): string | undefined {
  if (event === 'step') return clean((data as { step?: string }).step ?? '');
  if (event !== 'progress') return undefined;
  const progress = data as BuildProgress;
  const what = progress.step === 'applying' && progress.resource !== undefined ? `applying ${progress.resource}` : progress.step;
  const time = progress.elapsedMs < 1000 ? '' : `, ${phaseTime(progress.elapsedMs)}`;
  const words = `${verbOf(progress)}: ${what}${time}${progress.message === undefined ? '' : `, ${progress.message}`}`;
  return clean(words);
}

/** The lines so far with one more; of the same step only the newest stays. */
export function withLine(lines: readonly string[], line: string): readonly string[] {
  const stem = (text: string | undefined): string => text?.replace(/,.*$/, '') ?? '';
  return stem(lines.at(-1)) === stem(line) ? [...lines.slice(0, -1), line] : [...lines, line];
}
