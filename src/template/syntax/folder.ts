import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../kit/errors.ts';
import type { ParsedFile, SyntaxParser, SyntaxProblem } from './ast.ts';
import { relativePath } from './content.ts';
import { positionsOf } from './positions.ts';

/** Names of the configuration files of one folder, each list in the engine's order. */
export interface FolderFiles {
  readonly primary: readonly string[];
  readonly overrides: readonly string[];
  /** Later ones win. */
  readonly variables: readonly string[];
}

const CONFIGURATION = /\.(?:tf|tofu)(?:\.json)?$/;
const TEST = /\.tftest\.hcl$|\.tofutest\.hcl$/;

/** Whether a file name is one of a configuration file; those of OpenTofu only with `tofu`. */
const isConfiguration = (name: string, tofu: boolean): boolean =>
  CONFIGURATION.test(name) && !TEST.test(name) && (tofu || !/\.tofu(?:\.json)?$/.test(name));

/**
 * Sorts the files of a folder. Hidden files and those of editors do not count; with `tofu` a `.tofu` file stands for the `.tf` file of
 * the same name. Throws what the file system says when the folder cannot be read.
 */
export async function folderFiles(dir: string, tofu: boolean): Promise<FolderFiles> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !/^\.|~$|^#.*#$/.test(entry.name))
    .map(({ name }) => name)
    .sort(compareBytes);
  const all = new Set(names);
  const used = names.filter(
    (name) =>
      isConfiguration(name, tofu) && !(tofu && all.has(name.replace(/\.tf(\.json)?$/, '.tofu$1')) && /\.tf(\.json)?$/.test(name)),
  );
  const isOverride = (name: string): boolean => /^(?:.*_)?override\.(?:tf|tofu)(?:\.json)?$/.test(name);
  return {
    primary: used.filter((name) => !isOverride(name)),
    overrides: used.filter(isOverride),
    variables: [
      ...names.filter((name) => name === 'terraform.tfvars'),
      ...names.filter((name) => name === 'terraform.tfvars.json'),
      ...names.filter((name) => /\.auto\.tfvars(?:\.json)?$/.test(name)),
    ],
  };
}

/** As the engine sorts file names. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** No configuration is longer; the time for reading grows with it. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads and parses one file. What cannot be read is a file without content and with a problem. */
export async function readSyntax(root: string, path: string, parser: SyntaxParser): Promise<ParsedFile> {
  const name = relativePath(root, path);
  const nothing = (message: string): ParsedFile => {
    const range = positionsOf(name, '').range(0, 0);
    const body = { attributes: [], blocks: [], range };
    return { path: name, text: '', json: name.endsWith('.json'), body, comments: [], problems: [{ message, range }] };
  };
  try {
    const stats = await stat(path);
    if (!stats.isFile()) return nothing('this is not a regular file');
    if (stats.size > MAX_BYTES) return nothing('this file is longer than 16 MiB');
    const bytes = await readFile(path);
    const parsed = parser.parseFile(name, bytes.toString('utf8'));
    if (isUtf8(bytes)) return parsed;
    const problem: SyntaxProblem = { message: 'this file is not in UTF-8', range: parsed.body.range };
    return { ...parsed, problems: [problem, ...parsed.problems] };
  } catch (error) {
    return nothing(`this file cannot be read: ${reasonOf(error)}`);
  }
}

/** What the file system says, without the path. */
export const reasonOf = (error: unknown): string => messageOf(error).replace(/, [a-z]+(?: '.*')?$/s, '');

export const inFolder = (dir: string, names: readonly string[]): readonly string[] => names.map((name) => join(dir, name));
