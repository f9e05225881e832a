import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Version } from '../../../src/domain/types.ts';
import { versionPaths, workspacePaths } from '../../../src/kit/paths.ts';
import { prepareWorkFolder } from '../../../src/workspace/folder.ts';

describe('prepareWorkFolder', () => {
  let home: string;
  const versions = new Map<string, Version>();
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'prebuilds-folder-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  function version(id: string, files: readonly string[]): Version {
    const made = { id, folder: join(home, id) } as Version;
    mkdirSync(versionPaths(made.folder).source, { recursive: true });
    for (const file of files) writeFileSync(join(versionPaths(made.folder).source, file), id);
    versions.set(id, made);
    return made;
  }
  const getVersion = (id: string): Promise<Version> => {
    const found = versions.get(id);
    return found === undefined ? Promise.reject(new Error(`no version ${id}`)) : Promise.resolve(found);
  };

  it('leaves no file of a version that was tried in between, and keeps what the template wrote', async () => {
    const [one, two] = [version('v1', ['main.tf']), version('v2', ['main.tf', 'extra.tf'])];
    const paths = workspacePaths(home, 'w');
    await prepareWorkFolder(paths, one, getVersion);
    writeFileSync(join(paths.work, 'terraform.tfstate'), '{}');
    await prepareWorkFolder(paths, two, getVersion);
    expect(readdirSync(paths.work).sort()).toEqual(['extra.tf', 'main.tf', 'terraform.tfstate']);
    await prepareWorkFolder(paths, one, getVersion);
    expect(readdirSync(paths.work).sort()).toEqual(['main.tf', 'terraform.tfstate']);
  });
});
