import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../kit/errors.ts';

/** The absolute path of a file for node_exporter's textfile collector. UserError when the collector would not read it. */
export function textfilePath(path: string): string {
  const file = resolve(path);
  if (basename(file).length > '.prom'.length && file.endsWith('.prom')) return file;
  throw new UserError('textfile_name', `"${path}" does not end in .prom`, {
    hint: 'the textfile collector reads only *.prom; write --textfile /var/lib/prometheus/node-exporter/prebuilds.prom',
  });
}

/**
 * Replaces the file in one step, readable by everybody, so that a collector never sees half of it. UserError when it cannot be
 * written; then the old file is as it was.
 */
export async function writeTextfile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      // The mode of `open` is narrowed by the umask.
      await file.chmod(0o644);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new UserError('textfile_unwritable', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'name a file in a folder that you may write',
      cause: error,
    });
  }
}
