import { constants } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Version } from '../domain/types.ts';
import { versionPaths, type WorkspacePaths } from '../kit/paths.ts';
import type { EnginePort, StateFacts } from './deps.ts';

const MARKER = 'version';

/**
 * Makes the engine's working folder: a copy of the version's template with its lock file (engine.md 2). A workspace that changes
 * its version keeps its state and whatever the template wrote beside itself; only the files of the old template go.
 */
export async function prepareWorkFolder(paths: WorkspacePaths, version: Version, oldVersion: Version | undefined): Promise<void> {
  const marker = join(paths.folder, MARKER);
  const present = await readFile(marker, 'utf8').catch(() => undefined);
  if (present === version.id) return;
  await mkdir(paths.work, { recursive: true, mode: 0o700 });
  await mkdir(paths.runs, { recursive: true, mode: 0o700 });
  await mkdir(paths.history, { recursive: true, mode: 0o700 });
  if (present !== undefined && oldVersion !== undefined) {
    for (const name of await readdir(versionPaths(oldVersion.folder).source)) {
      await rm(join(paths.work, name), { recursive: true, force: true });
    }
  }
  await cp(versionPaths(version.folder).source, paths.work, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await writeFile(marker, version.id, { mode: 0o600 });
}

/** Numbered copy of a good state, before an apply and after one that was verified (SM R4); the newest few are kept. */
export async function keepStateCopy(paths: WorkspacePaths, buildNumber: number, state: StateFacts): Promise<void> {
  if (state.kind !== 'ok') return;
  const name = `${String(state.serial).padStart(8, '0')}-${String(buildNumber)}.tfstate`;
  await mkdir(paths.history, { recursive: true, mode: 0o700 });
  const temporary = join(paths.history, `.${name}`);
  await copyFile(paths.state, temporary);
  await rename(temporary, join(paths.history, name));
  const copies = (await readdir(paths.history)).filter((file) => file.endsWith('.tfstate') && !file.startsWith('.')).sort();
  for (const old of copies.slice(0, Math.max(0, copies.length - 5))) await rm(join(paths.history, old), { force: true });
}

/**
 * Puts a torn or emptied state right from the newest good copy (SM R4, engine-crash rule 8). Returns what happened: `fine`,
 * `restored`, or `lost` when an apply was started before and there is nothing to restore from.
 */
export async function mendState(
  paths: WorkspacePaths,
  readState: EnginePort['readState'],
  everApplied: boolean,
): Promise<'fine' | 'restored' | 'lost'> {
  const now = readState(paths.state);
  if (now.kind === 'ok') return 'fine';
  if (!everApplied) {
    // The engine's lock attempt of a killed plan leaves an empty file; nothing real can be lost with it.
    await rm(paths.state, { force: true });
    return 'fine';
  }
  const copies = (await readdir(paths.history).catch(() => [])).filter(
    (name) => name.endsWith('.tfstate') && !name.startsWith('.'),
  );
  const candidates = [
    join(paths.work, 'errored.tfstate'),
    ...copies
      .sort()
      .reverse()
      .map((name) => join(paths.history, name)),
    `${paths.state}.backup`,
  ];
  const good = candidates.find((path) => readState(path).kind === 'ok');
  if (good === undefined) return 'lost';
  if (now.kind !== 'missing') await copyFile(paths.state, join(paths.history, `unusable-${now.kind}`)).catch(() => undefined);
  await copyFile(good, paths.state);
  return 'restored';
}

/** Takes the folder of a deleted workspace out of sight at once, then removes it; a crash in between leaves only trash. */
export async function discardFolder(paths: WorkspacePaths, trash: string, id: string): Promise<void> {
  await mkdir(trash, { recursive: true, mode: 0o700 });
  const target = join(trash, id);
  await rm(target, { recursive: true, force: true });
  await rename(paths.folder, target).catch(() => undefined);
  await rm(target, { recursive: true, force: true });
}
