import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHclParser } from '../../../src/template/hcl.ts';
import { placeText, readTemplate, type TemplateReading } from '../../../src/template/reading.ts';
import { collectTemplate } from '../../../src/template/source.ts';

let root: string;
let next = 0;
const parser = createHclParser();
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-reading-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function read(files: Readonly<Record<string, string>>, tofu = false): Promise<TemplateReading> {
  next += 1;
  const dir = join(root, String(next));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return readTemplate(await collectTemplate(dir), parser, { tofu });
}

it('finds blocks with their places', async () => {
  const { root: folder, hasRemoteModules } = await read({
    'main.tf': `# head
terraform {
  required_providers {
    coder = { source = "coder/coder" }
    docker = {}
  }
  backend "s3" {
    bucket = "x"
  }
}
data "coder_parameter" "cpus" {
  name = "cpus"
}
  resource "coder_agent" "main" {
    os = "linux"
  }
variable "key" {
  type      = list(string)
  sensitive = true
}
module "git" {
  source  = "registry.example/git"
  count   = 1
}
`,
    'extra.tf.json': '{"variable": {"zone": {"default": "eu"}}, "data": {"coder_parameter": {"j": {"name": "j"}}}}',
  });
  expect(hasRemoteModules).toBe(true);
  expect(folder.requiredProviders).toEqual({ coder: 'coder/coder', docker: 'hashicorp/docker' });
  expect(folder.resources.map(({ mode, type, name, place }) => [mode, type, name, placeText(place)])).toEqual([
    ['data', 'coder_parameter', 'j', 'extra.tf.json'],
    ['data', 'coder_parameter', 'cpus', 'main.tf:11:1'],
    ['managed', 'coder_agent', 'main', 'main.tf:14:3'],
  ]);
  expect(folder.variables).toMatchObject([
    { name: 'zone', type: undefined, sensitive: false, hasDefault: true },
    { name: 'key', type: 'list(string)', sensitive: true, hasDefault: false },
  ]);
  expect(folder.modules).toMatchObject([{ name: 'git', source: 'registry.example/git', repeated: true }]);
  expect(folder.backend).toEqual({ type: 's3', place: { file: 'main.tf', line: 7, column: 3 } });
});

it('follows local modules once each, also modules of modules', async () => {
  const { folders } = await read({
    'main.tf': 'module "a" {\n  source = "./a"\n}\nmodule "b" {\n  source = "./a/"\n}\n',
    'a/main.tf': 'module "c" {\n  source = "../c"\n}\n',
    'c/main.tf': 'data "coder_parameter" "deep" {\n  name = "deep"\n}\n',
  });
  expect(folders.map((folder) => folder.folder)).toEqual(['', 'a', 'c']);
  expect(folders[2]?.resources[0]?.place.file).toBe('c/main.tf');
});

it.each([
  ['../x', 'module_outside', 'main.tf:2:1: module "a" is outside the template folder (../x)'],
  ['./x/../../y', 'module_outside', 'main.tf:2:1: module "a" is outside the template folder (./x/../../y)'],
  ['/srv/modules', 'module_outside', 'main.tf:2:1: module "a" is outside the template folder (/srv/modules)'],
  ['./x', 'module_missing', 'main.tf:2:1: module "a" has no .tf file in ./x'],
])('refuses the module source %s', async (source, code, message) => {
  await expect(read({ 'main.tf': `\nmodule "a" {\n  source = "${source}"\n}\n` })).rejects.toMatchObject({
    code,
    message,
    exitCode: 2,
  });
});

it('names the file of a syntax error in a module', async () => {
  const broken = read({ 'main.tf': 'module "a" {\n  source = "./a"\n}\n', 'a/vm.tf': 'locals {' });
  await expect(broken).rejects.toMatchObject({ code: 'hcl_syntax', message: expect.stringMatching(/^a\/vm\.tf:1:/) as string });
});

it('reads .tofu files for OpenTofu only, in place of the .tf file of that name', async () => {
  const files = { 'main.tf': 'variable "a" {}', 'main.tofu': 'variable "b" {}' };
  expect((await read(files)).root.variables.map((one) => one.name)).toEqual(['a']);
  expect((await read(files, true)).root.variables.map((one) => one.name)).toEqual(['b']);
});
