/** What edits have to know of the text around an expression. Offsets are those of the source. */

/** White space and comments, over lines. */
const BETWEEN = /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const ON_THE_LINE = /(?:[ \t]+|#[^\r\n]*|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/y;
const BLANKS = /[ \t]*/y;

/** After white space and comments; they may fill lines. */
export const skipBetween = (source: string, from: number): number => skip(BETWEEN, source, from);
/** After white space and comments up to the end of the line, or of the line on which a comment ends. */
export const skipOnLine = (source: string, from: number): number => skip(ON_THE_LINE, source, from);
export const skipBlanks = (source: string, from: number): number => skip(BLANKS, source, from);

function skip(what: RegExp, source: string, from: number): number {
  what.lastIndex = from;
  what.exec(source);
  return Math.max(from, what.lastIndex);
}

/** The white space before what begins at a place, up to the first thing that stands before it on its line. */
export const indentOf = (source: string, at: number): string =>
  /^[ \t]*/.exec(source.slice(lineStartOf(source, at), at))?.[0] ?? '';

export const lineStartOf = (source: string, at: number): number => (at === 0 ? 0 : source.lastIndexOf('\n', at - 1) + 1);

/** Step of indentation and line end of a file; a few tabs may be those of a script in it. */
export const habitsOf = (source: string): { readonly unit: string; readonly eol: string } => ({
  unit: (source.match(/^\t/gm) ?? []).length > (source.match(/^ {2}/gm) ?? []).length ? '\t' : '  ',
  eol: source.includes('\r\n') ? '\r\n' : '\n',
});

/** Whether a text can be written between quotes as it is, but for quotes and backslashes in it: no control characters, no template. */
export const isPlain = (text: string): boolean => !/\p{Cc}|[$%]\{/u.test(text);
