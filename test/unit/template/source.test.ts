import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectTemplate, contentHash, copyTemplate, isInside } from '../../../src/template/source.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-source-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function make(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = join(root, 'template');
  await mkdir(dir, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

describe('collectTemplate', () => {
  it('takes what belongs to a template and leaves the rest', async () => {
    const dir = await make({
      'main.tf': 'a',
      'modules/vm/main.tf': 'b',
      '.terraform.lock.hcl': 'lock',
      'README.md': 'r',
      '.env.sample': 'kept',
      '.terraform/providers/x': 'no',
      'modules/vm/.terraform/x': 'no',
      '.git/HEAD': 'no',
      'terraform.tfstate': 'no',
      'terraform.tfstate.backup': 'no',
      'terraform.tfstate.1700000000.backup': 'no',
      'modules/vm/x.tfstate': 'no',
      '.terraform.tfstate.lock.info': 'no',
      'out.tfplan': 'no',
      tfplan: 'no',
      'crash.log': 'no',
      'main.tf~': 'no',
      '.main.tf.swp': 'no',
      '#main.tf#': 'no',
      '.DS_Store': 'no',
      '.vscode/settings.json': 'no',
    });
    const { files } = await collectTemplate(dir);
    expect(files.map((file) => file.path)).toEqual([
      '.env.sample',
      '.terraform.lock.hcl',
      'README.md',
      'main.tf',
      'modules/vm/main.tf',
    ]);
  });

  it.each([
    ['a missing folder', () => join(root, 'nowhere'), 'template_missing'],
    ['a file', async () => join(await make({ 'main.tf': '' }), 'main.tf'), 'template_not_a_folder'],
    ['an empty folder', () => make({}), 'template_empty'],
    ['a folder of nothing but junk', () => make({ 'terraform.tfstate': '{}', '.git/HEAD': 'x' }), 'template_empty'],
    ['a folder without .tf files', () => make({ 'README.md': 'x' }), 'template_without_tf'],
    ['a folder whose .tf files lie deeper', () => make({ 'docker/main.tf': '' }), 'template_without_tf'],
  ])('refuses %s in one line with a hint', async (_what, dir, code) => {
    const error = await collectTemplate(await dir()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error).toHaveProperty('hint', expect.stringMatching(/.+/));
    expect((error as Error).message).not.toContain('\n');
  });

  it('follows links inside the folder and refuses those that lead out', async () => {
    const dir = await make({ 'main.tf': 'a', 'shared/x.txt': 'x' });
    await symlink('shared/x.txt', join(dir, 'inner.txt'));
    await symlink('shared', join(dir, 'twin'));
    const { files } = await collectTemplate(dir);
    expect(files.map((file) => file.path)).toEqual(['inner.txt', 'main.tf', 'shared/x.txt', 'twin/x.txt']);

    await writeFile(join(root, 'secret'), 's');
    await symlink('../secret', join(dir, 'escape'));
    await expect(collectTemplate(dir)).rejects.toMatchObject({
      code: 'template_link',
      message: 'escape is a link that leads out of the template folder',
    });
  });

  it.each([
    ['a dangling link', 'gone'],
    ['a link to the folder itself', '.'],
    ['a link to a folder outside', '..'],
  ])('refuses %s', async (_what, target) => {
    const dir = await make({ 'main.tf': 'a' });
    await symlink(target, join(dir, 'link'));
    await expect(collectTemplate(dir)).rejects.toMatchObject({ code: 'template_link', exitCode: 2 });
  });

  it('refuses more than 100 MB, naming the file that is too much', async () => {
    const dir = await make({ 'main.tf': 'a', 'image.bin': '' });
    await truncate(join(dir, 'image.bin'), 100 * 1024 * 1024);
    await expect(collectTemplate(dir)).rejects.toMatchObject({
      code: 'template_too_large',
      message: expect.stringContaining('(at main.tf)') as string,
    });
    await truncate(join(dir, 'image.bin'), 100 * 1024 * 1024 - 1);
    expect((await collectTemplate(dir)).files).toHaveLength(2);
  });
});

describe('hash and copy', () => {
  it('agree, and the copy is private with the executable bit kept', async () => {
    const dir = await make({ 'main.tf': 'a', 'bin/run.sh': '#!/bin/sh' });
    await chmod(join(dir, 'bin/run.sh'), 0o755);
    await chmod(join(dir, 'main.tf'), 0o666);
    const { files } = await collectTemplate(dir);
    const target = join(root, 'copy');
    expect(await copyTemplate(files, target)).toBe(await contentHash(files));
    const mode = async (path: string) => (await stat(join(target, path))).mode & 0o777;
    expect([await mode('.'), await mode('bin'), await mode('main.tf'), await mode('bin/run.sh')]).toEqual([
      0o700, 0o700, 0o600, 0o700,
    ]);
    expect(await readFile(join(target, 'bin/run.sh'), 'utf8')).toBe('#!/bin/sh');
    expect((await readdir(target)).sort()).toEqual(['bin', 'main.tf']);
  });

  it('changes with a path, a byte and the executable bit, not with time or place', async () => {
    const hashOf = async (dir: string) => contentHash((await collectTemplate(dir)).files);
    const first = await hashOf(await make({ 'main.tf': 'a', x: '1' }));
    expect(await hashOf(await make({ 'main.tf': 'a', x: '1' }))).toBe(first);
    expect(await hashOf(await make({ x: '2' }))).not.toBe(first);
    const dir = await make({ x: '1' });
    expect(await hashOf(dir)).toBe(first);
    await chmod(join(dir, 'x'), 0o700);
    expect(await hashOf(dir)).not.toBe(first);
  });
});

it.each([
  ['/a', '/a', true],
  ['/a', '/a/b', true],
  ['/a', '/ab', false],
  ['/a', '/', false],
  ['/a', '/a/..b', true],
])('isInside(%s, %s) is %s', (top, path, expected) => {
  expect(isInside(top, path)).toBe(expected);
});
