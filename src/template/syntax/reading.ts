import type { Expr, Range, SyntaxProblem } from './ast.ts';
import type { Positions } from './positions.ts';
import type { Node } from './tree.ts';

/** What the readers of one file share. */
export interface Reading {
  /** The file as it is, not masked. */
  readonly text: string;
  readonly positions: Positions;
  readonly problems: SyntaxProblem[];
  /** What is read now has errors: its layout is not looked at. */
  damaged: boolean;
  /** How many expressions and bodies are being read, one in another. */
  depth: number;
}

/** Deeper than people write, and shallow enough that no recursive reader of the result runs out of stack. */
const MAX_DEPTH = 500;

/** Reads one expression node. `free`: line breaks are allowed, since brackets stand around it. */
export type ReadExpression = (reading: Reading, node: Node, free: boolean) => Expr;

export const rangeOf = (reading: Reading, node: { readonly start: number; readonly end: number }): Range =>
  reading.positions.range(node.start, node.end);

export const textOf = (reading: Reading, node: { readonly start: number; readonly end: number }): string =>
  reading.text.slice(node.start, node.end);

/** One is enough not to trust a file; more than these help nobody. */
export const MAX_PROBLEMS = 100;

export function report(reading: Reading, message: string, start: number, end: number): void {
  if (reading.problems.length < MAX_PROBLEMS) reading.problems.push({ message, range: reading.positions.range(start, end) });
}

/** More steps, branches or directives in one expression than this make it unreadable; readers of the result are recursive. */
export const MAX_CHAIN = 250;

/** Runs `read` one level deeper, or reports and answers `otherwise` when that is too deep. */
export function deeper<T>(reading: Reading, node: Node, otherwise: () => T, read: () => T): T {
  if (reading.depth >= MAX_DEPTH) {
    reportDepth(reading, node);
    return otherwise();
  }
  reading.depth += 1;
  try {
    return read();
  } finally {
    reading.depth -= 1;
  }
}

export function reportDepth(reading: Reading, { start }: { readonly start: number }): void {
  report(reading, 'this is nested too deeply to be read', start, start + 1);
}

export const isFault = (node: Node): boolean => node.type === 'ERROR' || node.type === 'MISSING';

/** Whether a line ends between two offsets; comments count as what they are. */
export const lineEndsBetween = (reading: Reading, start: number, end: number): boolean => {
  const newline = reading.text.indexOf('\n', start);
  return newline !== -1 && newline < end;
};
