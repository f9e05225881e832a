import type { IgnoreEntry, ResourceDecl } from '../template/syntax/configuration.ts';
import { ignoreEdits } from './fix-edits.ts';
import { isPlain } from './fix-text.ts';
import type { Fix } from './model.ts';
import type { Difference } from './plan/difference.ts';
import type { Row } from './rows.ts';

/** An entry for `ignore_changes` that would keep the old value of what a row is about. */
export interface Candidate {
  readonly decl: ResourceDecl;
  readonly entry: IgnoreEntry;
  /** As it is to be written. */
  readonly text: string;
}

/**
 * The smallest entries that cover the differences of a row (L 2.12): a key of a map that is known, else the whole attribute; the whole
 * block type, since blocks of a set cannot be named one by one. None when the row is not about an attribute.
 */
export function candidatesOf(row: Row): readonly Candidate[] {
  const { decl } = row.outcome;
  const differences = row.reasons.flatMap((reason) => (reason.kind === 'difference' ? [reason.difference] : []));
  const entries = new Map(
    differences.flatMap((difference) => withCompanion(entryOf(difference, decl.type))).map((one) => [one.text, one]),
  );
  const whole = [...entries.values()].filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
  return [...entries.values()]
    .filter(({ path }) => path.length === 1 || !whole.includes(path[0]))
    .map(({ path, text }) => ({
      decl,
      text,
      entry: {
        path,
        bracketed: path.map((step, at) => at > 0 && (typeof step === 'number' || path.length === 2)),
        range: row.range,
      },
    }));
}

interface Entry {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Kubernetes refuses a selector that its template's labels do not match: both keep their old values, or none. */
function withCompanion(entry: Entry): readonly Entry[] {
  const labels = ['spec', 0, 'template', 0, 'metadata', 0, 'labels'];
  const selects = entry.text === 'spec[0].selector[0].match_labels';
  return selects ? [entry, { path: labels, text: 'spec[0].template[0].metadata[0].labels' }] : [entry];
}

function entryOf(difference: Difference, type: string): Entry {
  const { path, at, kind, unknown } = difference;
  const [name = '', key] = path;
  const isMap = type !== 'terraform_data';
  const isMapKey = kind === 'value' && at === 0 && path.length === 2 && typeof key === 'string' && !unknown && isMap;
  // A key that only the engine knows is not plain.
  if (isMapKey && isPlain(key)) return { path: [name, key], text: `${String(name)}[${JSON.stringify(key)}]` };
  // Of these every block is one of a list, so that it can be named; elsewhere it may be one of a set.
  if (kind === 'value' && at > 0 && type.startsWith('kubernetes_')) {
    const inBlock = path.slice(0, at + 1);
    const text = inBlock
      .map((step, n) => (typeof step === 'number' ? `[${String(step)}]` : `${n === 0 ? '' : '.'}${step}`))
      .join('');
    return { path: inBlock, text };
  }
  return { path: [name], text: String(name) };
}

/** The fix that adds entries to `ignore_changes` of a resource; without edits where they need a person. */
export function ignoreFix(
  decl: ResourceDecl,
  address: string,
  entries: readonly string[],
  sources: ReadonlyMap<string, string>,
): Fix {
  const names = entries.map((entry) => `\`${entry}\``).join(', ');
  return { description: `add ${names} to ignore_changes of ${address}`, edits: ignoreEdits(decl, entries, sources) };
}
