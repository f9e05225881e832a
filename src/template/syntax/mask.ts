import { LITERAL_SPACE } from './escapes.ts';
import { MAX_PROBLEMS } from './reading.ts';

/** What the masking found wrong on its way. Offsets are those of the text. */
export interface MaskProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export interface Masked {
  /** As long as the text, so that every offset is the same in both. */
  readonly text: string;
  /** Offsets at which a piece of the file can be cut off and read alone: begins of lines between top-level items. */
  readonly cuts: readonly number[];
  readonly problems: readonly MaskProblem[];
}

/**
 * Prepares a text for the grammar: the literal text of strings and heredocs becomes blanks, numbers with exponents become plain ones,
 * and a line break that ends an object element before a key in parentheses becomes a comma. The grammar reads a string character by
 * character, loses white space in it, and knows neither of the two others; what they say is read from the text later.
 *
 * With `resync` a line that begins like a top-level block ends everything that is still open: for files with errors.
 */
export function maskFile(text: string, resync: boolean): Masked {
  return new Masker(text, resync).file();
}

/** The same for a text that is all template, as `templatefile` reads it. */
export function maskTemplate(text: string): Masked {
  return new Masker(text, false).template();
}

type Frame =
  | { readonly kind: 'file' }
  | { readonly kind: 'bracket'; readonly open: '(' | '[' | '{'; readonly separated: boolean }
  | { readonly kind: 'sequence' }
  | { readonly kind: 'quoted'; readonly at: number }
  | { readonly kind: 'heredoc'; readonly marker: string | undefined };

const CODE = /[^"#/<{}()[\]\dA-Za-z_\s\u0080-\uffff]+|[ \t\r]/y;
const BLANK = /[ \t\r]{64,}/y;
const BLANK_LINES = /\s{64,}/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w\-\u0080-\uffff]*/y;
const NUMBER = /\d+(?:\.\d+)?([eE][+-]?\d+)?/y;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)(\r?\n)?/uy;
const QUOTED = /[^"\\$%\n]+/y;
const LITERAL = /[^$%\n]+/y;
const FOR = /\s*for\b/y;
const NEXT_KEY = /(?:\s|#[^\n]*|\/\/[^\n]*)*\(/y;
const TOP_LEVEL =
  /(?:resource|data|module|locals|variable|output|provider|terraform|moved|import|removed|check|ephemeral)\b(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{/y;

/** How many strings, heredocs and sequences may stand in each other; the grammar keeps no more. */
const MAX_TEMPLATES = 100;

/** How many of these and of brackets may; fewer than these are refused later. */
const MAX_DEPTH = 2000;

class Masker {
  private at = 0;
  /** Up to here the text is in `out`. */
  private copied = 0;
  /** Begin of the literal text that is being read. */
  private literal = 0;
  /** Last character that is neither white space nor comment. */
  private last = '';
  private readonly out: string[] = [];
  private readonly frames: Frame[] = [];
  /** How many of them are no brackets. */
  private templates = 0;
  private readonly cuts: number[] = [];
  private readonly problems: MaskProblem[] = [];

  private readonly text: string;
  private readonly resync: boolean;

  constructor(text: string, resync: boolean) {
    this.text = text;
    this.resync = resync;
  }

  file(): Masked {
    this.frames.push({ kind: 'file' });
    if (this.text.startsWith('\uFEFF')) this.replace(0, 1, ' ');
    this.at = this.copied;
    this.lineStart();
    return this.run();
  }

  template(): Masked {
    this.frames.push({ kind: 'heredoc', marker: undefined });
    return this.run();
  }

  private run(): Masked {
    while (this.at < this.text.length) {
      const frame = this.frames.at(-1);
      if (frame?.kind === 'quoted') this.quoted();
      else if (frame?.kind === 'heredoc') this.heredoc(frame.marker);
      else this.code();
    }
    const frame = this.frames.at(-1);
    if (frame?.kind === 'heredoc') this.blank(this.text.length);
    if (frame?.kind === 'quoted') this.problem('a string is not closed', this.literal);
    this.out.push(this.text.slice(this.copied));
    return { text: this.out.join(''), cuts: this.cuts, problems: this.problems };
  }

  private code(): void {
    const { text } = this;
    const char = text[this.at] ?? '';
    if (char === '\n') this.newline();
    else if (char === '#' || char === '/') this.comment(char);
    else if (char === '"') this.open({ kind: 'quoted', at: this.at }, 1);
    else if ('([{'.includes(char)) this.bracket(char as '(' | '[' | '{');
    else if (')]}'.includes(char)) this.close(char);
    else if (/[<\d]/.test(char)) this.lessOrNumber(char);
    else if (!this.space()) this.step(match(WORD, text, this.at) ?? match(CODE, text, this.at) ?? char);
  }

  /** The grammar takes time with the square of the length of a blank, but not of a comment. */
  private space(): boolean {
    const blank = match(BLANK, this.text, this.at);
    if (blank === undefined) return false;
    this.replace(this.at, this.at + blank.length, gap(blank.length));
    this.at += blank.length;
    return true;
  }

  /** Moves past code that needs no change. */
  private step(code: string): void {
    this.at += code.length;
    this.last = code.trimEnd().at(-1) ?? this.last;
  }

  private bracket(open: '(' | '[' | '{'): void {
    const separated = open === '{' && match(FOR, this.text, this.at + 1) === undefined;
    this.open({ kind: 'bracket', open, separated }, 1);
    this.last = open;
  }

  /** Closes the innermost bracket of this kind; brackets left open inside it are closed with it. */
  private close(char: string): void {
    this.step(char);
    const opener = char === ')' ? '(' : char === ']' ? '[' : '{';
    for (let index = this.frames.length - 1; index > 0; index -= 1) {
      const frame = this.frames[index];
      if (frame?.kind === 'sequence' && char !== '}') return;
      if (frame?.kind === 'sequence' || (frame?.kind === 'bracket' && frame.open === opener)) {
        this.closeTo(index);
        this.literal = this.at;
        return;
      }
    }
  }

  private lessOrNumber(char: string): void {
    if (char === '<') this.less();
    else this.number();
  }

  private less(): void {
    HEREDOC.lastIndex = this.at;
    const found = HEREDOC.exec(this.text);
    if (found === null) {
      this.step('<');
      return;
    }
    const [all, marker = '', newline] = found;
    const head = all.trimEnd();
    if (newline === undefined) {
      this.problem(`the heredoc marker ${marker} must end its line`, this.at, this.at + all.length);
      this.step(all);
    } else if (closing(marker).test(this.text.slice(this.at + all.length))) {
      this.open({ kind: 'heredoc', marker }, all.length);
    } else {
      const begin = this.at;
      this.step(head);
      this.giveUp(`the heredoc ${head} is not closed: no line consists of ${marker} alone`, begin);
    }
  }

  private number(): void {
    NUMBER.lastIndex = this.at;
    const [all = '', exponent] = NUMBER.exec(this.text) ?? [];
    const end = this.at + all.length;
    if (exponent !== undefined) this.replace(end - exponent.length, end, '0'.repeat(exponent.length));
    this.step(all);
  }

  private comment(char: string): void {
    const next = this.text[this.at + 1];
    if (char === '#' || next === '/') this.skipTo('\n', 0);
    else if (next !== '*') this.step(char);
    else if (this.text.includes('*/', this.at + 2)) this.skipTo('*/', 2);
    else this.giveUp('a comment is not closed', this.at);
  }

  private newline(): void {
    const frame = this.frames.at(-1);
    if (frame?.kind === 'bracket' && frame.separated && /[\w"')\]}\u0080-\uffff]/.test(this.last)) this.separate();
    this.at += 1;
    const blank = match(BLANK_LINES, this.text, this.at);
    if (blank !== undefined) {
      this.replace(this.at, this.at + blank.length, gap(blank.length));
      this.at += blank.length;
    }
    if (this.text[this.at - 1] === '\n') this.lineStart();
  }

  /** The grammar would read `a = b`, line break, `(c) = d` as a call of b. */
  private separate(): void {
    const gap = match(NEXT_KEY, this.text, this.at);
    if (gap === undefined) return;
    const before = this.at + gap.length - 2;
    // The blank before the parenthesis, if there is one: a comma in place of the line break could end up in a comment.
    if (before >= this.at) this.replace(before, before + 1, ',');
    this.at = Math.max(this.at, before);
  }

  private lineStart(): void {
    const top = this.frames.length === 1;
    if (top ? /[A-Za-z_]/.test(this.text[this.at] ?? '') : this.resync && match(TOP_LEVEL, this.text, this.at) !== undefined) {
      this.cuts.push(this.at);
      this.closeTo(1);
    }
  }

  private quoted(): void {
    const { text } = this;
    const char = text[this.at] ?? '';
    if (char === '"') {
      this.blank(this.at);
      this.closeTo(this.frames.length - 1);
      this.step('"');
    } else if (char === '\n') {
      this.brokenString();
    } else if (char === '\\') {
      this.at += text[this.at + 1] === '\n' ? 1 : 2;
    } else this.templateText(match(QUOTED, text, this.at));
  }

  /** A line ends in a string: with it end all strings that began on this line. */
  private brokenString(): void {
    const line = this.text.lastIndexOf('\n', this.at - 1) + 1;
    const outermost = this.frames.findIndex((frame) => frame.kind === 'quoted' && frame.at >= line);
    const frame = this.frames[outermost];
    this.problem('a string must end on the line on which it begins', frame?.kind === 'quoted' ? frame.at : this.literal);
    this.blank(this.at);
    this.replace(this.at, this.at + 1, '"');
    this.closeTo(Math.max(1, outermost));
    this.newline();
  }

  private heredoc(marker: string | undefined): void {
    const { text } = this;
    if (marker !== undefined && (this.at === 0 || text[this.at - 1] === '\n')) {
      const newline = text.indexOf('\n', this.at);
      const line = text.slice(this.at, newline === -1 ? text.length : newline);
      if (newline !== -1 && line.replace(LITERAL_SPACE, '') === marker) {
        this.blank(this.at);
        this.closeTo(this.frames.length - 1);
        this.step(line);
        return;
      }
    }
    if (text[this.at] === '\n') this.at += 1;
    else this.templateText(match(LITERAL, text, this.at));
  }

  /** Literal text, an escaped or a real begin of a sequence. */
  private templateText(plain: string | undefined): void {
    const { text, at } = this;
    if (plain !== undefined) this.at += plain.length;
    else if (text[at + 1] === '{') {
      this.blank(at);
      this.open({ kind: 'sequence' }, 2);
    } else this.at += text[at + 1] === text[at] && text[at + 2] === '{' ? 3 : 1;
  }

  private open(frame: Frame, length: number): void {
    this.frames.push(frame);
    this.templates += frame.kind === 'bracket' ? 0 : 1;
    this.at += length;
    this.literal = this.at;
    if (this.frames.length > MAX_DEPTH || this.templates > MAX_TEMPLATES) {
      this.giveUp('this is nested too deeply to be read', this.at - length);
    }
  }

  /** Closes what is open down to a depth. */
  private closeTo(depth: number): void {
    for (const frame of this.frames.splice(depth)) if (frame.kind !== 'bracket') this.templates -= 1;
  }

  /** Leaves out the rest of the text, or what comes before the next line that begins like a top-level block. */
  private giveUp(message: string, start: number): void {
    this.problem(message, start);
    this.closeTo(1);
    const next = this.resync ? this.nextTopLevel(this.at) : this.text.length;
    this.replace(this.at, next, gap(next - this.at));
    this.at = next;
    this.literal = next;
    if (next < this.text.length) this.lineStart();
  }

  private nextTopLevel(from: number): number {
    for (let newline = this.text.indexOf('\n', from); newline !== -1; newline = this.text.indexOf('\n', newline + 1)) {
      if (match(TOP_LEVEL, this.text, newline + 1) !== undefined) return newline + 1;
    }
    return this.text.length;
  }

  /** Blanks the literal text up to `end`; line breaks stay. */
  private blank(end: number): void {
    const literal = this.text.slice(this.literal, end);
    this.replace(
      this.literal,
      end,
      literal.replace(/[^\n]+/g, (line) => ' '.repeat(line.length)),
    );
  }

  private replace(start: number, end: number, by: string): void {
    if (end <= start || start < this.copied) return;
    this.out.push(this.text.slice(this.copied, start), by);
    this.copied = end;
  }

  private skipTo(mark: string, extra: number): void {
    const found = this.text.indexOf(mark, this.at + extra);
    this.at = found === -1 ? this.text.length : found + extra;
  }

  private problem(message: string, start: number, end = this.at): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ message, start, end: Math.max(end, start + 1) });
  }
}

/** A blank of this length, as a comment when it is long enough. */
const gap = (length: number): string => (length < 4 ? ' '.repeat(length) : `/*${' '.repeat(length - 4)}*/`);

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Whether a heredoc's closing line follows. */
const closing = (marker: string): RegExp => new RegExp(`^[^\\S\\n]*${marker}[^\\S\\n]*\\n`, 'mu');
