import { describe, expect, it } from 'vitest';
import type { Range } from '../../../../src/template/syntax/ast.ts';
import { parse, showBody, showProblems } from './show.ts';

describe('bodies', () => {
  it.each([
    ['', ''],
    ['\n\n', ''],
    ['# only a comment', ''],
    ['a = 1', 'a = 1'],
    ['a {}\n', 'a {  }'],
    ['a b "c" d-e {\n}\n', 'a b c d-e {  }'],
    ['a "b\\"c" {}', 'a b"c {  }'],
    ['a { b = 1 }', 'a { b = 1 }'],
    ['a {\n  b = 1\n  c {\n    d = 2\n  }\n  c {}\n}\ne = 3', 'e = 3; a { b = 1; c { d = 2 }; c {  } }'],
    ['a\t{\n\tb\t=\t1\n}', 'a { b = 1 }'],
    ['\uFEFFa = 1\r\nb = 2\r\nc {\r\n  d = 3\r\n}\r\n', 'a = 1; b = 2; c { d = 3 }'],
    ['a = 1 # x\n/* y\n */ b = 2', 'a = 1; b = 2'],
    ['a {\n  if = 1\n  for = 2\n  in = 3\n  null = 4\n}', 'a { if = 1; for = 2; in = 3; null = 4 }'],
    [`a = 1\n${' '.repeat(500)}\n${'\n'.repeat(500)}b = [${' '.repeat(500)}2,${'\n'.repeat(500)}3]`, 'a = 1; b = [2, 3]'],
  ])('%j', (text, shown) => {
    const { body, problems } = parse(text);
    expect([showBody(body), problems]).toEqual([shown, []]);
  });
});

describe('an error reaches no further than its block', () => {
  const before = 'resource "a" "one" {\n  x = 1\n}\n\n';
  const after = '\nresource "a" "two" {\n  y = 2\n}\n';
  it.each([
    ['resource "a" "bad" {\n  x = \n}\n', '6:3 x has no value'],
    ['resource "a" "bad" {\n  x = [1, 2\n}\n', '6:11 a closing bracket ] is missing'],
    ['resource "a" "bad" {\n  x = 1\n', '6:7 a closing brace } is missing'],
    ['resource "a" "bad" {\n  x = "${foo"\n}\n', '6:7 a string must end on the line on which it begins'],
    ['resource "a" "bad" {\n  x = "foo\n}\n', '6:7 a string must end on the line on which it begins'],
    ['resource "a" "bad" {\n  x = <<EOT\n  foo\n}\n', '6:7 the heredoc <<EOT is not closed: no line consists of EOT alone'],
    ['resource "a" "bad" {\n  x = "${f(}"\n}\n', /^[56]:/],
    ['resource "a" "bad" {\n  x = 1 /* foo\n}\n', '6:9 a comment is not closed'],
    ['resource "a" "bad" {\n  x = (1\n  z = 3\n}\n', /^6:/],
    ['resource "a" "bad" {\n  x = {\n    z = 3\n}\n', /^8:/],
    ['resource "a" "bad" \n  x = 1\n}\n', /^5:/],
    ['resource "a" bad" {\n  x = 1\n}\n', /^5:/],
    ['resource "a" "bad" {{\n  x = 1\n}\n', /^[56]:/],
    ['}\n', /^[345]:/],
    ['???\n', /^5:/],
  ])('%j', (bad, problem) => {
    const { body, problems } = parse(before + bad + after);
    const shown = showProblems(problems);
    if (typeof problem === 'string') expect(shown).toEqual([problem]);
    else expect(shown[0]).toMatch(problem);
    const names = body.blocks.map(({ labels }) => labels[1]);
    expect([names[0], names.at(-1)]).toEqual(['one', 'two']);
    expect(showBody(body.blocks[0]!.body)).toBe('x = 1');
    expect(showBody(body.blocks.at(-1)!.body)).toBe('y = 2');
  });
});

describe('layout that the engine refuses', () => {
  it.each([
    ['a {\n  b = 1\n  b = 2\n}', ['3:3 b is set twice']],
    ['a = 1\na = 2', ['2:1 a is set twice']],
    ['a = 1 b {\n}', ['1:7 a new line must begin before b']],
    ['a {} b {}', ['1:6 a new line must begin before b']],
    ['a { b = 1\n}', ['1:5 a block on one line can hold one argument only; begin a new line after {']],
    ['a { b {} }', ['1:5 a block on one line can hold one argument only; begin a new line after {']],
    ['a {\n  b = 1 }', ['2:9 the closing brace must stand on a line of its own']],
    ['a "b${c}" {}', ['1:3 a label cannot hold an interpolation']],
    ['{ "a": 1 }', ['1:1 attributes and blocks are expected here, not an object']],
  ])('%j', (text, shown) => {
    expect(showProblems(parse(text).problems)).toEqual(shown);
  });

  it('names 100 problems at most', () => {
    expect(parse('a = 1\n'.repeat(500)).problems).toHaveLength(100);
  });
});

describe('comments', () => {
  it.each([
    ['# a', ['a'], [true]],
    ['  // a  \n', ['a'], [true]],
    ['x = 1 # a', ['a'], [false]],
    ['/* a\n b */ x = 1', ['a\n b'], [true]],
    ['x = [ # a\n  # b\n]', ['a', 'b'], [false, true]],
    ['x = "# no"\ny = <<E\n# no\nE\n', [], []],
    ['x = "${ /* a */ b}"', ['a'], [false]],
    ['# a\r\nx = 1 // b\r\n', ['a', 'b'], [true, false]],
    ['#\n##a', ['', '#a'], [true, true]],
  ])('%j', (text, texts, own) => {
    const { comments, problems } = parse(text);
    expect(problems).toEqual([]);
    expect(comments.map((comment) => comment.text)).toEqual(texts);
    expect(comments.map(({ ownLine }) => ownLine)).toEqual(own);
  });

  it('have ranges without the end of the line', () => {
    const text = 'x = 1 # a b\r\n';
    const [comment] = parse(text).comments;
    expect(text.slice(comment!.range.start, comment!.range.end)).toBe('# a b');
  });
});

describe('ranges', () => {
  const text = '\uFEFF# é😀\r\nresource "ü" "x" {\r\n  ä = "é${ü.b}" # 😀\r\n\r\n  c {\r\n    d = [1]\r\n  }\r\n}\r\n';
  const file = parse(text, '../m/ö.tf');
  const at = ({ start, end }: Range): string => text.slice(start, end);
  const [block] = file.body.blocks;
  const [attribute] = block!.body.attributes;

  it('say where text stands, in UTF-16 units', () => {
    expect(file.problems).toEqual([]);
    expect(at(block!.headRange)).toBe('resource "ü" "x"');
    expect(at(block!.range)).toBe(text.slice(text.indexOf('resource'), text.lastIndexOf('}') + 1));
    expect(at(block!.body.range).trim()).toBe(text.slice(text.indexOf('ä'), text.lastIndexOf('}')).trim());
    expect(at(attribute!.range)).toBe('ä = "é${ü.b}"');
    expect(at(attribute!.nameRange)).toBe('ä');
    expect(at(file.comments[1]!.range)).toBe('# 😀');
    const { expr } = attribute!;
    expect(expr.kind === 'template' && expr.parts[1]?.kind === 'interpolation' && at(expr.parts[1].expr.range)).toBe('ü.b');
  });

  it('have lines and columns', () => {
    const { line, column, endLine, endColumn, file: name } = attribute!.range;
    expect([name, line, column, endLine, endColumn]).toEqual(['../m/ö.tf', 3, 3, 3, 16]);
    expect(file.comments[0]!.range).toMatchObject({ line: 1, column: 1, endLine: 1, endColumn: 6 });
    expect(block!.range).toMatchObject({ line: 2, column: 1, endLine: 8, endColumn: 2 });
  });

  it('cover expressions with what belongs to them', () => {
    const source = 'x = (a.b)[0].c ? f( d ) : -e + 1\n';
    const expr = parse(source).body.attributes[0]!.expr;
    const slice = (range: Range): string => source.slice(range.start, range.end);
    expect(slice(expr.range)).toBe('(a.b)[0].c ? f( d ) : -e + 1');
    expect(expr.kind === 'conditional' && [expr.condition, expr.then, expr.otherwise].map(({ range }) => slice(range))).toEqual([
      '(a.b)[0].c',
      'f( d )',
      '-e + 1',
    ]);
  });
});
