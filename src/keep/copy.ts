import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { StateFacts } from '../workspace/deps.ts';

const TRIES = 40;
const PAUSE_MS = 50;
const DEEPEST = 64;
/** What says how a run went. Who ran it is left out: a restored home has nothing to do with that process. */
const RUN_FILES = ['stdout', 'stderr', 'exit', 'interrupted', 'unclean'];

export interface CopyDeps {
  readonly clock: Clock;
  readonly readState: (path: string) => StateFacts;
}

/**
 * Copies what a workspace cannot live without, while an engine may work in it. Order matters: runs first, then the state. A state that
 * is newer than `exit` is judged again by a plan; an older one beside an `exit` of 0 would lose what the apply made.
 */
export async function copyWorkspace(deps: CopyDeps, from: string, to: string, id: string, busy: boolean): Promise<void> {
  const [source, target] = [workspacePaths(from, id), workspacePaths(to, id)];
  if (busy) await copyRuns(source.runs, target.runs);
  await copyTree(source.history, target.history);
  await copyTree(source.work, target.work);
  await copyIfThere(join(source.folder, 'version'), join(target.folder, 'version'));
  await settleState(deps, source.state, target.state);
}

/** An engine rewrites its state in place, so a copy may be torn: taken again until it can be read. What stays torn is mended from `history`. */
async function settleState({ clock, readState }: CopyDeps, source: string, target: string): Promise<void> {
  for (let n = 0; n < TRIES; n += 1) {
    const { kind } = readState(target);
    if (kind === 'ok' || (kind === 'missing' && readState(source).kind === 'missing')) return;
    await clock.sleep(PAUSE_MS);
    await copyIfThere(source, target);
  }
}

/** Only of the newest build: of the others everything is known. */
async function copyRuns(source: string, target: string): Promise<void> {
  const folders = await readdir(source).catch(() => []);
  const numberOf = (name: string) => Number(/^(\d+)-/.exec(name)?.[1] ?? -1);
  const newest = Math.max(-1, ...folders.map(numberOf));
  for (const name of folders.filter((one) => newest >= 0 && numberOf(one) === newest)) {
    // `exit` before `stdout`: a run that ends in between has all of its words.
    for (const file of [...RUN_FILES].reverse()) await copyIfThere(join(source, name, file), join(target, name, file));
  }
}

/** Files, folders and links below a folder that others may change meanwhile; sockets and what vanishes are left out. */
async function copyTree(source: string, target: string): Promise<void> {
  for (const name of await readdir(source).catch(() => [])) {
    const [from, to] = [join(source, name), join(target, name)];
    const stats = await lstat(from).catch(() => undefined);
    if (stats?.isDirectory() === true) await copyTree(from, to);
    else if (stats?.isFile() === true) await copyIfThere(from, to);
    else if (stats?.isSymbolicLink() === true) {
      await mkdir(target, { recursive: true, mode: 0o700 });
      await symlink(await readlink(from), to);
    }
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await ifThere(copyFile(from, to, constants.COPYFILE_FICLONE));
}

/**
 * The folder of a version with everything that its links lead to, such as providers in a cache, so that a backup works on another host.
 * Nobody writes into it, so files are linked, not copied, where the disk allows it.
 */
export async function linkTree(source: string, target: string, depth = 0): Promise<void> {
  if (depth > DEEPEST) return;
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const name of await readdir(source)) {
    const [from, to] = [join(source, name), join(target, name)];
    const stats = await stat(from).catch(() => undefined);
    if (stats?.isDirectory() === true) await linkTree(from, to, depth + 1);
    else if (stats?.isFile() === true) await linkFile(from, to);
  }
}

async function linkFile(from: string, to: string): Promise<void> {
  try {
    const isLink = (await lstat(from)).isSymbolicLink();
    if (isLink) await copyFile(from, to, constants.COPYFILE_FICLONE);
    else await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

async function ifThere(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
