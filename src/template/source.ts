import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { messageOf, UserError } from '../kit/errors.ts';
import { sha256 } from '../kit/ids.ts';

/** Most bytes a template may have (spec 4.1). */
export const MAX_TEMPLATE_BYTES = 100 * 1024 * 1024;

const SKIPPED_FOLDERS = new Set(['.git', '.hg', '.svn', '.terraform', '.idea', '.vscode']);
const SKIPPED_FILES = [
  /\.tfstate(\.[^/]*)?$/, // state, its backups and numbered copies
  /^\.terraform\.tfstate\.lock\.info$|^\.[^/]*\.lock\.info$/,
  /\.tfplan$|^tfplan$/,
  /^crash(\.[^/]*)?\.log$/,
  /~$|^\.#|^#.*#$|\.sw[op]$|^\.DS_Store$/, // what editors and desktops leave
];

/** One file of a template folder; symbolic links inside the folder count as what they point at. */
export interface TemplateFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly absolute: string;
  readonly bytes: number;
  readonly executable: boolean;
}

/** Files of a template folder in path order, and the folder they are in. */
export interface TemplateSource {
  readonly dir: string;
  readonly files: readonly TemplateFile[];
}

/** Whether a file name is read by the engine as configuration. `.tofu` files count for OpenTofu only. */
export function isConfigFile(path: string, tofu = false): boolean {
  return /\.tf(\.json)?$/.test(path) || (tofu && /\.tofu(\.json)?$/.test(path));
}

/**
 * Lists what belongs to a template: everything but version control, engine data, state, plans and editor junk. The lock file stays.
 * UserError: folder missing, not a folder, empty, without configuration files, too large, or with a link that leads out of it.
 */
export async function collectTemplate(folder: string): Promise<TemplateSource> {
  const dir = resolve(folder);
  const root = await realFolder(folder, dir);
  const files: TemplateFile[] = [];
  await walk({ root, shown: folder, files, bytes: 0 }, dir, '', [root]);
  if (files.length === 0) {
    throw new UserError('template_empty', `template folder ${folder} is empty`, {
      hint: 'give the folder that holds the .tf files',
    });
  }
  if (!files.some((file) => !file.path.includes('/') && isConfigFile(file.path, true))) {
    throw new UserError('template_without_tf', `template folder ${folder} has no .tf file`, {
      hint: 'give the folder that holds the .tf files themselves, not one above it',
    });
  }
  return { dir, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

async function realFolder(shown: string, dir: string): Promise<string> {
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined) {
    throw new UserError('template_missing', `template folder ${shown} does not exist`, { hint: 'check the path' });
  }
  if (!found.isDirectory()) {
    throw new UserError('template_not_a_folder', `${shown} is a file, not a template folder`, {
      hint: `give the folder that holds it: ${dirname(shown)}`,
    });
  }
  return realpath(dir);
}

interface Walk {
  readonly root: string;
  readonly shown: string;
  readonly files: TemplateFile[];
  bytes: number;
}

async function walk(state: Walk, dir: string, prefix: string, above: readonly string[]): Promise<void> {
  const entries = await readdir(dir).catch((error: unknown) => {
    throw new UserError('template_unreadable', `cannot read ${prefix === '' ? state.shown : prefix}: ${messageOf(error)}`, {
      hint: 'make the folder readable for you',
    });
  });
  for (const name of entries.sort()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    await visit(state, join(dir, name), path, above);
  }
}

async function visit(state: Walk, absolute: string, path: string, above: readonly string[]): Promise<void> {
  const name = basename(path);
  if (SKIPPED_FILES.some((pattern) => pattern.test(name))) return;
  if ((await lstat(absolute)).isSymbolicLink()) await checkLink(state.root, absolute, path);
  const found = await stat(absolute);
  if (found.isDirectory()) {
    if (SKIPPED_FOLDERS.has(name)) return;
    const real = await realpath(absolute);
    if (above.includes(real)) {
      throw new UserError('template_link', `${path} is a link to a folder above it`, {
        hint: 'remove the link from the template',
      });
    }
    await walk(state, absolute, path, [...above, real]);
    return;
  }
  if (SKIPPED_FOLDERS.has(name)) return; // `.git` is a file in a worktree
  if (!found.isFile()) {
    throw new UserError('template_file', `${path} is neither a file nor a folder`, { hint: 'remove it from the template' });
  }
  state.bytes += found.size;
  if (state.bytes > MAX_TEMPLATE_BYTES) {
    throw new UserError('template_too_large', `template folder ${state.shown} is larger than 100 MB (at ${path})`, {
      hint: 'keep large files out of the template, in an image or in a storage',
    });
  }
  state.files.push({ path, absolute, bytes: found.size, executable: (found.mode & constants.S_IXUSR) !== 0 });
}

async function checkLink(root: string, absolute: string, path: string): Promise<void> {
  const target = await realpath(absolute).catch(() => undefined);
  if (target === undefined) {
    throw new UserError('template_link', `${path} is a link to something that does not exist`, {
      hint: 'remove the link or repair it',
    });
  }
  if (!isInside(root, target)) {
    throw new UserError('template_link', `${path} is a link that leads out of the template folder`, {
      hint: 'copy what it points at into the template',
    });
  }
}

/** Whether `path` is `root` or lies below it (both absolute). */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith('../'));
}

/** Hash of paths, executable bits and bytes: equal content is pushed once (spec 4.1). */
export async function contentHash(files: readonly TemplateFile[]): Promise<string> {
  const total = createHash('sha256');
  for (const file of files) total.update(line(file, await readFile(file.absolute)));
  return total.digest('hex');
}

const line = (file: TemplateFile, bytes: Uint8Array): string =>
  `${JSON.stringify(file.path)} ${file.executable ? 'x' : '-'} ${sha256(bytes)}\n`;

/**
 * Copies the files into `target` (folders 0700, files 0600, 0700 when executable) and returns the content hash of what was written,
 * so that a template edited meanwhile is noticed.
 */
export async function copyTemplate(files: readonly TemplateFile[], target: string): Promise<string> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  const total = createHash('sha256');
  for (const file of files) {
    const bytes = await readFile(file.absolute);
    const to = join(target, file.path);
    const mode = file.executable ? 0o700 : 0o600;
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await writeFile(to, bytes, { mode });
    await chmod(to, mode);
    total.update(line(file, bytes));
  }
  return total.digest('hex');
}
