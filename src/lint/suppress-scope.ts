import type { Body, Comment, Expr, ParsedFile } from '../template/syntax/ast.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** A block or an attribute, or an entry of an object, with the lines it stands on. */
interface Item extends Span {
  readonly line: number;
  readonly endLine: number;
  readonly value: boolean;
}

const NOTHING: Span = { start: 0, end: 0 };

/**
 * What a suppression counts for, as offsets of its file.
 *
 * Behind code it counts for its line, on lines of its own for the next line that is no comment. Where a block, an attribute or an entry of
 * an object begins on that line, it counts for all of it: above a resource, for the whole resource. On a later line of a value it counts
 * for the innermost entry or attribute around it. A `"//"` comment in JSON counts for the object that holds it.
 */
export function coveredBy(file: ParsedFile, comment: Comment, wholeFile: boolean): Span {
  if (wholeFile) return { start: 0, end: file.text.length + 1 };
  if (file.json) return holderOf(file.text, comment.range.start);
  const items = itemsOf(file.body);
  const line = comment.ownLine ? nextLine(file, comment) : comment.range.line;
  const starting = items.filter((item) => item.line === line);
  if (starting.length > 0) return widest(starting);
  const around = items.filter((item) => item.value && item.line < line && line <= item.endLine);
  return around.length === 0 ? NOTHING : narrowest(around);
}

/** The line after a comment and the comments right below it. */
function nextLine(file: ParsedFile, comment: Comment): number {
  const lines = new Map(file.comments.filter(({ ownLine }) => ownLine).map(({ range }) => [range.line, range.endLine]));
  let line = comment.range.endLine + 1;
  for (let end = lines.get(line); end !== undefined; end = lines.get(line)) line = end + 1;
  return line;
}

const widest = (items: readonly Item[]): Span =>
  items.reduce((best, item) => ({ start: Math.min(best.start, item.start), end: Math.max(best.end, item.end) }), {
    start: Infinity,
    end: 0,
  });

const narrowest = (items: readonly Item[]): Span =>
  items.reduce((best, item) => (item.end - item.start < best.end - best.start ? item : best));

/** The innermost object of a JSON text around an offset. */
function holderOf(text: string, at: number): Span {
  const open: number[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') open.push(index);
    else if (token === '}') {
      const start = open.pop();
      if (start !== undefined && start < at && at < index) return { start, end: index + 1 };
    }
  }
  return { start: 0, end: text.length + 1 };
}

function itemsOf(body: Body): readonly Item[] {
  return [
    ...body.blocks.flatMap((block) => [item(block.range, false), ...itemsOf(block.body)]),
    ...body.attributes.flatMap((attribute) => [item(attribute.range, true), ...itemsIn(attribute.expr)]),
  ];
}

/** Entries of objects and elements of lists, however deep. */
function itemsIn(expr: Expr): readonly Item[] {
  if (expr.kind === 'call') return expr.args.flatMap(itemsIn);
  if (expr.kind === 'tuple') return expr.items.flatMap((one) => [item(one.range, true), ...itemsIn(one)]);
  if (expr.kind !== 'object') return [];
  return expr.entries.flatMap(({ key, value }) => [
    { ...item(key.range, true), end: value.range.end, endLine: value.range.endLine },
    ...itemsIn(value),
  ]);
}

const item = (range: { start: number; end: number; line: number; endLine: number }, value: boolean): Item => ({
  start: range.start,
  end: range.end,
  line: range.line,
  endLine: range.endLine,
  value,
});
