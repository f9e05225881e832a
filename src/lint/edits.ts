import type { Edit, Finding } from './model.ts';

/** A text with edits of it applied, or undefined when two of them overlap or one lies outside. Line ends follow those of the text. */
export function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  const windows = text.includes('\r\n');
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = '';
  let at = 0;
  for (const { start, end, text: inserted } of sorted) {
    if (start < at || end < start || end > text.length) return undefined;
    result += text.slice(at, start) + (windows ? inserted.replaceAll(/\r?\n/g, '\r\n') : inserted);
    at = end;
  }
  return result + text.slice(at);
}

/** Edits by file. */
export function byFile(edits: readonly Edit[]): ReadonlyMap<string, readonly Edit[]> {
  const files = new Map<string, Edit[]>();
  for (const edit of edits) {
    const known = files.get(edit.file);
    if (known === undefined) files.set(edit.file, [edit]);
    else known.push(edit);
  }
  return files;
}

/**
 * The findings of which the edits can be applied together, in the given order: those that share no resource and no place with an earlier
 * one. Findings that want exactly what an earlier one wants come with it. The rest is left for another round, since its edits are to
 * be computed anew.
 */
export function compatible(findings: readonly Finding[]): {
  readonly findings: readonly Finding[];
  readonly edits: readonly Edit[];
} {
  const chosen: Finding[] = [];
  const edits: Edit[] = [];
  const owners = new Set<string>();
  const wanted = new Set<string>();
  for (const finding of findings) {
    const own = finding.fix?.edits ?? [];
    if (own.length === 0) continue;
    const key = JSON.stringify(own);
    const owner = finding.address.replaceAll(/\[[^\]]*\]/g, '');
    if (!wanted.has(key)) {
      if (owners.has(owner) || own.some((edit) => edits.some((other) => touch(edit, other)))) continue;
      edits.push(...own);
      wanted.add(key);
    }
    owners.add(owner);
    chosen.push(finding);
  }
  return { findings: chosen, edits };
}

const touch = (a: Edit, b: Edit): boolean => a.file === b.file && a.start <= b.end && b.start <= a.end;
