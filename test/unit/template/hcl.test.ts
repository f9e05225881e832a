import { describe, expect, it } from 'vitest';
import { createHclParser, literal } from '../../../src/template/hcl.ts';

const parser = createHclParser();

describe('syntax errors have file, line, column and reason in one line', () => {
  it.each([
    [
      'vm.tf',
      'resource "a" "b" {\n  x = \n}\n',
      /^vm\.tf:2:7: Invalid expression: Expected the start of an expression, .*token$/,
    ],
    ['vm.tf', 'locals {\n  x = [1,\n', /^vm\.tf:3:1: Missing expression: /],
    [
      'vm.tf',
      'a "b" {\n  x = 1\n  x = 2\n}\nfoo bar baz',
      /^vm\.tf:3:3: Attribute redefined: .*already set at vm\.tf:2:3\. Each argument may be set only once$/,
    ],
    ['vm.tf', 'a "b" {\n x = "abc\n}\n', /^vm\.tf:2:10: Invalid multi-line string: /],
    ['vm.tf.json', '{"a": 1,\n  b}', /^vm\.tf\.json:2:\d+: /],
    ['vm.tf.json', '{"a": 1', /^vm\.tf\.json:1:\d+: /],
    ['vm.tf.json', '3', /^vm\.tf\.json:1:1: a JSON object is expected$/],
  ])('%s %j', async (file, text, message) => {
    const error = await parser.parse(file, text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'hcl_syntax', exitCode: 2, message: expect.stringMatching(message) as string });
    expect((error as Error).message).not.toMatch(/\n|parse config/);
  });
});

it('parses blocks, and empty files', async () => {
  expect(await parser.parse('a.tf', 'variable "x" {\n  default = -1\n}\n')).toEqual({ variable: { x: [{ default: -1 }] } });
  expect(await parser.parse('a.tf', ' \n')).toEqual({});
  expect(await parser.parse('a.tf.json', '[{"a": 1}, {"b": 2}]')).toEqual({ a: 1, b: 2 });
});

it.each([
  ['x', 'x'],
  ['${local.x}', undefined],
  ['a ${b}', undefined],
  ['%{ if x }a%{ endif }', undefined],
  ['$${x}', '${x}'],
  ['${-3}', -3],
  [8, 8],
  [true, true],
  [['a', '${b}'], undefined],
  [{ a: [1] }, { a: [1] }],
  [{ '${x}': 1 }, undefined],
])('literal(%j) is %j', (value, expected) => {
  expect(literal(value)).toEqual(expected);
});
