import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textfilePath, writeTextfile } from '../../../src/app/textfile.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prebuilds-textfile-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the name of the file', () => {
  it('is made absolute', () => {
    expect(textfilePath('a/b.prom')).toBe(join(process.cwd(), 'a', 'b.prom'));
  });

  it.each(['metrics', 'metrics.txt', 'metrics.prom.tmp', '.prom', ''])('is refused: %j', (name) => {
    expect(() => textfilePath(name)).toThrow(/does not end in \.prom/);
  });
});

describe('writing the file', () => {
  it('replaces the old one in one step, readable by everybody, and leaves nothing else', async () => {
    const path = join(folder, 'prebuilds.prom');
    await writeFile(path, 'old', { mode: 0o600 });
    const before = await stat(path);
    const umask = process.umask(0o077);
    try {
      await writeTextfile(path, 'new\n');
    } finally {
      process.umask(umask);
    }
    const after = await stat(path);
    expect(await readFile(path, 'utf8')).toBe('new\n');
    expect(after.mode & 0o777).toBe(0o644);
    // Another file under the same name: whoever had the old one open still reads all of it.
    expect(after.ino).not.toBe(before.ino);
    expect(await readdir(folder)).toEqual(['prebuilds.prom']);
  });

  it('says what is wrong, and leaves what was there', async () => {
    await expect(writeTextfile(join(folder, 'none', 'a.prom'), 'x')).rejects.toMatchObject({
      code: 'textfile_unwritable',
      exitCode: 2,
    });
    await mkdir(join(folder, 'b.prom'));
    await expect(writeTextfile(join(folder, 'b.prom'), 'x')).rejects.toMatchObject({ code: 'textfile_unwritable' });
    expect(await readdir(folder)).toEqual(['b.prom']);
  });

  it('does not write through a link', async () => {
    const target = join(folder, 'target');
    await writeFile(target, 'kept');
    await chmod(target, 0o600);
    await symlink(target, join(folder, 'c.prom'));
    await writeTextfile(join(folder, 'c.prom'), 'new');
    expect(await readFile(target, 'utf8')).toBe('kept');
    expect(await readFile(join(folder, 'c.prom'), 'utf8')).toBe('new');
  });
});
