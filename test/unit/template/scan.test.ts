import { expect, it } from 'vitest';
import { blockHeaders, scanHcl } from '../../../src/template/scan.ts';

it.each([
  ['a line comment', 'a = 1 # x\nb = 2', 'a = 1    \nb = 2'],
  ['a double slash', 'a = 1 // x', 'a = 1     '],
  ['a block comment over lines', 'a /* x\ny */ b', 'a     \n     b'],
  ['a hash in a string', 'a = "#x" # y', 'a = "#x"    '],
  ['a quote in an interpolation', 'a = "${f("#")} # b"', 'a = "${f("#")} # b"'],
  ['an escaped quote', 'a = "\\"#" # y', 'a = "\\"#"    '],
  ['an escaped interpolation', 'a = "$${" # y', 'a = "$${"    '],
  ['braces in an interpolation', 'a = "${ { b = "}" } }#" #', 'a = "${ { b = "}" } }#"  '],
  ['a heredoc', 'a = <<EOT\n# kept\nEOT\n# gone', 'a = <<EOT\n# kept\nEOT\n      '],
  ['an indented heredoc', 'a = <<-EOT\n  # kept\n  EOT\nb # x', 'a = <<-EOT\n  # kept\n  EOT\nb    '],
  ['a comment that is not closed', 'a /* b', 'a     '],
  ['a shift that is no heredoc', 'a = 1 << 2 # x', 'a = 1 << 2    '],
])('blanks comments only: %s', (_what, text, expected) => {
  expect(scanHcl(text).withoutComments).toBe(expected);
});

it('finds block headers with their places, and none in comments and heredocs', () => {
  const text = [
    'variable "a" {}',
    '# variable "b" {}',
    'x = <<EOT',
    'variable "c" {}',
    'EOT',
    '  data "coder_parameter" "cpus" {',
    '    option {',
    'backend s3 {',
  ].join('\n');
  expect(blockHeaders(text)).toEqual([
    { type: 'variable', labels: ['a'], line: 1, column: 1 },
    { type: 'data', labels: ['coder_parameter', 'cpus'], line: 6, column: 3 },
    { type: 'option', labels: [], line: 7, column: 5 },
    { type: 'backend', labels: ['s3'], line: 8, column: 1 },
  ]);
});
