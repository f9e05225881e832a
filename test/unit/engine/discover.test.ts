import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareVersions, describeEngine, discoverEngine, parseVersion } from '../../../src/engine/discover.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'discover-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that answers as an engine of that version would. */
function engine(name: string, text: string, extra = ''): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${extra}\necho "${text}"\n`);
  chmodSync(path, 0o755);
  return path;
}
const env = () => ({ PATH: `${folder}:/usr/bin:/bin`, HOME: folder });
const only = () => ({ PATH: folder, HOME: folder });

describe('discoverEngine', () => {
  it('takes terraform before tofu, and tofu where there is no terraform', async () => {
    engine('tofu', 'OpenTofu v1.12.6-dev');
    expect(await discoverEngine({ configured: undefined, env: only() })).toStrictEqual({
      kind: 'tofu',
      path: join(folder, 'tofu'),
      version: '1.12.6-dev',
    });
    engine('terraform', 'Terraform v1.11.4');
    expect(await discoverEngine({ configured: undefined, env: only() })).toMatchObject({ kind: 'terraform', version: '1.11.4' });
  });

  it('what is configured goes first, as a path or as a name, and its kind is what it says, not what it is called', async () => {
    engine('terraform', 'Terraform v1.11.4');
    const path = engine('my-engine', 'OpenTofu v1.8.0');
    expect(await discoverEngine({ configured: path, env: only() })).toMatchObject({ kind: 'tofu', path });
    expect(await discoverEngine({ configured: 'my-engine', env: only() })).toMatchObject({ kind: 'tofu', path });
  });

  const rows: readonly (readonly [string, () => string | undefined, string, RegExp])[] = [
    ['nothing on PATH', () => undefined, 'engine_missing', /neither terraform nor tofu/],
    ['a configured name that is not there', () => 'tf9', 'engine_missing', /"tf9" is not on PATH/],
    ['a configured path that is not there', () => join(folder, 'no'), 'engine_missing', /not found at .*\/no/],
  ];
  it.each(rows)('%s', async (_name, configured, code, message) => {
    await expect(discoverEngine({ configured: configured(), env: only() })).rejects.toMatchObject({
      code,
      exitCode: 3,
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
  });
});

describe('describeEngine', () => {
  it.each([
    ['Terraform v1.4.7', 'engine_too_old', /terraform 1\.4\.7 .* 1\.5\.0 or newer/],
    ['OpenTofu v1.5.9', 'engine_too_old', /tofu 1\.5\.9 .* 1\.6\.0 or newer/],
    ['GNU bash', 'engine_unusable', /does not name itself/],
  ])('refuses %s', async (text, code, message) => {
    const path = engine('x', text);
    await expect(describeEngine(path, env())).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('says what a broken engine said', async () => {
    const path = engine('x', '', 'echo "cannot load library" >&2; exit 9');
    await expect(describeEngine(path, env())).rejects.toThrow(/exit code 9: cannot load library/);
  });

  it('tells a folder, and a file that nobody may run', async () => {
    mkdirSync(join(folder, 'dir'));
    await expect(describeEngine(join(folder, 'dir'), env())).rejects.toMatchObject({ code: 'engine_not_executable' });
    writeFileSync(join(folder, 'plain'), 'x');
    await expect(describeEngine(join(folder, 'plain'), env())).rejects.toMatchObject({
      code: 'engine_not_executable',
      hint: expect.stringMatching(/chmod/) as string,
    });
  });

  it('a file that the system cannot start is unusable, not a crash', async () => {
    const path = join(folder, 'garbage');
    writeFileSync(path, '\u0000\u0001');
    chmodSync(path, 0o755);
    await expect(describeEngine(path, env())).rejects.toMatchObject({ code: 'engine_unusable' });
  });

  it('gives the engine no variables of the caller but PATH and HOME', async () => {
    const path = engine('x', 'Terraform v1.$(env | grep -c SECRET_).0');
    await expect(describeEngine(path, { ...env(), SECRET_A: '1' })).rejects.toThrow(/terraform 1\.0\.0 /);
  });
});

describe('versions', () => {
  it('are read from the first line that names the product', () => {
    expect(parseVersion('Terraform v1.11.4\non linux_amd64\n')).toStrictEqual({ kind: 'terraform', version: '1.11.4' });
    expect(parseVersion('nothing')).toBeUndefined();
  });

  it.each([
    ['1.10.0', '1.9.9', 1],
    ['1.6.0-alpha1', '1.6.0', 0],
    ['1.5.0', '1.6.0', -1],
  ])('%s against %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign);
  });
});
