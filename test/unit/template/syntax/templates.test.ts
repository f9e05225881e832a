import { describe, expect, it } from 'vitest';
import { expression, parse, parser, show, showPart, showProblems } from './show.ts';

describe('quoted strings', () => {
  it.each([
    ['"a b"', '"a b"'],
    ['"  ${a}  ${b} "', 'T("  " <a> "  " <b> " ")'],
    ['"${a}"', 'T(<a>)'],
    ['"${a}${b}"', 'T(<a> <b>)'],
    ['"\\n\\r\\t\\"\\\\"', JSON.stringify('\n\r\t"\\')],
    ['"\\u00e9\\U0001F600"', JSON.stringify('é😀')],
    ['"$${a} %%{b} $$ %% $ %"', JSON.stringify('${a} %{b} $$ %% $ %')],
    ['"$$${a}"', JSON.stringify('$${a}')],
    ['"$a ${b}"', 'T("$a " <b>)'],
    ['"100%${b}"', 'T("100%" <b>)'],
    ['"# no /* comment */ // ${a}"', 'T("# no /* comment */ // " <a>)'],
    ['"a ${~ b ~} c"', 'T("a" <b> "c")'],
    ['"a\\n ${~b~}\\n c"', 'T("a" <b> "c")'],
    ['"${~b~}"', 'T(<b>)'],
    ['"%{ if a }b%{ endif }"', 'T(if(a: "b" | ))'],
    ['"x %{~ if a ~} b %{~ else ~} ${c} %{~ endif ~} y"', 'T("x" if(a: "b" | <c>) "y")'],
    ['"%{ for v in a }${v},%{ endfor }"', 'T(for(-,v in a: <v> ","))'],
    ['"%{ for k, v in a ~} ${k} %{~ if v }x%{ endif }%{ endfor }"', 'T(for(k,v in a: <k> if(v: "x" | )))'],
    ['"${"}"}"', 'T(<"}">)'],
    ['"é${a}ü"', 'T("é" <a> "ü")'],
  ])('%s', (text, shown) => {
    expect(show(expression(text))).toBe(shown);
  });
});

describe('heredocs', () => {
  it.each([
    ['<<EOT\nEOT', '""'],
    ['<<EOT\n\nEOT', '"\\n"'],
    ['<<EOT\n  a\n b\nEOT', '"  a\\n b\\n"'],
    ['<<EOT\n  a\n  EOT', '"  a\\n"'],
    ['<<-EOT\n    a\n      b\n  EOT', '"a\\n  b\\n"'],
    ['<<-EOT\n    a\n\n      b\n  EOT', '"a\\n\\n  b\\n"'],
    ['<<-EOT\n    a\n  \n      b\n  EOT', '"a\\n  \\n  b\\n"'],
    ['<<-EOT\n\t\ta\n\t\tb\n\tEOT', '"a\\nb\\n"'],
    ['<<-EOT\n    ${a} b\n      c\n    EOT', 'T(<a> " b\\n  c\\n")'],
    ['<<-EOT\n${a}\n    b\n    EOT', 'T(<a> "\\n    b\\n")'],
    ['<<-EOT\n    %{ if a ~}\n    b\n    %{ endif ~}\n    c\n  EOT', 'T(if(a: "    b\\n" | ) "    c\\n")'],
    ['<<EOT\n%{ for v in a ~}\n  ${v}\n%{ endfor ~}\nEOT', 'T(for(-,v in a: "  " <v> "\\n"))'],
    ['<<EOT\n%{ for v in a ~}\n\n  ${v}\n%{ endfor ~}\nEOT', 'T(for(-,v in a: "\\n  " <v> "\\n"))'],
    ['<<EOT\n\n  ${~ a ~}\n\n b\nEOT', 'T("\\n" <a> "\\n b\\n")'],
    ['<<EOT\n\\n "q" $${a} %%{b} \\u00e9\nEOT', JSON.stringify('\\n "q" ${a} %{b} \\u00e9\n')],
    ['<<EOT\n# a\n/* b\n// c\nEOT', JSON.stringify('# a\n/* b\n// c\n')],
    ['<<EOT\n EOTX\nEOT X\n${a}EOT\nEOT', 'T(" EOTX\\nEOT X\\n" <a> "EOT\\n")'],
    ['<<EOT\n"${<<IN\nb\nIN\n}"\nEOT', 'T("\\"" <"b\\n"> "\\"\\n")'],
    ['<<E-1\na\nE-1', '"a\\n"'],
    ['[<<A\na\nA\n, <<B\nb\nB\n]', '["a\\n", "b\\n"]'],
    ['<<EOT\r\na\r\n${b}\r\nEOT\r', 'T("a\\r\\n" <b> "\\r\\n")'],
    ['f(<<EOT\n  é ${a}\nEOT\n)', 'f(T("  é " <a> "\\n"))'],
  ])('%j', (text, shown) => {
    expect(show(expression(text))).toBe(shown);
  });

  it.each([
    ['x = <<EOT\na\n', 'the heredoc <<EOT is not closed: no line consists of EOT alone'],
    ['x = <<EOT\na\nEOT', 'the heredoc <<EOT is not closed: no line consists of EOT alone'],
    ['x = <<EOT a\nEOT\n', 'the heredoc marker EOT must end its line'],
  ])('%j is refused', (text, message) => {
    expect(parse(text).problems.map((problem) => problem.message)).toEqual([message]);
  });
});

describe('a text that is all template', () => {
  it.each([
    ['', ''],
    ['a', '"a"'],
    ['${a}', '<a>'],
    ['#!/bin/sh\necho "${a}" $HOME $${b} \\n\n', '"#!/bin/sh\\necho \\"" <a> "\\" $HOME ${b} \\\\n\\n"'],
    ['%{ if a ~}\n  b\n%{ else ~}\n  c\n%{ endif ~}\nd', 'if(a: "  b\\n" | "  c\\n") "d"'],
    ['X\nEOT\n${a}', '"X\\nEOT\\n" <a>'],
    ['é\r\n${a["b"]}', '"é\\r\\n" <a["b"]>'],
    ['${a}$', '<a> "$"'],
    ['%', '"%"'],
  ])('%j', (text, shown) => {
    const { parts, problems } = parser.parseTemplate('a.tftpl', text);
    expect([parts.map(showPart).join(' '), problems]).toEqual([shown, []]);
  });

  it.each([
    ['a\n${b', /missing|cannot be read/],
    ['a\n%{ if b }', /missing|cannot be read/],
    ['a\n%{ endif }', /cannot be read/],
    ['a\n${b c}', /cannot be read/],
    ['a\n${"b}', /missing|cannot be read|string/],
    ['${'.repeat(3000), /nested too deeply/],
  ])('%j is refused', (text, message) => {
    const { problems } = parser.parseTemplate('a.tftpl', text);
    expect(problems.map((problem) => problem.message).join('; ')).toMatch(message);
  });

  it('tells where things are in the text', () => {
    const { parts } = parser.parseTemplate('t/a.tftpl', 'é\n  ${b.c}\n');
    expect(parts[1]).toMatchObject({
      expr: { range: { file: 't/a.tftpl', start: 6, end: 9, line: 2, column: 5, endLine: 2, endColumn: 8 } },
    });
    expect(showProblems(parser.parseTemplate('a', 'x\n ${b c}').problems)[0]).toMatch(/^2:/);
  });
});
