import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';

describe('compiled code', () => {
  let box: Sandbox;
  let cache: string;
  let code: string;
  beforeEach(() => {
    box = makeSandbox();
    cache = join(box.folder, 'cache');
    code = join(cache, 'prebuilds', 'code');
  });
  afterEach(() => box.dispose());

  const list = (env: Readonly<Record<string, string>> = {}) =>
    makeSandbox({ PREBUILDS_HOME: box.home, XDG_CACHE_HOME: cache, ...env }).ok('list');
  const files = (): readonly string[] => readdirSync(code, { recursive: true, encoding: 'utf8' });
  const times = () => files().map((name) => [name, statSync(join(code, name)).mtimeMs]);

  it('is kept for its owner alone, and used by the next run', async () => {
    await list();
    expect(statSync(code).mode & 0o777).toBe(0o700);
    expect(files().length).toBeGreaterThan(2);
    const before = times();
    await list();
    expect(times()).toEqual(before);
  });

  it('is made again when it is broken', async () => {
    const answer = await list();
    const paths = files().map((name) => join(code, name));
    for (const path of paths) if (statSync(path).isFile()) writeFileSync(path, 'broken');
    expect(await list()).toBe(answer);
    // What is loaded this time too: the configuration is not read again.
    expect(paths.filter((path) => statSync(path).isFile() && readFileSync(path).length > 100).length).toBeGreaterThan(2);
  });

  it('is not taken from a folder that others can write', async () => {
    mkdirSync(code, { recursive: true });
    chmodSync(code, 0o777);
    await list();
    expect(files()).toEqual([]);
  });

  it('is not kept when Node is told so, nor where there is no home', async () => {
    await list({ NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(existsSync(cache)).toBe(false);
    await list({ XDG_CACHE_HOME: join(box.folder, 'none', 'cache') });
    expect(existsSync(join(box.folder, 'none'))).toBe(false);
  });

  it('of builds that are gone is removed after a month', async () => {
    mkdirSync(code, { recursive: true, mode: 0o700 });
    for (const [name, days] of [
      ['old', 31],
      ['young', 29],
    ] as const) {
      writeFileSync(join(code, name), '');
      const at = new Date(Date.now() - days * 24 * 3_600_000);
      utimesSync(join(code, name), at, at);
    }
    await list();
    // From Node 22 on, Node keeps its own house.
    if (process.version.startsWith('v20.')) expect(files()).not.toContain('old');
    expect(files()).toContain('young');
  });
});
