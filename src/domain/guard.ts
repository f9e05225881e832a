import type { PlannedChange } from './types.ts';

/** What a claim would rebuild (spec 6.3): resources outside the `coder_` family that the plan destroys, alone or to replace them. */
export const rebuilt = (changes: readonly PlannedChange[]): readonly PlannedChange[] =>
  changes.filter(({ action, type }) => (action === 'replace' || action === 'delete') && !type.startsWith('coder_'));

const REASONS: Readonly<Record<string, string>> = {
  tainted: 'it is tainted',
  requested: 'a replacement was asked for',
  by_request: 'a replacement was asked for',
  triggers: 'of replace_triggered_by',
  by_triggers: 'of replace_triggered_by',
  cannot_update: 'an attribute cannot be changed in place',
};

/** One line about a resource that is rebuilt: address, what happens to it, and because of which attributes as far as known. */
export function describeReplacement({ address, action, paths = [], reason }: PlannedChange): string {
  const what = action === 'delete' ? 'destroyed' : 'replaced';
  if (paths.length > 0) return `${address} is ${what} because of ${paths.join(', ')}`;
  const known = reason === undefined ? undefined : wordsOf(reason);
  return known === undefined ? `${address} is ${what}` : `${address} is ${what} because ${known}`;
}

/** The engine's reason (`cannot_update`, `delete_because_no_module`, ...) in words; an unknown one is shown as it is. */
function wordsOf(reason: string): string {
  const short = reason.replace(/^(?:replace|delete)_(?:because_)?/, '');
  return Object.hasOwn(REASONS, short) ? (REASONS[short] ?? short) : `of ${short.replaceAll('_', ' ')}`;
}
