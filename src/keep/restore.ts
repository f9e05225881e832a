import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StoreError, UserError } from '../kit/errors.ts';
import type { Ids } from '../kit/ids.ts';
import { homePaths, versionPaths } from '../kit/paths.ts';
import { notABackup, readMember, unpack } from './archive.ts';
import { DATABASE, firstDifference, listFiles, MANIFEST, parseManifest, type Manifest } from './manifest.ts';

export interface RestoreDeps {
  readonly ids: Ids;
  /** Newest schema that this tool reads. */
  readonly newestSchema: number;
  /** Makes the copied store one of the new home. */
  readonly relocate: (database: string, from: string, to: string) => void;
}

export interface RestoreReport {
  readonly home: string;
  readonly takenAt: number;
  readonly storeId: string;
  readonly busy: number;
}

/**
 * Makes a home from a backup: unpacked beside it, checked file by file, its absolute folders rewritten, then renamed into place. UserError
 * for a home that is not empty or a file that is no whole backup; StoreError for one of a newer tool. Whatever fails, nothing is left.
 */
export async function restore(deps: RestoreDeps, file: string, home: string): Promise<RestoreReport> {
  const archive = resolve(file);
  if (!existsSync(archive)) throw notABackup(archive, new Error('there is no such file'));
  const manifest = parseManifest(await readMember(archive, MANIFEST));
  if (manifest === undefined) throw notABackup(archive);
  refuseNewer(manifest, deps.newestSchema, archive);
  await refuseUsed(home);
  await mkdir(dirname(home), { recursive: true, mode: 0o700 });
  const early = join(dirname(home), `.prebuilds-restore-${deps.ids.uuid()}`);
  try {
    await mkdir(early, { mode: 0o700 });
    await unpack(archive, early);
    const wrong = firstDifference(manifest.files, await listFiles(early));
    if (wrong !== undefined) throw notABackup(archive, new Error(`${wrong} is not as the manifest says`));
    await rm(join(early, MANIFEST));
    deps.relocate(join(early, DATABASE), manifest.home, home);
    await relocateModules(early, manifest.home, home);
    await rmdir(home).catch(() => undefined);
    await rename(early, home);
  } catch (error) {
    await rm(early, { recursive: true, force: true });
    throw error;
  }
  return { home, takenAt: manifest.takenAt, storeId: manifest.storeId, busy: manifest.busy.length };
}

function refuseNewer(manifest: Manifest, newest: number, file: string): void {
  if (manifest.schema <= newest) return;
  throw new StoreError(
    'store_newer_schema',
    `the backup ${file} has schema ${String(manifest.schema)}, and this version of prebuilds knows ${String(newest)}`,
    { hint: 'update prebuilds to the version that wrote it' },
  );
}

async function refuseUsed(home: string): Promise<void> {
  const found = await readdir(home).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UserError('home_unusable', `${home} is not a folder that can be read`, {
      hint: 'name another --home',
      cause: error,
    });
  });
  if (found.length === 0) return;
  throw new UserError('home_not_empty', `home ${home} is not empty: it has ${found[0] ?? ''}`, {
    hint: 'restore into a new --home; the old one stays as it is',
  });
}

/** The engine keeps the folders of installed modules as absolute paths. */
async function relocateModules(folder: string, from: string, to: string): Promise<void> {
  const { versions } = homePaths(folder);
  for (const id of await readdir(versions).catch(() => [])) {
    const path = join(versionPaths(join(versions, id)).data, 'modules', 'modules.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const [old, now] = [JSON.stringify(`${from}/`).slice(0, -1), JSON.stringify(`${to}/`).slice(0, -1)];
    await rm(path);
    await writeFile(path, text.replaceAll(old, now), { mode: 0o600 });
  }
}
