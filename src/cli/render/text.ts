import type { WorkspaceView } from '../../api/app.ts';
import type { Workspace } from '../../domain/types.ts';

/**
 * Text from templates and people without control characters, which could move the cursor or forge lines. Colours are added later,
 * by us.
 */
export function clean(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** `owner/name`, the name every command accepts. */
export const fullName = (workspace: Pick<Workspace, 'ownerName' | 'name'>): string => `${workspace.ownerName}/${workspace.name}`;

/** `claiming by anna as dev`; of what nobody claims now, the status alone. */
export const statusWords = ({ workspace, claimant }: Pick<WorkspaceView, 'workspace' | 'claimant'>): string =>
  claimant === undefined ? workspace.phase : clean(`${workspace.phase} by ${claimant.owner} as ${claimant.name}`);

/** `template/preset`, as pools are named. */
export const poolName = (pool: { readonly template: string; readonly preset: string }): string =>
  `${pool.template}/${pool.preset}`;

/** Cells of an ORGANIZATION column: empty, so not shown, where all rows are of one organisation. */
export function organizationCells(rows: readonly { readonly organization: string }[]): (organization: string) => string {
  const several = new Set(rows.map(({ organization }) => organization)).size > 1;
  return (organization) => (several ? organization : '');
}

/** `3 prebuilds`, `1 prebuild`. */
export const count = (n: number, noun: string): string => `${String(n)} ${noun}${n === 1 ? '' : 's'}`;

/** `label  value` lines, values in one column; entries without a value are left out. */
export function facts(entries: readonly (readonly [string, string | undefined])[]): string {
  const present = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined && entry[1] !== '');
  const width = Math.max(0, ...present.map(([label]) => label.length));
  return present.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
}

/** Parts of an answer with an empty line between them; empty parts are left out. */
export const sections = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');
