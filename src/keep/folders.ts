import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ASIDE, homePaths } from '../kit/paths.ts';
import { identify, isAlive, type ProcessIdentity } from '../kit/process.ts';
import type { KeepStore } from '../store/store.ts';
import { discardFolder, moveToTrash } from '../workspace/trash.ts';
import { ASIDE_MS } from './retention.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OWNER = 'owner.json';

/**
 * A folder of the home that nothing needs. `trash`, `version`, `workspace` and `scratch` are over for certain: their rows say so, or
 * their process is gone. `orphan-version` and `orphan-workspace` have no row, so nobody can say.
 */
export interface Leftover {
  readonly kind: 'trash' | 'version' | 'workspace' | 'scratch' | 'orphan-version' | 'orphan-workspace';
  /** Name of the folder; the id of what it belonged to. */
  readonly name: string;
  readonly path: string;
}

/** Everything left over in a home. Folders are listed before rows are read: whoever makes a folder writes its row, or a marker, first. */
export async function findLeftovers(
  home: string,
  store: Pick<KeepStore, 'folderOwners'>,
  now: number,
): Promise<readonly Leftover[]> {
  const paths = homePaths(home);
  const [versions, workspaces] = [await names(paths.versions), await names(paths.workspaces)];
  const staged = new Set(versions.filter((name) => name.startsWith('.staging-')).map((name) => name.slice('.staging-'.length)));
  const owners = await store.folderOwners();
  return [
    ...(await trashed(paths.trash, now)),
    ...(await abandonedScratch(paths.scratch)),
    ...judged(paths.versions, versions, owners.versions, 'version').filter(({ name }) => !staged.has(name)),
    ...judged(paths.workspaces, workspaces, owners.workspaces, 'workspace'),
  ];
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

function judged(
  folder: string,
  found: readonly string[],
  owners: { readonly here: ReadonlySet<string>; readonly over: ReadonlySet<string> },
  what: 'version' | 'workspace',
): Leftover[] {
  return found
    .filter((name) => UUID.test(name) && !owners.here.has(name))
    .map((name) => ({ kind: owners.over.has(name) ? what : (`orphan-${what}` as const), name, path: join(folder, name) }));
}

async function trashed(folder: string, now: number): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const name of await names(folder)) {
    const path = join(folder, name);
    const at = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (!name.startsWith(ASIDE) || now - at > ASIDE_MS) found.push({ kind: 'trash', name, path });
  }
  return found;
}

async function abandonedScratch(folder: string): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const name of await names(folder)) {
    const path = join(folder, name);
    if (!isOwned(await readFile(join(path, OWNER), 'utf8').catch(() => ''))) found.push({ kind: 'scratch', name, path });
  }
  return found;
}

function isOwned(text: string): boolean {
  try {
    return isAlive(JSON.parse(text) as ProcessIdentity);
  } catch {
    return false;
  }
}

/** Makes a working folder (0700) that is found and removed when this process is killed. It appears with its owner in it. */
export async function makeScratch(home: string, name: string): Promise<string> {
  const { scratch, trash } = homePaths(home);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await mkdir(trash, { recursive: true, mode: 0o700 });
  const [early, folder] = [join(trash, name), join(scratch, name)];
  await mkdir(early, { mode: 0o700 });
  await writeFile(join(early, OWNER), JSON.stringify(identify(process.pid)), { mode: 0o600 });
  await rename(early, folder);
  return folder;
}

/** Removes a leftover for good; what is not in the trash yet goes there first. */
export async function discard(home: string, { kind, name, path }: Leftover): Promise<void> {
  if (kind === 'trash') await rm(path, { recursive: true, force: true });
  else await discardFolder(path, homePaths(home).trash, name);
}

/** Moves a folder where it is removed only after a week. Returns where it is. */
export async function putAside(home: string, { name, path }: Leftover, now: number): Promise<string> {
  const target = await moveToTrash(path, homePaths(home).trash, `${ASIDE}${name}`);
  await utimes(target, now / 1000, now / 1000);
  return target;
}
