import { BugError } from '../../kit/errors.ts';
import { LOADER_1 } from './loader-1.ts';

const LOADERS: ReadonlyMap<number, string> = new Map([[1, LOADER_1]]);

/** Number that new builds get; it is stored with the build and used again for its workspace (SM R9). */
export const CURRENT_LOADER = 1;

/** Text of loader `number`. A number that was never published is a bug of the caller. */
export function loaderText(number: number): string {
  const text = LOADERS.get(number);
  if (text === undefined) throw new BugError(`there is no agent loader number ${String(number)}`);
  return text;
}
