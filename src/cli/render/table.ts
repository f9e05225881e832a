import Table from 'cli-table3';
import stringWidth from 'string-width';
import { clean } from './text.ts';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
  /** Left out on a narrow terminal rather than that others are cut; the highest first. JSON and a pipe have everything. */
  readonly spare?: number;
}

export interface TableOptions {
  /** Columns of the terminal; undefined = nothing is shortened. */
  readonly width: number | undefined;
  readonly head: (text: string) => string;
}

const GAP = 2;
const NARROWEST = 6;
/** Rows laid out at once: the time the library takes grows with the square of their number. */
const CHUNK = 50;
const BARE = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'] as const;
const INNER = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'] as const;
const NO_LINES = Object.fromEntries([...BARE, ...INNER].map((name) => [name, '']));

const PLAIN = /^[\x20-\x7e]*$/;

/** Columns of the terminal that a text takes. */
const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** Takes from the widest column, character by character, until the line fits. */
function fit(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}

/** Without as many spare columns as it takes for the rest to fit. */
function fewer<T extends { readonly column: Column; readonly natural: number }>(
  columns: readonly T[],
  width: number,
): readonly T[] {
  const total = columns.reduce((sum, one) => sum + one.natural + GAP, -GAP);
  const [first] = columns
    .filter(({ column }) => column.spare !== undefined)
    .sort((a, b) => (b.column.spare ?? 0) - (a.column.spare ?? 0));
  return total <= width || first === undefined
    ? columns
    : fewer(
        columns.filter((one) => one !== first),
        width,
      );
}

interface Layout {
  readonly colWidths: number[];
  readonly colAligns: ('left' | 'right')[];
  readonly chars: Readonly<Record<string, string>>;
  readonly style: NonNullable<Table.TableConstructorOptions['style']>;
}

function layOut(layout: Layout, head: string[], rows: readonly string[][]): readonly string[] {
  const table = new Table({ ...layout, head });
  table.push(...rows);
  return table.toString().split('\n');
}

/**
 * A cell that fits and whose characters all take one column: ten thousand rows of such need no library, nor does the answer of a claim,
 * which the first use of the library would keep waiting.
 */
const isPlain = (cell: string, width: number): boolean => cell.length <= width && PLAIN.test(cell);

const plainLine = (
  { colWidths, colAligns }: Layout,
  row: readonly string[],
  style: (text: string) => string = (text) => text,
): string =>
  row
    .map((cell, at) => {
      const space = ' '.repeat((colWidths[at] ?? 0) - GAP - cell.length);
      return colAligns[at] === 'right' ? space + style(cell) : style(cell) + space;
    })
    .join(' '.repeat(GAP));

/** A table without lines, fitted to the terminal; empty without rows. Columns that are empty in every row are left out. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], options: TableOptions): string {
  if (rows.length === 0) return '';
  const kept = fewer(
    columns
      .map((column, at) => ({ column, at, cells: rows.map((row) => clean(row[at] ?? '')) }))
      .filter(({ cells }) => cells.some((cell) => cell !== ''))
      .map((one) => ({
        ...one,
        natural: one.cells.reduce((most, cell) => Math.max(most, widthOf(cell)), one.column.head.length),
      })),
    options.width ?? Infinity,
  );
  const cells = rows.map((_row, at) => kept.map((one) => one.cells[at] ?? ''));
  const natural = kept.map((one) => one.natural);
  const widths = options.width === undefined ? natural : fit(natural, options.width);
  const layout: Layout = {
    colWidths: widths.map((width) => width + GAP),
    colAligns: kept.map(({ column }) => (column.right === true ? 'right' : 'left')),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
  };
  const heads = kept.map(({ column }) => column.head);
  const lines = heads.every((head, at) => isPlain(head, widths[at] ?? 0))
    ? [plainLine(layout, heads, options.head)]
    : [...layOut(layout, heads.map(options.head), [])];
  for (let at = 0; at < cells.length; at += CHUNK) {
    const some = cells.slice(at, at + CHUNK);
    const plain = some.every((row) => row.every((cell, n) => isPlain(cell, widths[n] ?? 0)));
    lines.push(...(plain ? some.map((row) => plainLine(layout, row)) : layOut(layout, [], some)));
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
