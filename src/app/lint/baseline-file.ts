import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../../kit/errors.ts';
import { baselineText, parseBaseline, type BaselineEntry } from '../../lint/baseline.ts';
import type { TemplateReport } from '../../lint/model.ts';
import { replaceFile } from './fix.ts';

/** A baseline file: what it says, and how templates are named in it. */
export interface BaselineFile {
  readonly path: string;
  readonly entries: readonly BaselineEntry[];
  /** Name of a template folder (absolute, links resolved): relative to the folder of the file, with `/`. */
  readonly nameOf: (dir: string) => string;
}

/** Opens a baseline. UserError when it is missing, unless it is about to be written, or cannot be read. */
export function openBaseline(named: string, cwd: string, mayBeMissing: boolean): BaselineFile {
  const path = resolve(cwd, named);
  const folder = existsSync(dirname(path)) ? realpathSync(dirname(path)) : undefined;
  const exists = existsSync(path);
  if (folder === undefined || (!exists && !mayBeMissing)) {
    throw new UserError('baseline_missing', `baseline ${named} does not exist`, { hint: 'write it with --update-baseline' });
  }
  return {
    path,
    entries: exists ? parseBaseline(readFileSync(path, 'utf8'), named) : [],
    nameOf: (dir) => relative(folder, dir).split(sep).join('/') || '.',
  };
}

/** Writes what is found now; nothing when the file says it already. Returns whether it wrote. */
export function updateBaseline(
  file: BaselineFile,
  reports: readonly { readonly dir: string; readonly report: TemplateReport }[],
): boolean {
  const named = reports.map(({ dir, report }) => ({ name: file.nameOf(dir), report }));
  const text = baselineText(named, file.entries);
  if (existsSync(file.path) && readFileSync(file.path, 'utf8') === text) return false;
  replaceFile(file.path, text);
  return true;
}
