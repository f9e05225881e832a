import type { SuspectView, SweepView } from '../../api/app.ts';
import type { Context } from '../context.ts';
import { leakedOf } from './json.ts';
import { clean, count } from './text.ts';
import { age } from './time.ts';

/** `docker unix:///...: 0 unaccounted objects, checked 3m ago`. */
export function sweepLine(context: Context, view: SweepView): string {
  const ago = `checked ${age(context.now, view.at)} ago`;
  if (view.error !== undefined) return clean(`${view.source}: could not be looked at, ${ago}: ${view.error}`);
  const leaked = leakedOf(view).length;
  const what = leaked === 0 ? '' : '; see `prebuilds doctor`';
  return clean(`${view.source}: ${count(leaked, 'unaccounted object')}, ${ago}${what}`);
}

/** What may exist although no state knows it; empty when nothing may. */
export const suspectsLine = (suspects: readonly SuspectView[]): string =>
  suspects.length === 0 ? '' : `${count(suspects.length, 'object')} may exist outside the states; see \`prebuilds doctor\``;
