import type { Block } from '../template/syntax/ast.ts';
import type { IgnoreEntry, ResourceDecl } from '../template/syntax/configuration.ts';
import type { Edit, Fix } from './model.ts';
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
    differences.map((difference) => entryOf(difference, decl.type !== 'terraform_data')).map((one) => [one.text, one]),
  );
  const whole = [...entries.values()].filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
  return [...entries.values()]
    .filter(({ path }) => path.length === 1 || !whole.includes(path[0]))
    .map(({ path, text }) => ({ decl, text, entry: { path, bracketed: path.map((_step, at) => at > 0), range: row.range } }));
}

function entryOf(
  { path, at, kind, unknown }: Difference,
  isMap: boolean,
): { readonly path: readonly (string | number)[]; readonly text: string } {
  const [name = '', key] = path;
  const isMapKey = kind === 'value' && at === 0 && path.length === 2 && typeof key === 'string' && !unknown && isMap;
  if (isMapKey) return { path: [name, key], text: `${String(name)}[${JSON.stringify(key)}]` };
  return { path: [name], text: String(name) };
}

/** The edit that adds entries to `ignore_changes` of a resource, and the sentence for it; without edits in JSON files. */
export function ignoreFix(decl: ResourceDecl, address: string, texts: readonly string[], source: string | undefined): Fix {
  const names = texts.map((text) => `\`${text}\``).join(', ');
  const description = `add ${names} to ignore_changes of ${address}`;
  const json = decl.block.range.file.endsWith('.json');
  return { description, edits: source === undefined || json ? [] : [ignoreEdit(decl, texts, source)] };
}

function ignoreEdit(decl: ResourceDecl, texts: readonly string[], source: string): Edit {
  const { block: lifecycle, ignoreChanges } = decl.lifecycle;
  const file = (lifecycle ?? decl.block).range.file;
  if (ignoreChanges !== undefined && !ignoreChanges.all)
    return extendList(ignoreChanges.attribute.expr.range, texts, source, file);
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  if (lifecycle !== undefined) {
    const indent = `${indentOf(source, lifecycle.range.start)}  `;
    return insertAtEnd(lifecycle, `${indent}ignore_changes = [${texts.join(', ')}]${eol}`, source, file, eol);
  }
  const indent = `${indentOf(source, decl.block.range.start)}  `;
  const body = [`${indent}lifecycle {`, `${indent}  ignore_changes = [${texts.join(', ')}]`, `${indent}}`].join(eol);
  const blank = /\S/.test(source.slice(decl.block.body.range.start, decl.block.body.range.end)) ? eol : '';
  return insertAtEnd(decl.block, `${blank}${body}${eol}`, source, file, eol);
}

/** Before the line of the closing brace; a block on one line is broken up. */
function insertAtEnd(block: Block, text: string, source: string, file: string, eol: string): Edit {
  const end = block.range.end - 1;
  const lineStart = source.lastIndexOf('\n', end - 1) + 1;
  if (source.slice(lineStart, end).trim() === '') return { file, start: lineStart, end: lineStart, text };
  return { file, start: end, end, text: `${eol}${text}${indentOf(source, block.range.start)}` };
}

/** In the style of the list: one line stays one line, one entry a line gets another line. */
function extendList(list: { start: number; end: number }, texts: readonly string[], source: string, file: string): Edit {
  const inner = source.slice(list.start + 1, list.end - 1);
  const close = list.end - 1;
  if (inner.trim() === '') return { file, start: list.start, end: list.end, text: `[${texts.join(', ')}]` };
  const last = lastEntryEnd(inner) + list.start + 1;
  const hasComma = source[last] === ',';
  if (!inner.includes('\n')) {
    return { file, start: last, end: hasComma ? last + 1 : last, text: `, ${texts.join(', ')}` };
  }
  const eol = inner.includes('\r\n') ? '\r\n' : '\n';
  const indent = /\n([ \t]*)\S/.exec(inner)?.[1] ?? '  ';
  const lines = texts.map((text) => `${eol}${indent}${text}`).join(',');
  if (!hasComma) return { file, start: last, end: last, text: `,${lines}` };
  // After the comma and what follows it on its line, such as a comment.
  const newline = source.indexOf('\n', last);
  const at = newline < 0 || newline > close ? close : newline - (source[newline - 1] === '\r' ? 1 : 0);
  return { file, start: at, end: at, text: `${lines},` };
}

/** End of the last entry inside the brackets, before its comma; comments are skipped. */
function lastEntryEnd(inner: string): number {
  const blanked = inner.replace(/#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => ' '.repeat(comment.length));
  return blanked.replace(/[\s,]+$/, '').length;
}

function indentOf(source: string, at: number): string {
  const lineStart = source.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(source.slice(lineStart, at))?.[0] ?? '';
}
