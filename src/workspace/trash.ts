import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes a folder out of sight at once, under a name in the trash; returns where it is. One that is gone already was taken by somebody else. */
export async function moveToTrash(folder: string, trash: string, name: string): Promise<string> {
  await mkdir(trash, { recursive: true, mode: 0o700 });
  const target = join(trash, name);
  await rm(target, { recursive: true, force: true });
  await rename(folder, target).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  return target;
}

/** Takes a folder out of sight at once, then removes it; a crash in between leaves only trash. */
export async function discardFolder(folder: string, trash: string, name: string): Promise<void> {
  await rm(await moveToTrash(folder, trash, name), { recursive: true, force: true });
}
