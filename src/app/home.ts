import { chmodSync, existsSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { StoreError, UserError, messageOf } from '../kit/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set to the empty string counts as not set. */
export const variable = (env: Environment, name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

/** The home folder of spec 3: `--home`, PREBUILDS_HOME, `$XDG_DATA_HOME/prebuilds`, `~/.local/share/prebuilds`. Touches nothing. */
export function resolveHome(option: string | undefined, env: Environment): string {
  if (option === '') throw new UserError('home_missing', '--home names no folder', { hint: 'give it a folder, or leave it out' });
  const named = option ?? variable(env, 'PREBUILDS_HOME');
  if (named !== undefined) return resolve(named);
  const data = variable(env, 'XDG_DATA_HOME');
  // The XDG specification asks to ignore relative paths.
  if (data !== undefined && isAbsolute(data)) return join(data, 'prebuilds');
  return join(variable(env, 'HOME') ?? homedir(), '.local', 'share', 'prebuilds');
}

const modeOf = (stats: Stats): string => (stats.mode & 0o777).toString(8).padStart(4, '0');

/** Makes the home (0700) when it is missing; UserError when it is no folder, or when others can enter it (spec 3). */
export function ensureHome(home: string): void {
  try {
    makeFolder(home);
  } catch (error) {
    throw new StoreError('home_unusable', `cannot make the home folder ${home}: ${messageOf(error)}`, {
      hint: 'name another one with --home or PREBUILDS_HOME',
      cause: error,
    });
  }
  const stats = statSync(home);
  if ((stats.mode & 0o077) !== 0) {
    throw new UserError('home_open', `home folder ${home} can be entered by others (mode ${modeOf(stats)})`, {
      hint: `whoever can write it is admin; run: chmod 700 ${home}`,
    });
  }
}

/** With its parents. Node's own `recursive` never returns where a folder exists and takes no new ones, as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw new Error('there is a file of this name');
  }
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !existsSync(path)) throw error;
  }
}

/** Takes the rights of others from a home that they can enter; says what was done, undefined when there was nothing to do. */
export function closeHome(home: string): string | undefined {
  const stats = statSync(home, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true || (stats.mode & 0o077) === 0) return undefined;
  chmodSync(home, 0o700);
  return `${home} could be entered by others (mode ${modeOf(stats)})`;
}

/** UserError unless only the owner can read the file, which holds credentials (spec 3, `env_file` 0600). */
export function requirePrivateFile(path: string, what: string): void {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    throw new UserError('env_file_missing', `${what} ${path} cannot be read: ${messageOf(error)}`, {
      hint: 'make the file, or remove the setting',
      cause: error,
    });
  }
  if ((stats.mode & 0o077) !== 0) {
    throw new UserError('env_file_open', `${what} ${path} can be read by others (mode ${modeOf(stats)})`, {
      hint: `run: chmod 600 ${path}`,
    });
  }
}
