import type { Attribute, Block, Expr } from '../template/syntax/ast.ts';
import type { ResourceDecl } from '../template/syntax/configuration.ts';
import { habitsOf, indentOf, lineStartOf, skipBetween, skipOnLine } from './fix-text.ts';
import type { Edit } from './model.ts';

/**
 * The edits that add entries to `ignore_changes` of a resource, where the list stands or is to stand: in the style of a list that is
 * there, formatted as the engine's `fmt` does otherwise. None in JSON files, beside `all`, and where the list cannot be read. `sources`
 * are the texts of the files.
 */
export function ignoreEdits(
  decl: ResourceDecl,
  entries: readonly string[],
  sources: ReadonlyMap<string, string>,
): readonly Edit[] {
  const { block: lifecycle, ignoreChanges } = decl.lifecycle;
  const list = ignoreChanges?.attribute.expr;
  const { file } = (list ?? lifecycle ?? decl.block).range;
  const source = sources.get(file);
  if (source === undefined || file.endsWith('.json')) return [];
  if (list !== undefined) return list.kind === 'tuple' ? extendList(list, entries, source, file) : [];
  const { unit, eol } = habitsOf(source);
  const line = `ignore_changes = [${entries.join(', ')}]`;
  if (lifecycle !== undefined) {
    const indent = `${indentOf(source, lifecycle.range.start)}${unit}`;
    return insertAtEnd(lifecycle, `${aligned(lifecycle, line, indent, eol)}${eol}`, source);
  }
  const indent = `${indentOf(source, decl.block.range.start)}${unit}`;
  const blank = source.slice(decl.block.body.range.start, decl.block.body.range.end).trim() === '' ? '' : eol;
  return insertAtEnd(decl.block, `${blank}${indent}lifecycle {${eol}${indent}${unit}${line}${eol}${indent}}${eol}`, source);
}

/** An argument below the last one of a block: with its equals sign under that one's, or apart from it when its name is too long. */
function aligned({ body, range }: Block, line: string, indent: string, eol: string): string {
  const last = body.attributes.at(-1);
  if (last === undefined || !isLastLine(last, range.endLine)) return `${indent}${line}`;
  const [name = '', value = ''] = line.split(' = ', 2);
  const width = last.expr.range.start - last.nameRange.start - ' = '.length + 1;
  return width < name.length ? `${eol}${indent}${line}` : `${indent}${name.padEnd(width)}= ${value}`;
}

const isLastLine = ({ range }: Attribute, closing: number): boolean =>
  range.line === range.endLine && (range.endLine === closing || range.endLine === closing - 1);

/** Before the line of the closing brace; a block on one line is broken up. */
function insertAtEnd({ body, range }: Block, text: string, source: string): readonly Edit[] {
  const { file, start, end } = body.range;
  const inner = source.slice(start, end);
  const indent = indentOf(source, range.start);
  const { unit, eol } = habitsOf(source);
  if (inner.trim() === '' && !inner.includes('\n')) return [{ file, start, end, text: `${eol}${text}${indent}` }];
  if (!inner.includes('\n')) {
    return [
      { file, start, end: end - inner.trimStart().length, text: `${eol}${indent}${unit}` },
      { file, start: start + inner.trimEnd().length, end, text: `${eol}${text}${indent}` },
    ];
  }
  const lineStart = lineStartOf(source, end);
  const own = source.slice(lineStart, end).trim() === '';
  return own ? [insertion(file, lineStart, text)] : [insertion(file, end, `${eol}${text}${indent}`)];
}

/** In the style of the list: one line stays one line, one entry a line gets another line. */
function extendList(list: Expr & { kind: 'tuple' }, entries: readonly string[], source: string, file: string): readonly Edit[] {
  const { start, end } = list.range;
  const inner = source.slice(start + 1, end - 1);
  const last = list.items.at(-1)?.range.end;
  if (last === undefined) return [fillList(start, end, inner, entries, source, file)];
  const comma = skipBetween(source, last);
  const hasComma = source[comma] === ',';
  if (!inner.includes('\n')) {
    return [{ file, start: last, end: source[last] === ',' ? last + 1 : last, text: `, ${entries.join(', ')}` }];
  }
  const { unit, eol } = habitsOf(source);
  const indent = /\n([ \t]*)[^\s\]]/.exec(inner)?.[1] ?? `${indentOf(source, start)}${unit}`;
  // After what follows on the line, such as a comment.
  const at = skipOnLine(source, hasComma ? comma + 1 : last);
  const lines = entries.map((entry) => `${eol}${indent}${entry}`).join(',');
  if (hasComma) return [insertion(file, at, `${lines},`)];
  return at === last ? [insertion(file, at, `,${lines}`)] : [insertion(file, last, ','), insertion(file, at, lines)];
}

/** A list without entries; what it holds, if anything, are comments. */
function fillList(start: number, end: number, inner: string, entries: readonly string[], source: string, file: string): Edit {
  const text = entries.join(', ');
  if (inner.trim() === '') return { file, start, end, text: `[${text}]` };
  const lineStart = lineStartOf(source, end - 1);
  if (lineStart <= start || source.slice(lineStart, end - 1).trim() !== '') {
    return inner.includes('\n') ? insertion(file, end - 1, ` ${text}`) : insertion(file, start + 1, `${text} `);
  }
  const { unit, eol } = habitsOf(source);
  const indent = /\n([ \t]*)\S/.exec(inner)?.[1] ?? `${indentOf(source, start)}${unit}`;
  return insertion(file, lineStart, entries.map((entry) => `${indent}${entry},${eol}`).join(''));
}

const insertion = (file: string, at: number, text: string): Edit => ({ file, start: at, end: at, text });
