import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';

/** Name of the manifest in the archive: its first member. */
export const MANIFEST = 'manifest.json';
export const DATABASE = 'prebuilds.db';

const shape = z.object({
  /** Version of this layout. */
  format: z.literal(1),
  /** Schema of the database. */
  schema: z.number(),
  storeId: z.string(),
  /** Milliseconds UTC: the instant of the database. */
  takenAt: z.number(),
  /** Home in which it was taken. */
  home: z.string(),
  /** Workspaces on which a build or a claim worked. */
  busy: z.array(z.string()),
  /** Every file but the manifest: sha256 of its content, or the target of a link. */
  files: z.record(z.string(), z.union([z.object({ sha256: z.string() }), z.object({ link: z.string() })])),
});
export type Manifest = z.infer<typeof shape>;

/** The manifest of an archive; undefined when the text is none. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a manifest says of the files below a folder. Paths have slashes; what is neither file, folder nor link is not listed. */
export async function listFiles(folder: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = {};
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const stats = await lstat(join(folder, path));
    if (stats.isFile()) files[path] = { sha256: await hashOf(join(folder, path)) };
    else if (stats.isSymbolicLink()) files[path] = { link: await readlink(join(folder, path)) };
  }
  return files;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The first path that differs, is missing or is not listed; undefined when both are the same. */
export function firstDifference(expected: Manifest['files'], found: Manifest['files']): string | undefined {
  const paths = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter((path) => path !== MANIFEST).sort();
  return paths.find((path) => JSON.stringify(expected[path]) !== JSON.stringify(found[path]));
}
