import type { Range } from '../../template/syntax/ast.ts';
import { columns, plain } from './text-tools.ts';

/** Most lines of a range that are shown. */
const MOST_LINES = 4;
const TAB = '    ';

export interface FrameOptions {
  /** Paints the underline. */
  readonly paint: (text: string) => string;
  readonly dim: (text: string) => string;
  /** Columns; undefined = lines are not cut. */
  readonly width: number | undefined;
}

interface Shown {
  readonly text: string;
  /** Columns before the marked part, and of it. */
  readonly before: number;
  readonly marked: number;
}

/**
 * The lines of a range with their numbers, one line before them, and the part on the first line underlined. Nothing when the range is
 * outside the text. Lines are cut to `width` so that the marked part stays in sight.
 */
export function codeFrame(source: string, range: Range, { paint, dim, width }: FrameOptions): readonly string[] {
  const lines = source.split('\n').map((line) => line.replace(/\r$/, ''));
  const first = lines[range.line - 1];
  if (first === undefined || source === '') return [];
  const last = Math.min(range.endLine, range.line + MOST_LINES - 1, lines.length);
  const gutter = String(last).length;
  const room = width === undefined ? Infinity : Math.max(20, width - gutter - 3);
  const numbered = (line: number, text: string): string =>
    `${dim(`${String(line).padStart(gutter)} |`)}${text === '' ? '' : ` ${text}`}`;
  const rest = (line: number): string => numbered(line, cut(show(lines[line - 1] ?? '', 0, 0), room).text);

  const mark = cut(show(first, range.column - 1, range.endLine === range.line ? range.endColumn - 1 : first.length), room);
  const underline = `${' '.repeat(mark.before)}${paint('^'.repeat(Math.max(1, mark.marked)))}`;
  return [
    ...(range.line > 1 && (lines[range.line - 2] ?? '').trim() !== '' ? [rest(range.line - 1)] : []),
    numbered(range.line, mark.text),
    `${dim(`${' '.repeat(gutter)} |`)} ${underline}`,
    ...Array.from({ length: last - range.line }, (_, at) => rest(range.line + 1 + at)),
    ...(range.endLine > last ? [dim(`${' '.repeat(gutter)} | ...`)] : []),
  ];
}

/** As it is seen on a terminal: tabs as spaces, no control characters. */
function show(line: string, from: number, to: number): Shown {
  const part = (start: number, end?: number): string =>
    plain(
      line
        .slice(start, end)
        .replaceAll('\t', TAB)
        .replace(/^\uFEFF/, ''),
    );
  const [head, marked, tail] = [part(0, from), part(from, to), part(to)];
  return { text: `${head}${marked}${tail}`.trimEnd(), before: columns(head), marked: columns(marked) };
}

function cut(shown: Shown, room: number): Shown {
  const total = columns(shown.text);
  if (total <= room) return shown;
  // The marked part begins at a third of the line when it would not fit otherwise.
  const skip = shown.before + Math.min(shown.marked, room) <= room ? 0 : shown.before - Math.floor(room / 3);
  const dots = skip > 0 ? '…' : '';
  const text = `${dots}${sliceColumns(shown.text, skip + dots.length, skip + room - 1)}${total > skip + room - 1 ? '…' : ''}`;
  const before = shown.before - skip;
  return { text, before, marked: Math.max(1, Math.min(shown.marked, room - before)) };
}

function sliceColumns(text: string, from: number, to: number): string {
  let at = 0;
  let result = '';
  for (const char of text) {
    if (at >= from && at + columns(char) <= to) result += char;
    at += columns(char);
  }
  return result;
}
