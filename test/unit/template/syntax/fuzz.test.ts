import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParsedFile } from '../../../../src/template/syntax/ast.ts';
import { parser } from './show.ts';

const FIXTURES = 'fixtures';
const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tf(\.json)?$/.test(name))
  .map((name) => readFileSync(join(FIXTURES, name), 'utf8'));

/** Reads a text in every way there is, and checks what holds for every result. */
function read(text: string): ParsedFile {
  const file = parser.parseFile('a.tf', text);
  parser.parseFile('a.tf.json', text);
  parser.parseTemplate('a.tftpl', text);
  expect(file.text).toBe(text);
  expect(file.problems.length).toBeLessThanOrEqual(100);
  let last = 0;
  for (const { range } of file.problems) {
    expect(range.start).toBeGreaterThanOrEqual(last);
    expect(range.end).toBeLessThanOrEqual(text.length);
    last = range.start;
  }
  return file;
}

const TOKENS =
  '{ } [ ] ( ) " ${ %{ ~} } $${ \\ = == => ? : . .* [*] , ... ! - && || + 1 1e3 a b.c for in if else endif endfor null # // /* */ <<E E'
    .split(' ')
    .concat('\n', '\n', ' ', '\t', '\r\n', 'é', '😀', '\ud800', '\u0000', '\uFEFF', 'resource "a" "b" {', 'x = ');

const noise = fc.array(fc.constantFrom(...TOKENS), { maxLength: 120 }).map((tokens) => tokens.join(''));
const bytes = fc.uint8Array({ maxLength: 2000 }).map((data) => Buffer.from(data).toString('utf8'));

describe('no text makes a reader throw', () => {
  it.each([
    ['random bytes', bytes],
    ['random tokens', noise],
    [
      'a fixture cut off',
      fc
        .tuple(fc.constantFrom(...files), fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([text, at]) => text.slice(0, text.length * at)),
    ],
    [
      'a fixture with noise in it',
      fc.tuple(fc.constantFrom(...files), fc.double({ min: 0, max: 1, noNaN: true }), noise).map(([text, at, extra]) => {
        const place = Math.floor(text.length * at);
        return text.slice(0, place) + extra + text.slice(place);
      }),
    ],
  ])('%s', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => void read(text)),
      { numRuns: 100 },
    );
  });
});

it('reads the same however often it has read something else', () => {
  fc.assert(
    fc.property(noise, fc.constantFrom(...files), (other, text) => {
      const first = parser.parseFile('a.tf', text);
      parser.parseFile('a.tf', other);
      expect(parser.parseFile('a.tf', text)).toEqual(first);
    }),
    { numRuns: 50 },
  );
});

describe('what is nested without measure is refused, not followed', () => {
  const nested = (open: string, middle: string, close: string, count = 10_000): string =>
    `x = ${open.repeat(count)}${middle}${close.repeat(count)}\n`;
  it.each([
    ['brackets', nested('[', '', ']')],
    ['open brackets', nested('[', '', '')],
    ['parentheses', nested('(', '1', ')')],
    ['open parentheses', nested('(', '1', '')],
    ['objects', nested('{ a = ', '1', ' }')],
    ['calls', nested('f(', '1', ')')],
    ['indexes', nested('a[', '1', ']')],
    ['strings', nested('"${', '1', '}"')],
    ['open strings', nested('"${', '1', '')],
    ['conditionals', nested('a ? b : ', 'c', '')],
    ['operators', nested('1 + ', '1', '')],
    ['signs', nested('-', '1', '')],
    ['names', nested('', 'a', '.b')],
    ['splats', nested('', 'a', '[*]')],
    ['directives', `x = "${'%{ if a }'.repeat(5000)}${'%{ endif }'.repeat(5000)}"\n`],
    ['blocks', `${'a {\n'.repeat(10_000)}${'}\n'.repeat(10_000)}`],
    ['open blocks', 'a {\n'.repeat(10_000)],
    ['heredocs', '<<A\n'.repeat(10_000)],
    ['open sequences', '${'.repeat(10_000)],
  ])('%s', (_, text) => {
    const file = read(text);
    expect(file.problems).not.toEqual([]);
    expect(depthOf(file.body)).toBeLessThan(4000);
  });

  it('takes what people write', () => {
    expect(read(nested('[', '', ']', 100)).problems).toEqual([]);
    expect(read(nested('a ? b : ', 'c', '', 100)).problems).toEqual([]);
    expect(read(nested('1 + ', '1', '', 200)).problems).toEqual([]);
    expect(read(nested('', 'a', '.b', 100)).problems).toEqual([]);
  });
});

/** How deep objects stand in each other. Not recursive. */
function depthOf(value: unknown): number {
  let most = 0;
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    most = Math.max(most, at.depth);
    if (typeof at.value !== 'object' || at.value === null) continue;
    for (const child of Object.values(at.value)) open.push({ value: child, depth: at.depth + 1 });
  }
  return most;
}

describe('long files', () => {
  const block = 'resource "a" "b" {\n  name = "x-${a.b.c}-y"\n  list = [1, "two", local.three]\n}\n\n';
  it.each([
    ['blocks', block.repeat(4000), []],
    ['one heredoc', `x = <<E\n${'a line of $text\n'.repeat(100_000)}E\n`, []],
    ['one string', `x = "${'a'.repeat(2_000_000)}"\n`, []],
    ['comments', '# a comment\n'.repeat(100_000), []],
    ['blanks', `a = 1${' '.repeat(1_000_000)}\n${'\n'.repeat(1_000_000)}`, []],
    ['an error in the middle', `${block.repeat(1000)}resource "a" "bad" {\n  x = [\n}\n${block.repeat(1000)}`, [2001]],
  ])('%s', (_, text, blocks) => {
    const file = parser.parseFile('a.tf', text);
    expect(file.problems.length).toBe(blocks.length);
    if (blocks.length > 0) expect(file.body.blocks.length).toBeGreaterThanOrEqual(2000);
  });

  it('noise is given up', () => {
    const random = Array.from({ length: 100_000 }, (_, index) => String.fromCharCode((index * 7919) % 251)).join('');
    expect(parser.parseFile('a.tf', random).problems).not.toEqual([]);
  });
});
