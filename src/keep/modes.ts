import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { homePaths, versionPaths, workspacePaths } from '../kit/paths.ts';

const OTHERS = 0o077;

/** Paths of a home that group or others may use and that hold states, values, logs or the store (spec 7.2). */
export async function findOpenModes(home: string): Promise<readonly string[]> {
  const paths = homePaths(home);
  const candidates = [home, paths.config, ...['', '-wal', '-shm'].map((end) => `${paths.database}${end}`)];
  candidates.push(paths.versions, paths.workspaces, paths.logs, paths.trash, paths.scratch, ...(await inside(paths.logs)));
  for (const folder of await inside(paths.versions)) candidates.push(folder, versionPaths(folder).variables);
  for (const id of await names(paths.workspaces)) {
    const { folder, work, state, runs, history } = workspacePaths(home, id);
    candidates.push(folder, work, state, `${state}.backup`, runs, history, ...(await inside(history)), ...(await inside(runs)));
  }
  const open: string[] = [];
  for (const path of candidates) if (await isOpen(path)) open.push(path);
  return open;
}

/** Takes every right of group and others away. */
export async function closeModes(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const stats = await lstat(path).catch(() => undefined);
    if (stats !== undefined) await chmod(path, stats.mode & 0o700);
  }
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const inside = async (folder: string): Promise<string[]> => (await names(folder)).map((name) => join(folder, name));

async function isOpen(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && !stats.isSymbolicLink() && (stats.mode & OTHERS) !== 0;
}
