import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VariableSource } from '../../../src/domain/types.ts';
import { mergeVariables } from '../../../src/catalog/variables.ts';
import { createHclParser } from '../../../src/template/hcl.ts';
import type { VariableBlock } from '../../../src/template/reading.ts';

const parser = createHclParser();
const variable = (name: string, type?: string, sensitive = false): VariableBlock => ({
  name,
  type,
  sensitive,
  hasDefault: false,
  place: { file: 'main.tf', line: 1, column: 1 },
});
const declared = [
  variable('region', 'string'),
  variable('zones', 'list(string)'),
  variable('any'),
  variable('key', 'string', true),
  variable('map', 'map(number)'),
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-vars-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const file = async (name: string, text: string): Promise<VariableSource> => {
  const path = join(root, name);
  await writeFile(path, text);
  return { file: path };
};
const merge = (...given: readonly (string | VariableSource)[]) =>
  mergeVariables(
    declared,
    { inherited: {}, given: given.map((one) => (typeof one === 'string' ? { value: one } : one)) },
    parser,
  );

it('keeps texts, and reads collections the way the engine does', async () => {
  const { json } = await merge('region=eu=west', 'zones=["a", "b"]', 'any=[1]', 'map={a = 1}');
  expect(json).toEqual({ region: 'eu=west', zones: ['a', 'b'], any: '[1]', map: { a: 1 } });
});

it('of files and values the last one wins, as on the command line of the engine', async () => {
  const one = await file('one.tfvars', 'region = "a"\nzones = ["x"]\nmap = { n = -1 }\n');
  const two = await file('two.tfvars.json', '{"region": "b", "any": {"deep": "${kept}"}}');
  expect((await merge(one, two)).json).toEqual({ region: 'b', zones: ['x'], map: { n: -1 }, any: { deep: '${kept}' } });
  expect((await merge(one, two, 'region=c')).json).toMatchObject({ region: 'c' });
  expect((await merge(one, 'region=c', two)).json).toMatchObject({ region: 'b' });
  expect((await merge('region=c', 'region=d', one)).json).toMatchObject({ region: 'a' });
});

it('stores a hash of sensitive values, which tells changes', async () => {
  const first = await merge('key=hunter2', 'region=eu');
  expect(first.json).toEqual({ key: 'hunter2', region: 'eu' });
  expect(JSON.stringify(first.stored)).not.toContain('hunter2');
  expect(first.stored).toEqual([
    { name: 'key', sensitive: true, value: expect.stringMatching(/^sha256:/) as string },
    { name: 'region', sensitive: false, value: 'eu' },
  ]);
  expect((await merge('key=hunter2', 'region=eu')).stored).toEqual(first.stored);
  expect((await merge('key=hunter3', 'region=eu')).stored).not.toEqual(first.stored);
});

describe('refuses', () => {
  it.each([
    ['an undeclared variable', ['nope=1'], 'variable_undeclared', /"nope".*--var/],
    ['no value', ['region'], 'variable_form', /NAME=VALUE/],
    ['no name', ['=x'], 'variable_form', /NAME=VALUE/],
    ['a collection that is none', ['zones=secret"'], 'variable_form', /^the value of --var zones is not a list\(string\)$/],
    ['an expression', ['zones=[local.x]'], 'variable_form', /zones/],
  ])('%s', async (_what, vars, code, message) => {
    await expect(merge(...vars)).rejects.toMatchObject({ code, exitCode: 2, message: expect.stringMatching(message) as string });
  });

  it.each([
    ['a missing file', () => Promise.resolve({ file: join(root, 'gone.tfvars') }), 'var_file_unreadable'],
    ['an undeclared variable in a file', () => file('u.tfvars', 'nope = 1'), 'variable_undeclared'],
    ['an expression in a file', () => file('e.tfvars', 'region = local.x'), 'var_file_value'],
    ['a syntax error in a file', () => file('s.tfvars', 'region = '), 'hcl_syntax'],
  ])('%s', async (_what, path, code) => {
    await expect(merge(await path())).rejects.toMatchObject({ code, exitCode: 2 });
  });
});
