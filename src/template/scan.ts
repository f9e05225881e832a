/**
 * A small scanner of HCL text. It knows strings, interpolations, heredocs and comments, no grammar: exact syntax is the parser's matter
 * (hcl.ts). Used for comment-free text (fingerprint) and for the places of block headers.
 */
export interface Scan {
  /** Same length and lines as the input; comments are blanks. */
  readonly withoutComments: string;
  /** The same, and heredocs are blanks too, so that no text inside them looks like a block. */
  readonly code: string;
  /** Indexes (from 0) of the lines that a heredoc touches: blank space counts in them. */
  readonly heredocLines: ReadonlySet<number>;
}

/** Blanks comments and heredocs of HCL native syntax. Never throws; broken text gives some result. */
export function scanHcl(text: string): Scan {
  const bare = Array.from(text);
  const code = Array.from(text);
  const blank = (into: string[], from: number, to: number) => {
    for (let i = from; i < to; i += 1) if (into[i] !== '\n' && into[i] !== '\r') into[i] = ' ';
  };
  const chars = Array.from(text);
  const heredocLines = new Set<number>();
  let line = 0;
  let at = 0;
  while (at < chars.length) {
    const end = tokenEnd(chars, at);
    if (end.kind === 'comment') {
      blank(bare, at, end.at);
      blank(code, at, end.at);
    } else if (end.kind === 'heredoc') {
      blank(code, at, end.at);
    }
    for (; at < end.at; at += 1) {
      if (end.kind === 'heredoc') heredocLines.add(line);
      if (chars[at] === '\n') line += 1;
    }
  }
  return { withoutComments: bare.join(''), code: code.join(''), heredocLines };
}

interface Token {
  readonly kind: 'code' | 'comment' | 'string' | 'heredoc';
  readonly at: number;
}

function tokenEnd(chars: readonly string[], at: number): Token {
  const char = chars[at];
  const next = chars[at + 1];
  if (char === '#' || (char === '/' && next === '/')) return { kind: 'comment', at: lineEnd(chars, at) };
  if (char === '/' && next === '*') return { kind: 'comment', at: blockCommentEnd(chars, at) };
  if (char === '"') return { kind: 'string', at: stringEnd(chars, at + 1) };
  if (char === '<' && next === '<') {
    const end = heredocEnd(chars, at);
    if (end !== undefined) return { kind: 'heredoc', at: end };
  }
  return { kind: 'code', at: at + 1 };
}

function lineEnd(chars: readonly string[], at: number): number {
  const end = chars.indexOf('\n', at);
  return end === -1 ? chars.length : end;
}

function blockCommentEnd(chars: readonly string[], at: number): number {
  for (let i = at + 2; i < chars.length; i += 1) if (chars[i] === '*' && chars[i + 1] === '/') return i + 2;
  return chars.length;
}

/** Index after the closing quote; `${ ... }` may hold further strings. */
function stringEnd(chars: readonly string[], from: number): number {
  let at = from;
  while (at < chars.length) {
    const char = chars[at];
    if (char === '\\') at += 2;
    else if (char === '"') return at + 1;
    else if (char === '\n') return at;
    else if ((char === '$' || char === '%') && chars[at + 1] === char && chars[at + 2] === '{') at += 3;
    else if ((char === '$' || char === '%') && chars[at + 1] === '{') at = interpolationEnd(chars, at + 2);
    else at += 1;
  }
  return chars.length;
}

function interpolationEnd(chars: readonly string[], from: number): number {
  let depth = 1;
  let at = from;
  while (at < chars.length && depth > 0) {
    const char = chars[at];
    if (char === '"') {
      at = stringEnd(chars, at + 1);
      continue;
    }
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    at += 1;
  }
  return at;
}

function heredocEnd(chars: readonly string[], at: number): number | undefined {
  const head = chars.slice(at, lineEnd(chars, at)).join('');
  const word = /^<<-?([A-Za-z_][\w-]*)\s*$/.exec(head)?.[1];
  if (word === undefined) return undefined;
  let from = lineEnd(chars, at) + 1;
  while (from <= chars.length) {
    const end = lineEnd(chars, from);
    if (chars.slice(from, end).join('').trim() === word) return end;
    from = end + 1;
  }
  return chars.length;
}

/** A block header in a file; line and column count from 1. */
export interface BlockHeader {
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly column: number;
}

/** Places of all `type "label" "label" {` headers, nested ones included, in file order. */
export function blockHeaders(text: string): readonly BlockHeader[] {
  const headers: BlockHeader[] = [];
  const lines = scanHcl(text).code.split('\n');
  for (const [index, line] of lines.entries()) {
    const match = /^(\s*)([A-Za-z_][\w-]*)((?:\s+(?:"[^"]*"|[A-Za-z_][\w-]*))*)\s*\{/.exec(line);
    if (match === null) continue;
    const labels = [...(match[3] ?? '').matchAll(/"([^"]*)"|([A-Za-z_][\w-]*)/g)].map((label) => label[1] ?? label[2] ?? '');
    headers.push({ type: match[2] ?? '', labels, line: index + 1, column: (match[1] ?? '').length + 1 });
  }
  return headers;
}
