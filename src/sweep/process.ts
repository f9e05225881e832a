import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Listing, RealObject } from '../domain/sweep.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Machines that are processes of this host: the folders in `folder` that are named by a workspace id, and the processes with such a
 * folder as an argument. A base folder that does not exist holds nothing.
 */
export function listProcesses(folder: string): Listing {
  const folders = namesIn(folder)
    .filter((name) => UUID.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
  return { objects: [...folders.map(folderObject), ...machinesOf(folder)], everything: new Map() };
}

const folderObject = (path: string): RealObject => ({
  kind: 'folder',
  id: path,
  name: path,
  type: '',
  workspaceId: basename(path),
});

/** The engine's own steps name the folder too, but only while a build runs, and such a workspace is not judged. */
function machinesOf(folder: string): readonly RealObject[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const argument = argumentsOf(pid).find((word) => word.startsWith(`${folder}/`) && UUID.test(word.slice(folder.length + 1)));
      if (argument === undefined) return [];
      return [{ kind: 'process' as const, id: pid, name: argument, type: '', workspaceId: basename(argument) }];
    });
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
