import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillStaging, openStaging, overrideName, sweepStaging } from '../../../src/catalog/staging.ts';
import { collectTemplate, contentHash } from '../../../src/template/source.ts';

let root: string;
let home: string;
let template: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-staging-'));
  home = join(root, 'home');
  template = join(root, 'template');
  await mkdir(template);
  await writeFile(join(template, 'main.tf'), 'locals {}');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const versions = () => readdir(join(home, 'versions'));

it('fills a private folder with copy, override and variables', async () => {
  const staging = await openStaging(home, 'v1');
  const source = await collectTemplate(template);
  await fillStaging(staging, source, await contentHash(source.files), { key: 's' });
  expect((await readdir(staging.source)).sort()).toEqual(['main.tf', 'zz_prebuilds_override.tf.json']);
  const override = await readFile(join(staging.source, 'zz_prebuilds_override.tf.json'), 'utf8');
  expect(JSON.parse(override)).toEqual({ terraform: { backend: { local: {} } } });
  expect(JSON.parse(await readFile(staging.variables, 'utf8'))).toEqual({ key: 's' });
  for (const [path, mode] of [
    [staging.variables, 0o600],
    [staging.folder, 0o700],
    [staging.data, 0o700],
    [staging.source, 0o700],
  ] as const) {
    expect((await stat(path)).mode & 0o777).toBe(mode);
  }
  expect(await versions()).toEqual(['.staging-v1', 'v1']);
});

it('notices a template that changed since it was hashed', async () => {
  const staging = await openStaging(home, 'v1');
  const source = await collectTemplate(template);
  const hash = await contentHash(source.files);
  await writeFile(join(template, 'main.tf'), 'locals { }');
  await expect(fillStaging(staging, source, hash, {})).rejects.toMatchObject({ code: 'template_changed', exitCode: 2 });
});

it('keeps the folder without its marker, or leaves nothing', async () => {
  await (await openStaging(home, 'kept')).keep();
  await (await openStaging(home, 'dropped')).discard();
  expect(await versions()).toEqual(['kept']);
});

describe('sweepStaging', () => {
  it('removes what a dead push left, and nothing else', async () => {
    await openStaging(home, 'running');
    for (const id of ['dead', 'stored']) {
      await mkdir(join(home, 'versions', id));
      await writeFile(join(home, 'versions', `.staging-${id}`), JSON.stringify({ bootId: 'another', pid: 1, startTicks: 1 }));
    }
    await mkdir(join(home, 'versions', 'old'));
    expect(await sweepStaging(home, (id) => Promise.resolve(id === 'stored'))).toBe(1);
    expect(await versions()).toEqual(['.staging-running', 'old', 'running', 'stored']);
  });

  it('does nothing in a new home', async () => {
    expect(await sweepStaging(home, () => Promise.resolve(false))).toBe(0);
    expect(existsSync(home)).toBe(false);
  });
});

it.each([
  [['main.tf'], 'zz_prebuilds_override.tf.json'],
  [['main.tf', 'a_override.tf', 'modules/zzz_override.tf'], 'zz_prebuilds_override.tf.json'],
  [['zzz_override.tf'], 'zzzz_prebuilds_override.tf.json'],
  [['zz_prebuilds_override.tf.json'], 'zz_prebuilds_override.tf.json'],
])('the override of %j is %s', (paths, expected) => {
  const name = overrideName(paths);
  expect(name.replace(/^z+/, 'zz')).toBe('zz_prebuilds_override.tf.json');
  const last = paths
    .filter((path) => !path.includes('/') && path.includes('override'))
    .sort()
    .at(-1);
  expect(last === undefined || name >= last).toBe(true);
  if (last !== 'zzz_override.tf') expect(name).toBe(expected);
});
