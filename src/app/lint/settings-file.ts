import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../../kit/errors.ts';
import { NO_SETTINGS, type Settings } from '../../lint/settings-model.ts';

export const SETTINGS_FILE = '.prebuilds-lint.yaml';

/**
 * Settings of template folders: the nearest `.prebuilds-lint.yaml` at or above the folder, not above the root of its repository, with what
 * it extends. Files are read once; the YAML reader is loaded only when there is a file. UserError for what is wrong in one.
 */
export function createSettingsReader(): (dir: string) => Promise<Settings> {
  const known = new Map<string, Promise<Settings>>();
  return (dir) => {
    const file = findUpwards(resolve(dir));
    if (file === undefined) return Promise.resolve(NO_SETTINGS);
    const settings = known.get(file) ?? readSettings(file);
    known.set(file, settings);
    return settings;
  };
}

function findUpwards(dir: string): string | undefined {
  const file = join(dir, SETTINGS_FILE);
  if (existsSync(file)) return file;
  const above = dirname(dir);
  return above === dir || existsSync(join(dir, '.git')) ? undefined : findUpwards(above);
}

async function readSettings(file: string): Promise<Settings> {
  const { extendedFiles, mergeSettings, parseSettings } = await import('../../lint/settings.ts');
  type Layer = Parameters<typeof mergeSettings>[0][number];
  /** What a file builds on comes before it. */
  const layers = (path: string, from: readonly string[]): readonly Layer[] => {
    if (from.includes(path)) {
      throw new UserError('settings_circle', `${path} extends itself: ${[...from, path].join(' -> ')}`, {
        hint: 'remove one of the `extends`',
      });
    }
    const content = parseSettings(readText(path, from.at(-1)), path);
    const folder = dirname(path);
    return [...extendedFiles(content).flatMap((one) => layers(resolve(folder, one), [...from, path])), { folder, content }];
  };
  return mergeSettings(layers(file, []));
}

function readText(path: string, extendedBy: string | undefined): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('settings_unreadable', `settings file ${path} cannot be read: ${messageOf(error)}`, {
      hint: extendedBy === undefined ? 'correct its permissions' : `correct \`extends\` of ${extendedBy}`,
      cause: error,
    });
  }
}

/** The nearest folder at or above `dir` that holds `.git`, else undefined. */
export function repositoryRoot(dir: string): string | undefined {
  if (existsSync(join(dir, '.git'))) return dir;
  const above = dirname(dir);
  return above === dir ? undefined : repositoryRoot(above);
}
