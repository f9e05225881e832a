import type { Expr, TemplatePart } from './ast.ts';
import { decodePlain, decodeQuoted, LEADING_SPACE, TRAILING_SPACE } from './escapes.ts';
import { readNames } from './for.ts';
import { isFault, MAX_CHAIN, rangeOf, report, reportDepth, textOf, type ReadExpression, type Reading } from './reading.ts';
import type { Node } from './tree.ts';

/** A flat piece of a template: text, an interpolation, or one of the marks of a directive. */
type Piece = { readonly kind: 'text'; text: string } | { readonly kind: 'mark'; readonly node: Node };

/** `"..."` without interpolation. */
export function readString(reading: Reading, node: Node): Expr {
  return { kind: 'literal', value: decode(reading, node.start + 1, node.end - 1), range: rangeOf(reading, node) };
}

/** `"..."` with interpolations or directives. */
export function readQuoted(reading: Reading, node: Node, read: ReadExpression): Expr {
  const literal = (start: number, end: number): readonly string[] => [decode(reading, start, end)];
  const pieces = collect(reading, marksOf(node.children), node.start + 1, node.end - 1, literal);
  return finish(reading, node, pieces, read);
}

/** `<<EOT` and `<<-EOT`: the text between the two lines of the marker. */
export function readHeredoc(reading: Reading, node: Node, read: ReadExpression): Expr {
  const [open, close] = node.children.filter(({ type }) => type === 'heredoc_identifier');
  if (open === undefined || close === undefined) return { kind: 'invalid', range: rangeOf(reading, node) };
  const start = reading.text.indexOf('\n', open.end) + 1;
  const end = reading.text.lastIndexOf('\n', close.start - 1) + 1;
  const pieces = collect(reading, marksOf(node.children), start, end, plainLines(reading));
  if (reading.text.startsWith('<<-', node.start)) unindent(pieces);
  return finish(reading, node, pieces, read);
}

/** A text that is all template, from `start` to `end`. */
export function readBare(
  reading: Reading,
  node: Node,
  start: number,
  end: number,
  read: ReadExpression,
): readonly TemplatePart[] {
  return parts(reading, collect(reading, marksOf(node.children), start, end, plainLines(reading)), read);
}

function decode(reading: Reading, start: number, end: number): string {
  return decodeQuoted(reading.text.slice(start, end), ({ message, at, length }) => {
    report(reading, message, start + at, start + at + length);
  });
}

/** Outside quotes each line is a token of its own: strip markers and indentation work on single ones. */
const plainLines =
  (reading: Reading) =>
  (start: number, end: number): readonly string[] =>
    (reading.text.slice(start, end).match(/[^\n]*\n|[^\n]+/g) ?? []).map(decodePlain);

const DIRECTIVES = new Set(['template_directive', 'template_for', 'template_if']);
const MARKS = new Set([
  'template_interpolation',
  'template_for_start',
  'template_for_end',
  'template_if_intro',
  'template_else_intro',
  'template_if_end',
  'ERROR',
]);

/** Interpolations and marks of directives in their order. Not recursive: directives may be nested deeply. */
function marksOf(nodes: readonly Node[]): readonly Node[] {
  const marks: Node[] = [];
  const open = [...nodes].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (MARKS.has(node.type)) marks.push(node);
    else if (DIRECTIVES.has(node.type)) for (const child of [...node.children].reverse()) open.push(child);
  }
  return marks;
}

/** Marks with the text between them, strip markers applied. Text comes from the source: the grammar does not keep white space. */
function collect(
  reading: Reading,
  marks: readonly Node[],
  start: number,
  end: number,
  literal: (start: number, end: number) => readonly string[],
): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  let strip = false;
  const text = (until: number): void => {
    const tokens = literal(at, until).map((token) => ({ kind: 'text' as const, text: token }));
    const [first] = tokens;
    if (strip && first !== undefined) first.text = first.text.replace(LEADING_SPACE, '');
    for (const token of tokens) pieces.push(token);
  };
  for (const mark of marks) {
    text(mark.start);
    const last = pieces.at(-1);
    if (reading.text[mark.start + 2] === '~' && last?.kind === 'text') last.text = last.text.replace(TRAILING_SPACE, '');
    strip = reading.text[mark.end - 2] === '~' && mark.end - mark.start > 3;
    pieces.push({ kind: 'mark', node: mark });
    at = mark.end;
  }
  text(end);
  return pieces;
}

/** `<<-`: the least indentation of any line is taken from every line. Blank lines neither count nor change. */
function unindent(pieces: readonly Piece[]): void {
  const beginnings = pieces.filter((_, index) => index === 0 || endsLine(pieces[index - 1]));
  const counted = beginnings.filter(
    (piece) => piece.kind === 'mark' || !(endsLine(piece) && indentOf(piece) === piece.text.length),
  );
  const least = Math.min(...counted.map(indentOf));
  for (const piece of counted) if (piece.kind === 'text') piece.text = piece.text.slice(least);
}

const endsLine = (piece: Piece | undefined): boolean => piece?.kind === 'text' && piece.text.endsWith('\n');
const indentOf = (piece: Piece): number => (piece.kind === 'text' ? (LEADING_SPACE.exec(piece.text)?.[0].length ?? 0) : 0);

/** Without marks it is a string. */
function finish(reading: Reading, node: Node, pieces: readonly Piece[], read: ReadExpression): Expr {
  const range = rangeOf(reading, node);
  if (pieces.every((piece) => piece.kind === 'text')) {
    return { kind: 'literal', value: pieces.map(({ text }) => text).join(''), range };
  }
  return { kind: 'template', parts: parts(reading, pieces, read), range };
}

/** A directive that is still open, or the whole template. */
interface Level {
  readonly close: (parts: readonly TemplatePart[]) => TemplatePart | undefined;
  /** Parts before `else`. */
  then: readonly TemplatePart[] | undefined;
  parts: TemplatePart[];
}

/** Nests what stands between the marks of directives. The grammar has seen to it that they match, except where it reported an error. */
function parts(reading: Reading, pieces: readonly Piece[], read: ReadExpression): readonly TemplatePart[] {
  const root: Level = { close: () => undefined, then: undefined, parts: [] };
  const levels = [root];
  for (const piece of pieces) {
    const level = levels.at(-1) ?? root;
    if (piece.kind === 'text') appendText(level.parts, piece.text);
    else if (levels.length > MAX_CHAIN) {
      reportDepth(reading, piece.node);
      return [{ kind: 'interpolation', expr: { kind: 'invalid', range: rangeOf(reading, piece.node) } }];
    } else applyMark(reading, levels, level, piece.node, read);
  }
  while (levels.length > 1) closeLevel(levels);
  return root.parts;
}

function applyMark(reading: Reading, levels: Level[], level: Level, node: Node, read: ReadExpression): void {
  switch (node.type) {
    case 'template_interpolation':
      level.parts.push({ kind: 'interpolation', expr: only(reading, node, read) });
      break;
    case 'template_if_intro':
      levels.push(ifLevel(only(reading, node, read)));
      break;
    case 'template_for_start':
      levels.push(forLevel(reading, node, read));
      break;
    case 'template_else_intro':
      level.then = level.parts;
      level.parts = [];
      break;
    case 'ERROR':
      level.parts.push({ kind: 'interpolation', expr: { kind: 'invalid', range: rangeOf(reading, node) } });
      break;
    default:
      closeLevel(levels);
  }
}

function closeLevel(levels: Level[]): void {
  if (levels.length < 2) return;
  const level = levels.pop();
  const part = level?.close(level.parts);
  if (part !== undefined) levels.at(-1)?.parts.push(part);
}

function ifLevel(condition: Expr): Level {
  const level: Level = {
    then: undefined,
    parts: [],
    close: (last) => ({ kind: 'if', condition, then: level.then ?? last, otherwise: level.then === undefined ? [] : last }),
  };
  return level;
}

function forLevel(reading: Reading, node: Node, read: ReadExpression): Level {
  const names = readNames(reading, node);
  const collection: Expr =
    names === undefined ? { kind: 'invalid', range: rangeOf(reading, node) } : read(reading, names.collection, true);
  return {
    then: undefined,
    parts: [],
    close: (body) => ({ kind: 'for', keyName: names?.keyName, valueName: names?.valueName ?? '', collection, body }),
  };
}

/** The one expression of an interpolation or a condition. */
function only(reading: Reading, node: Node, read: ReadExpression): Expr {
  const [expression] = node.children;
  if (expression?.type === 'expression' && !node.children.some(isFault)) return read(reading, expression, true);
  if (node.children.length === 0) report(reading, `${textOf(reading, node)} holds no expression`, node.start, node.end);
  return { kind: 'invalid', range: rangeOf(reading, node) };
}

function appendText(into: TemplatePart[], text: string): void {
  const last = into.at(-1);
  if (last?.kind === 'text') into[into.length - 1] = { kind: 'text', text: last.text + text };
  else if (text !== '') into.push({ kind: 'text', text });
}
