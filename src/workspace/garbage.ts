import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../kit/errors.ts';
import { ASIDE, homePaths, workspacePaths } from '../kit/paths.ts';
import type { WorkspaceDeps } from './deps.ts';
import { discardFolder } from './trash.ts';

/**
 * Removes what a killed process left on disk and nobody needs (SM section 2, last row): trash but what a repair put there for a week, and
 * folders of workspaces whose row says deleted. A folder without any row stays: it may be all that is known of something real. Nothing
 * is looked for inside of folders, so that a pass over many workspaces stays short. Trouble is logged, never thrown: the pools go on.
 */
export async function collectGarbage(deps: WorkspaceDeps): Promise<void> {
  try {
    const { trash } = homePaths(deps.home);
    const rubbish = (await namesIn(trash)).filter((name) => !name.startsWith(ASIDE));
    for (const name of rubbish) await rm(join(trash, name), { recursive: true, force: true });
    const { over } = (await deps.store.folderOwners()).workspaces;
    for (const id of await namesIn(homePaths(deps.home).workspaces)) {
      if (over.has(id)) await discardFolder(workspacePaths(deps.home, id).folder, trash, id);
    }
  } catch (error) {
    deps.logger.warn('leftovers could not be removed', { error: messageOf(error) });
  }
}

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);
