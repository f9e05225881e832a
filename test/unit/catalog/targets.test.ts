import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { coderTargets, installedModules } from '../../../src/catalog/targets.ts';
import { createHclParser } from '../../../src/template/hcl.ts';
import { readTemplate } from '../../../src/template/reading.ts';
import { collectTemplate } from '../../../src/template/source.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-targets-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));
const parser = createHclParser();

async function write(files: Readonly<Record<string, string>>): Promise<{ source: string; data: string }> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { source: join(root, 'source'), data: join(root, 'data') };
}

async function targets(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const version = await write(files);
  const reading = await readTemplate(await collectTemplate(version.source), parser, { tofu: false });
  return coderTargets(version, reading.root, parser);
}

it('names presets, parameters and agents, and no other resource', async () => {
  const main = `data "coder_parameter" "a" {}
data "coder_workspace_preset" "b" {}
data "coder_workspace" "me" {}
data "aws_ami" "x" {}
resource "coder_agent" "main" {}
resource "coder_app" "x" {}
`;
  expect(await targets({ 'source/main.tf': main })).toEqual([
    'coder_agent.main',
    'data.coder_parameter.a',
    'data.coder_workspace_preset.b',
  ]);
});

it('always names something, or the engine would plan everything', async () => {
  expect(await targets({ 'source/main.tf': 'data "coder_workspace" "me" {}' })).toEqual(['data.coder_workspace.me']);
});

it('looks into installed modules; a repeated one is named as a whole', async () => {
  const parameter = 'data "coder_parameter" "p" {}';
  const modules = [
    { Key: '', Source: '', Dir: '.' },
    { Key: 'local', Source: './local', Dir: 'local' },
    { Key: 'remote', Source: 'git::x', Version: '1.2.3', Dir: join(root, 'data/modules/remote') },
    { Key: 'remote.inner', Source: './inner', Dir: join(root, 'data/modules/remote/inner') },
    { Key: 'many', Source: './local', Dir: 'local' },
    { Key: 'far', Source: '/etc', Dir: '/etc' },
  ];
  const files = {
    'source/main.tf':
      'module "local" {\n  source = "./local"\n}\nmodule "remote" {\n  source = "git::x"\n}\nmodule "many" {\n  source = "./local"\n  count = 2\n}\n',
    'source/local/main.tf': parameter,
    'data/modules/remote/main.tf': 'module "inner" {\n  source = "./inner"\n  for_each = {}\n}\n',
    'data/modules/remote/inner/main.tf': parameter,
    'data/modules/modules.json': JSON.stringify({ Modules: modules }),
  };
  expect(await targets(files)).toEqual(['module.local.data.coder_parameter.p', 'module.many', 'module.remote.module.inner']);
  expect((await installedModules(join(root, 'data')))[2]).toMatchObject({ key: 'remote', source: 'git::x', version: '1.2.3' });
});
