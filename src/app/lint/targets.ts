import { realpathSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { UserError } from '../../kit/errors.ts';
import { findTemplates } from '../../template/syntax/load.ts';
import { joined } from '../../lint/formats/text-tools.ts';
import type { Target } from './check.ts';
import type { LintRequest } from './request.ts';
import { createSettingsReader } from './settings-file.ts';

/**
 * The template folders of a request, each once, in the order in which they were named; those that the settings ignore are counted only.
 * UserError: a folder that is missing or a file, nothing found, settings that are wrong.
 */
export async function targetsOf(
  request: LintRequest,
): Promise<{ readonly targets: readonly Target[]; readonly ignored: number }> {
  const settingsOf = createSettingsReader();
  const targets = new Map<string, Target>();
  let ignored = 0;
  for (const named of request.dirs.length === 0 ? ['.'] : request.dirs) {
    const root = folder(named, request.cwd);
    const found = request.recursive ? await findTemplates(root) : [root];
    if (found.length === 0) {
      throw new UserError('no_template', `no template was found below ${named}`, {
        hint: 'a template has a coder_agent or a coder_workspace_preset',
      });
    }
    for (const one of found) {
      const dir = realpathSync(resolve(root, one));
      const settings = await settingsOf(dir);
      if (settings.ignores(dir)) ignored += 1;
      else if (!targets.has(dir)) targets.set(dir, { shown: shownAs(named, root, dir), dir, settings });
    }
  }
  return { targets: [...targets.values()], ignored };
}

function folder(named: string, cwd: string): string {
  const dir = resolve(cwd, named);
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new UserError('template_missing', `template folder ${named} does not exist`, { hint: 'check the path' });
  if (!stats.isDirectory()) {
    throw new UserError('template_not_a_folder', `${named} is a file, not a template folder`, {
      hint: 'give the folder that holds it',
    });
  }
  return realpathSync(dir);
}

/** The folder below what the user named, with `/`. */
function shownAs(named: string, root: string, dir: string): string {
  const below = relative(root, dir).split(sep).join('/');
  const start = named.split(sep).join('/');
  return joined(start === '' ? '.' : start, below) || '.';
}

/** A file of a template as the user would name it. */
export const shownFile = ({ shown, dir }: Target, path: string): string =>
  joined(shown, relative(dir, path).split(sep).join('/'));

/** A file as a diff names it: relative to the working directory where it lies below it, else without its leading slash. */
export function patchFile(path: string, cwd: string): string {
  const below = relative(cwd, path).split(sep).join('/');
  return below.startsWith('../') ? path.split(sep).join('/').replace(/^\/+/, '') : below;
}
