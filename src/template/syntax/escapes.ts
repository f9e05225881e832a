/** What the engine takes for white space in literal text; as a pattern it removes all of it at both ends. */
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
export const LITERAL_SPACE = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g');
export const LEADING_SPACE = new RegExp(`^${SPACE}*`);
export const TRAILING_SPACE = new RegExp(`${SPACE}*$`);

/** A wrong escape sequence, by its place in the decoded text. */
export interface EscapeProblem {
  readonly message: string;
  readonly at: number;
  readonly length: number;
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const QUOTED = /\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^]?)|([$%])\2\{/gu;
const PLAIN = /([$%])\1\{/g;

/** Literal text of a heredoc or a template file: only `$${` and `%%{` mean something else. */
export const decodePlain = (raw: string): string => raw.replace(PLAIN, '$1{');

/** Literal text between quotes. Wrong escapes keep what follows the backslash. */
export function decodeQuoted(raw: string, report: (problem: EscapeProblem) => void): string {
  if (!/[\\$%]/.test(raw)) return raw;
  return raw.replace(QUOTED, (all: string, escape: string | undefined, sign: string | undefined, at: number) => {
    if (escape === undefined) return `${sign ?? ''}{`;
    const simple = SIMPLE[escape];
    if (simple !== undefined) return simple;
    const code = escape.length > 1 && /^[uU]/.test(escape) ? Number.parseInt(escape.slice(1), 16) : undefined;
    if (code !== undefined && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)) return String.fromCodePoint(code);
    report({ message: `${all} is not an escape sequence`, at, length: all.length });
    return escape;
  });
}
