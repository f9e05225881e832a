import type { Range } from './ast.ts';

/** Turns offsets of one text into ranges. */
export interface Positions {
  /** Offsets outside the text are moved to its ends. */
  range(start: number, end: number): Range;
}

/**
 * Positions of a text. `\n` alone ends a line, and a byte order mark has no column.
 * `file` goes into every range as it is given.
 */
export function positionsOf(file: string, text: string): Positions {
  const starts = lineStarts(text);
  const lineAt = lineFinder(starts);
  return {
    range: (start, end) => {
      const from = Math.max(0, Math.min(start, text.length));
      const to = Math.max(from, Math.min(end, text.length));
      const line = lineAt(from);
      const endLine = lineAt(to);
      const column = from - (starts[line] ?? 0) + 1;
      const endColumn = to - (starts[endLine] ?? 0) + 1;
      return { file, start: from, end: to, line: line + 1, column, endLine: endLine + 1, endColumn };
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Finds the index of the line that holds an offset. Mostly it is that of the call before. */
function lineFinder(starts: readonly number[]): (offset: number) => number {
  let last = 0;
  return (offset) => {
    const near = (starts[last] ?? 0) <= offset && offset < (starts[last + 1] ?? Infinity);
    if (!near) last = search(starts, offset);
    return last;
  };
}

function search(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
