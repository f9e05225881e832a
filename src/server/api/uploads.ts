import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import type { VariableSource } from '../../domain/types.ts';
import { UserError } from '../../kit/errors.ts';

interface Uploaded {
  readonly path: string;
  /** Base64. */
  readonly data: string;
  readonly executable: boolean;
}

/** As VariableSource, but with the contents of files, in base64. */
type UploadedVariable = { readonly value: string } | { readonly file: string; readonly data: string };

/** Puts a sent folder, and files of variables beside it, on this machine's disk for as long as `use` runs; private, and gone afterwards. */
export async function withUpload<T>(
  files: readonly Uploaded[],
  variables: readonly UploadedVariable[],
  use: (dir: string, variables: readonly VariableSource[]) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'prebuilds-push-'));
  try {
    const dir = join(root, 'template');
    await mkdir(dir);
    for (const { path, data, executable } of files) {
      const target = join(dir, checked(path));
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      // `wx`: the same path twice would be one file with the contents of another.
      await writeFile(target, Buffer.from(data, 'base64'), { flag: 'wx', mode: executable ? 0o700 : 0o600 }).catch(refuse(path));
    }
    return await use(dir, await Promise.all(variables.map((one, at) => placed(join(root, String(at)), one))));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Files of values keep no more of their names than what says how they are written. */
async function placed(path: string, variable: UploadedVariable): Promise<VariableSource> {
  if (!('file' in variable)) return variable;
  const file = `${path}.tfvars${variable.file.endsWith('.json') ? '.json' : ''}`;
  await writeFile(file, Buffer.from(variable.data, 'base64'), { mode: 0o600 });
  return { file };
}

/** A path below the folder, or a refusal: it comes from the other side. */
function checked(path: string): string {
  const plain = posix.normalize(path);
  if (plain === path && !path.startsWith('/') && !path.startsWith('../') && path !== '..' && !/[\\\p{Cc}]/u.test(path))
    return path;
  throw new UserError('bad_path', `"${path.slice(0, 200)}" is not a path below the template's folder`);
}

const refuse =
  (path: string) =>
  (cause: unknown): never => {
    throw new UserError('bad_path', `"${path.slice(0, 200)}" cannot be written: it is sent twice, or is a folder too`, { cause });
  };
