import { constants, existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Version } from '../domain/types.ts';
import { versionPaths, type WorkspacePaths } from '../kit/paths.ts';
import type { EnginePort, StateFacts } from './deps.ts';

const MARKER = 'version';

/**
 * Makes the engine's working folder: a copy of the version's template with its lock file (engine.md 2). A workspace that changes
 * its version keeps its state and whatever the template wrote beside itself; only the files of the old template go, which after an
 * update that failed or was refused is not the version of the workspace.
 */
export async function prepareWorkFolder(
  paths: WorkspacePaths,
  version: Version,
  getVersion: (id: string) => Promise<Version>,
): Promise<void> {
  const marker = join(paths.folder, MARKER);
  const present = await readFile(marker, 'utf8').catch(() => undefined);
  if (present === version.id) return;
  await mkdir(paths.work, { recursive: true, mode: 0o700 });
  await mkdir(paths.runs, { recursive: true, mode: 0o700 });
  await mkdir(paths.history, { recursive: true, mode: 0o700 });
  if (present !== undefined) {
    const old = await getVersion(present);
    for (const name of await readdir(versionPaths(old.folder).source).catch(() => [])) {
      await rm(join(paths.work, name), { recursive: true, force: true });
    }
  }
  await cp(versionPaths(version.folder).source, paths.work, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await writeFile(marker, version.id, { mode: 0o600 });
}

/** Numbered copy of a good state, before an apply and after one that was verified (SM R4); the newest few are kept. Returns its path. */
export async function keepStateCopy(paths: WorkspacePaths, buildNumber: number, state: StateFacts): Promise<string | undefined> {
  if (state.kind !== 'ok') return undefined;
  const name = `${String(state.serial).padStart(8, '0')}-${String(buildNumber)}.tfstate`;
  await mkdir(paths.history, { recursive: true, mode: 0o700 });
  const temporary = join(paths.history, `.${name}`);
  await copyFile(paths.state, temporary);
  await rename(temporary, join(paths.history, name)).catch((error: unknown) => {
    // The last act of a process that was ended at this very point may take the file along: its copy is the same one.
    if (!existsSync(join(paths.history, name))) throw error;
  });
  const copies = (await readdir(paths.history)).filter((file) => file.endsWith('.tfstate') && !file.startsWith('.')).sort();
  for (const old of copies.slice(0, Math.max(0, copies.length - 5))) await rm(join(paths.history, old), { force: true });
  return join(paths.history, name);
}

/**
 * Puts a torn or emptied state right from the newest good copy (SM R4, engine-crash rule 8). Returns what happened: `fine`,
 * `restored`, or `lost` when an apply was started before and there is nothing to restore from.
 */
export async function mendState(
  paths: WorkspacePaths,
  readState: EnginePort['readState'],
  everApplied: () => Promise<boolean>,
): Promise<'fine' | 'restored' | 'lost'> {
  const now = readState(paths.state);
  if (now.kind === 'ok') return 'fine';
  if (!(await everApplied())) {
    // The engine's lock attempt of a killed plan leaves an empty file; nothing real can be lost with it.
    await rm(paths.state, { force: true });
    return 'fine';
  }
  const good = await findStateCopy(paths, readState);
  if (good === undefined) return 'lost';
  if (now.kind !== 'missing') await copyFile(paths.state, join(paths.history, `unusable-${now.kind}`)).catch(() => undefined);
  await mkdir(paths.work, { recursive: true, mode: 0o700 });
  await copyFile(good, paths.state);
  return 'restored';
}

/** The newest copy of a state that can be read; undefined when there is none. */
export async function findStateCopy(paths: WorkspacePaths, readState: EnginePort['readState']): Promise<string | undefined> {
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
  return candidates.find((path) => readState(path).kind === 'ok');
}
