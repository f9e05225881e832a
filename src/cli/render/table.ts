import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { clean } from './text.ts';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

export interface TableOptions {
  /** Columns of the terminal; undefined = nothing is shortened. */
  readonly width: number | undefined;
  readonly head: (text: string) => string;
}

const GAP = 2;
const NARROWEST = 6;
const BARE = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'] as const;
const INNER = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'] as const;
const NO_LINES = Object.fromEntries([...BARE, ...INNER].map((name) => [name, '']));

const lengthOf = (text: string): number => stripVTControlCharacters(text).length;

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

/** A table without lines, fitted to the terminal; empty without rows. Columns that are empty in every row are left out. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], options: TableOptions): string {
  if (rows.length === 0) return '';
  const kept = columns.map((column, at) => ({ column, at })).filter(({ at }) => rows.some((row) => (row[at] ?? '') !== ''));
  const cells = rows.map((row) => kept.map(({ at }) => clean(row[at] ?? '')));
  const natural = kept.map(({ column }, at) => Math.max(column.head.length, ...cells.map((row) => lengthOf(row[at] ?? ''))));
  const widths = options.width === undefined ? natural : fit(natural, options.width);
  const table = new Table({
    head: kept.map(({ column }) => options.head(column.head)),
    colWidths: widths.map((width) => width + GAP),
    colAligns: kept.map(({ column }) => (column.right === true ? 'right' : 'left')),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
  });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
