import { fail } from './call.ts';

/** A pattern of the engine (RE2 syntax) as one of this runtime. */
export interface Pattern {
  readonly regex: RegExp;
  /** Names of the groups by number, from 1; undefined for groups without one. */
  readonly names: readonly (string | undefined)[];
}

/** Thrown inside: valid for the engine, but not expressible here. */
class Inexpressible extends Error {}

/** Texts and patterns on which a backtracking matcher may take forever are left alone: the engine's takes linear time. */
const REPEATED_GROUP = /\)(?:[*+]|\{\d*,?\d*\})/;
const LONG = 20_000;

/** The pattern, undefined when it is valid but not expressible here. Throws EvaluationError when it is not valid. */
export function patternOf(source: string, text: string): Pattern | undefined {
  if (text.length > LONG || REPEATED_GROUP.test(source)) return undefined;
  const reader = new Reader(source);
  try {
    const body = reader.alternatives();
    return { regex: new RegExp(body, reader.ignoreCase ? 'giu' : 'gu'), names: reader.names };
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    if (error instanceof SyntaxError) return fail(`${source} is no regular expression`);
    throw error;
  }
}

/** All matches, as the engine counts them: none is empty right behind another one. */
export function matchesOf({ regex }: Pattern, text: string): readonly RegExpExecArray[] {
  let end = -1;
  return [...text.matchAll(regex)].filter((match) => {
    const wanted = match[0] !== '' || match.index !== end;
    if (wanted) end = match.index + match[0].length;
    return wanted;
  });
}

/** The text with every match replaced; `$1`, `$name` and `${name}` stand for groups, `$$` for a dollar. */
export function replaceMatches(pattern: Pattern, text: string, by: string): string {
  let result = '';
  let end = 0;
  for (const match of matchesOf(pattern, text)) {
    result += text.slice(end, match.index) + expand(by, match);
    end = match.index + match[0].length;
  }
  return result + text.slice(end);
}

const expand = (by: string, match: RegExpExecArray): string =>
  by.replace(/\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (_, dollar?: string, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (dollar !== undefined || name === undefined) return '$';
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
  });

const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
};
const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const CONTROLS: Readonly<Record<string, string>> = { a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\v' };

const literal = (char: string): string => (/[\^$\\.*+?()[\]{}|/-]/.test(char) && char !== '-' ? `\\${char}` : char);
const classLiteral = (char: string): string => (/[\\\][^-]/.test(char) ? `\\${char}` : char);

interface Flags {
  readonly dotAll: boolean;
  readonly lines: boolean;
}

/** Reads a pattern once from left to right and writes it for this runtime, with the flags `g` and `u`. */
class Reader {
  readonly names: (string | undefined)[] = [];
  ignoreCase = false;
  private flags: Flags = { dotAll: false, lines: false };
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  alternatives(): string {
    let result = '';
    while (this.at < this.source.length) result += this.piece();
    return result;
  }

  private piece(): string {
    const char = this.next();
    switch (char) {
      case '\\':
        return this.escape();
      case '[':
        return this.characterClass();
      case '(':
        return this.group();
      case '.':
        return this.flags.dotAll ? '[\\s\\S]' : '[^\\n]';
      case '^':
        return this.flags.lines ? '(?:^|(?<=\\n))' : '^';
      case '$':
        return this.flags.lines ? '(?:$|(?=\\n))' : '$';
      case '{':
        return this.take(/\{(?:\d+(?:,\d*)?)\}/y, -1)?.[0] ?? '\\{';
      case '*':
      case '+':
      case '?':
      case '|':
      case ')':
        return char;
      default:
        return literal(char);
    }
  }

  /** The next character (a whole code point); throws SyntaxError at the end. */
  private next(): string {
    const code = this.source.codePointAt(this.at);
    if (code === undefined) throw new SyntaxError('unexpected end');
    const char = String.fromCodePoint(code);
    this.at += char.length;
    return char;
  }

  /** What matches at the place (moved by `offset`), which is then read. */
  private take(regex: RegExp, offset = 0): RegExpExecArray | undefined {
    regex.lastIndex = this.at + offset;
    const match = regex.exec(this.source) ?? undefined;
    if (match !== undefined) this.at = regex.lastIndex;
    return match;
  }

  /** Behind a backslash, outside of a class. */
  private escape(): string {
    const property = this.property();
    if (property !== undefined) return property;
    if (this.take(/Q/y) !== undefined) return this.quoted();
    const char = this.next();
    const named = CLASSES[char.toLowerCase()];
    if (named !== undefined) return `[${char === char.toLowerCase() ? '' : '^'}${named}]`;
    if (char === 'b' || char === 'B') return `\\${char}`;
    if (char === 'A') return '^';
    if (char === 'z') return '$';
    return this.character(char, literal);
  }

  private quoted(): string {
    const end = this.source.indexOf('\\E', this.at);
    const text = this.source.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.source.length : end + 2;
    return Array.from(text, literal).join('');
  }

  /** A character that is written with a backslash. */
  private character(char: string, write: (char: string) => string): string {
    const control = CONTROLS[char];
    if (control !== undefined) return control;
    if (char === 'x') {
      const code = this.take(/\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2})/y);
      if (code === undefined) throw new SyntaxError('invalid escape');
      return `\\u{${code[1] ?? code[2] ?? ''}}`;
    }
    if (/[0-7]/.test(char)) throw new Inexpressible();
    if (/[A-Za-z89]/.test(char)) throw new SyntaxError('invalid escape');
    return write(char);
  }

  /** `\pL`, `\p{Greek}` and their opposites. */
  private property(): string | undefined {
    const found = this.take(/([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/y);
    if (found === undefined) return undefined;
    const [, kind = 'p', not = '', name, letter] = found;
    if (not !== '') throw new Inexpressible();
    const property = letter ?? name ?? '';
    return `\\${kind}{${property.length <= 2 ? property : `Script=${property}`}}`;
  }

  private characterClass(): string {
    let result = this.take(/\^/y) === undefined ? '[' : '[^';
    if (this.take(/\]/y) !== undefined) result += '\\]';
    while (this.take(/\]/y) === undefined) {
      const posix = this.take(/\[:(\^?)(\w+):\]/y);
      if (posix !== undefined) {
        if (posix[1] === '^') throw new Inexpressible();
        result += POSIX[posix[2] ?? ''] ?? invalid();
        continue;
      }
      result += this.classItem();
      if (this.take(/-(?!\])/y) !== undefined) result += `-${this.classItem()}`;
    }
    return `${result}]`;
  }

  private classItem(): string {
    const char = this.next();
    if (char !== '\\') return classLiteral(char);
    const property = this.property();
    if (property !== undefined) return this.classEnd(property);
    const escaped = this.next();
    const named = CLASSES[escaped];
    if (named !== undefined) return this.classEnd(named);
    if (/[DWS]/.test(escaped)) return this.classEnd(`\\${escaped}`);
    return this.character(escaped, classLiteral);
  }

  /** A `-` behind a class is no range. */
  private classEnd(written: string): string {
    return this.take(/-(?!\])/y) === undefined ? written : `${written}\\-`;
  }

  private group(): string {
    if (this.take(/\?:/y) !== undefined) return '(?:';
    const named = this.take(/\?P?<([A-Za-z_]\w*)>/y);
    if (named !== undefined) {
      this.names.push(named[1]);
      return `(?<${named[1] ?? ''}>`;
    }
    if (this.take(/\?/y) === undefined) {
      this.names.push(undefined);
      return '(';
    }
    return this.inlineFlags();
  }

  /** Flags are only followed at the start of a pattern, where they are for all of it. */
  private inlineFlags(): string {
    const start = this.at === 2;
    const flags = this.take(/([imsU]*)\)/y)?.[1];
    if (flags === undefined && this.take(/[imsU]*-?[imsU]*[:)]/y) === undefined) throw new SyntaxError('invalid group');
    if (!start || flags === undefined || flags.includes('U')) throw new Inexpressible();
    this.ignoreCase = flags.includes('i');
    this.flags = { dotAll: flags.includes('s'), lines: flags.includes('m') };
    return '';
  }
}

function invalid(): never {
  throw new SyntaxError('invalid class');
}
