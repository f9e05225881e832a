import { chmod, copyFile, lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { messageOf, StoreError, UserError } from '../kit/errors.ts';
import type { Ids } from '../kit/ids.ts';
import { homePaths } from '../kit/paths.ts';
import type { Store } from '../store/store.ts';
import { pack } from './archive.ts';
import { copyWorkspace, linkTree, type CopyDeps } from './copy.ts';
import { makeScratch } from './folders.ts';
import { DATABASE, listFiles, MANIFEST, type Manifest } from './manifest.ts';

export interface BackupDeps extends CopyDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly home: string;
  /** Files of the home that belong to its configuration. */
  readonly configFiles: readonly string[];
}

export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly takenAt: number;
  readonly workspaces: number;
  readonly versions: number;
  /** Workspaces on which a build or a claim worked: the first reconcile after a restore finishes or repairs them. */
  readonly busy: number;
}

/** Each round makes the copy consistent for what changed during the one before; what still changes in the last is repaired at restore. */
const ROUNDS = 3;

/**
 * Copies store, states and versions into one archive, while everything goes on (spec 7.3). `target` is a file, or a folder for one named
 * by the time. UserError when the file exists and `force` is not given.
 */
export async function backup(deps: BackupDeps, target: string, options: { readonly force: boolean }): Promise<BackupReport> {
  const takenAt = deps.clock.now();
  const file = await fileOf(target, takenAt);
  if (!options.force && (await exists(file))) {
    throw new UserError('backup_exists', `${file} exists`, { hint: 'name another file, or give --force' });
  }
  const scratch = await makeScratch(deps.home, `backup-${deps.ids.uuid()}`);
  try {
    const content = join(scratch, 'content');
    const identity = await deps.store.identity();
    const copied = await collectContent(deps, content);
    const manifest: Manifest = {
      format: 1,
      ...identity,
      takenAt,
      home: deps.home,
      busy: copied.busy,
      files: await listFiles(content),
    };
    await writeFile(join(content, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`, { mode: 0o600 });
    const bytes = await write(content, file, deps.ids.uuid());
    return { file, bytes, takenAt, workspaces: copied.workspaces, versions: copied.versions, busy: copied.busy.length };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fileOf(target: string, at: number): Promise<string> {
  const path = resolve(target);
  const stamp = new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15);
  return (await isFolder(path)) || target.endsWith('/') ? join(path, `prebuilds-${stamp}Z.tar.gz`) : path;
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

type Marks = Awaited<ReturnType<Store['workspaceMarks']>>;

interface Content {
  readonly workspaces: number;
  readonly versions: number;
  readonly busy: string[];
}

/**
 * The database first, then the states: a state newer than its row costs a plan, an older one would lose objects. Then a second look: where
 * rows changed since before the copy of the database, it and those states are taken again.
 */
async function collectContent(deps: BackupDeps, content: string): Promise<Content> {
  const { store } = deps;
  await mkdir(content, { recursive: true, mode: 0o700 });
  let last: Marks = new Map();
  let found: Marks = last;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const before = await store.workspaceMarks();
    await rm(join(content, DATABASE), { force: true });
    await store.copyTo(join(content, DATABASE));
    found = await store.workspaceMarks();
    await copyStates(deps, content, last, found);
    if (!isChanged(before, await store.workspaceMarks())) break;
    last = before;
  }
  const versions = [...(await store.folderOwners()).versions.here];
  for (const id of versions) await linkVersion(deps.home, content, id);
  for (const path of deps.configFiles) await copyFile(path, join(content, relative(deps.home, path)));
  return {
    workspaces: found.size,
    versions: versions.length,
    busy: [...found].filter(([, one]) => one.busy).map(([id]) => id),
  };
}

/** Copies what was not copied yet, or changed since the marks before the last copy; removes copies of what is gone. */
async function copyStates(deps: BackupDeps, content: string, last: Marks, found: Marks): Promise<void> {
  const { workspaces } = homePaths(content);
  for (const id of await readdir(workspaces).catch(() => [])) if (!found.has(id)) await removeCopy(content, id);
  for (const [id, { mark, busy }] of found) {
    if (!busy && last.get(id)?.mark === mark) continue;
    await removeCopy(content, id);
    await copyWorkspace(deps, deps.home, content, id, busy);
  }
}

const removeCopy = (content: string, id: string): Promise<void> =>
  rm(join(homePaths(content).workspaces, id), { recursive: true, force: true });

const isChanged = (before: Marks, now: Marks): boolean =>
  before.size !== now.size || [...now].some(([id, { mark }]) => before.get(id)?.mark !== mark);

/** A version whose folder went meanwhile was retired: nothing needs it. */
async function linkVersion(home: string, content: string, id: string): Promise<void> {
  const target = join(homePaths(content).versions, id);
  try {
    await linkTree(join(homePaths(home).versions, id), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Written under another name, synced, then renamed: a file with the right name is whole. */
async function write(content: string, file: string, unique: string): Promise<number> {
  const partial = join(dirname(file), `.${basename(file)}.${unique}.partial`);
  try {
    const handle = await open(partial, 'wx', 0o600).catch((error: unknown) => {
      throw new StoreError('backup_failed', `cannot write into ${dirname(file)}: ${messageOf(error)}`, {
        hint: 'make the folder, or name another place',
        cause: error,
      });
    });
    try {
      const members = (await readdir(content)).filter((name) => name !== MANIFEST).sort();
      await pack(content, [MANIFEST, ...members], partial);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(partial, 0o600);
    await rename(partial, file);
    return (await stat(file)).size;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
