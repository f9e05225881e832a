import { statfs } from 'node:fs/promises';
import type { Failure } from '../engine/engine.ts';

/** A state, its copies and a run's output need a small part of this. */
const NEEDED_BYTES = 8 * 1024 * 1024;

/**
 * Says why nothing may be started in `folder` now: an engine loses its state on a full disk (engine-crash 6, rules 6 and 22). undefined =
 * there is room, or nobody can tell.
 */
export async function shortOfSpace(folder: string): Promise<Failure | undefined> {
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined || disk.bavail * disk.bsize >= NEEDED_BYTES) return undefined;
  const message = `the disk of ${folder} is full: nothing is started with less than 8 MB free`;
  return { errorClass: 'environment', message, address: undefined };
}
