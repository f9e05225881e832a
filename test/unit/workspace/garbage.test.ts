import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/kit/logger.ts';
import { workspacePaths } from '../../../src/kit/paths.ts';
import { collectGarbage } from '../../../src/workspace/garbage.ts';
import type { WorkspaceDeps } from '../../../src/workspace/deps.ts';

/** Two workspaces: `alive`, and `gone`, which is deleted. */
function depsFor(home: string): WorkspaceDeps {
  const store = { folderOwners: async () => ({ workspaces: { here: new Set(['alive']), over: new Set(['gone']) } }) };
  return { home, store, logger: silentLogger } as unknown as WorkspaceDeps;
}

describe('collectGarbage', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'prebuilds-garbage-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const put = (...parts: readonly string[]): string => {
    const path = join(home, ...parts);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'secret');
    return path;
  };

  it('removes trash and folders of deleted workspaces, and nothing else', async () => {
    const trash = put('trash', 'x', 'work', 'main.tf');
    const aside = put('trash', 'aside-y', 'terraform.tfstate');
    const gone = put('workspaces', 'gone', 'work', 'main.tf');
    const unknown = put('workspaces', 'unknown', 'work', 'terraform.tfstate');
    const state = put('workspaces', 'alive', 'work', 'terraform.tfstate');
    await collectGarbage(depsFor(home));
    const left = (paths: readonly string[]): readonly boolean[] => paths.map((path) => existsSync(path));
    expect(left([trash, gone])).toEqual([false, false]);
    expect(existsSync(workspacePaths(home, 'gone').folder)).toBe(false);
    expect(left([aside, unknown, state])).toEqual([true, true, true]);
  });

  it('is content with a home in which nothing was ever made', async () => {
    await expect(collectGarbage(depsFor(home))).resolves.toBeUndefined();
  });
});
