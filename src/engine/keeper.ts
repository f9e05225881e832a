import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { kill, statOf } from './processes.ts';

/** A socket's path may have 107 bytes; the folder has to leave room for the name (provider-sessions 8). */
const MAX_SOCKET_FOLDER = 89;

/**
 * Keeps the providers of a session: starts them, says their pids, and ends them when nobody holds the other end of its input any more, which
 * is this process and the wrappers of running engines. Whoever is killed how, providers end after the last of them and never before
 * (provider-sessions 10). `read` costs no process, and nobody ever writes; bash's gives up after TMOUT, which many hosts set. The providers
 * come first, since they get the environment that the engine has: hence also the names.
 */
export const KEEPER = `umask 077
pb_folder=$1
pb_pids=
pb_number=0
shift
for pb_binary; do
  "$pb_binary" </dev/null >"$pb_folder/$pb_number.out" 2>"$pb_folder/$pb_number.err" &
  echo $! >"$pb_folder/$pb_number.pid"
  pb_pids="$pb_pids $!"
  pb_number=$((pb_number + 1))
done
unset TMOUT
trap '' HUP INT TERM
while read -r _; do :; done
kill -9 $pb_pids
wait
exec rm -rf "$pb_folder"`;

/** The keeper of one session's providers; a provider is known by its place in the list. */
export interface Keeper {
  readonly hasEnded: () => boolean;
  /** undefined = it was not started yet. */
  readonly pid: (provider: number) => number | undefined;
  /** What it has written so far. */
  readonly output: (provider: number, stream: 'out' | 'err') => string;
  /** Our end of its input; Node destroys it when the keeper ends. Destroyed, never ended, since an end would be one for every holder. */
  readonly hold: Writable;
  /** Lets go, when no run needs the providers any more. */
  readonly close: () => void;
}

/**
 * Starts these executables, each with `env`, in `cwd` and with its sockets in a private folder. What a keeper that ends before its time leaves behind
 * goes with `close`. Throws when there is no room for another process or folder.
 */
export async function startKeeper(
  providers: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Keeper> {
  const root = sessionRoot();
  try {
    const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', root, ...providers], {
      cwd,
      env: { ...env, PLUGIN_UNIX_SOCKET_DIR: root },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Only then there is an input to listen to: without free descriptors Node makes none.
    await once(keeper, 'spawn');
    keeper.stdin.on('error', () => undefined);
    keeper.unref();
    return toKeeper(keeper, root, providers.length);
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

function toKeeper(keeper: ChildProcessByStdio<Writable, null, null>, root: string, providers: number): Keeper {
  const hold = keeper.stdin;
  const hasEnded = () => keeper.exitCode !== null || keeper.signalCode !== null;
  let closed = false;
  keeper.once('exit', () => {
    if (closed) sweep(root, providers);
  });
  return {
    hasEnded,
    pid: (provider) => pidOf(root, provider),
    output: (provider, stream) => read(join(root, `${String(provider)}.${stream}`)),
    hold,
    close: () => {
      closed = true;
      hold.destroy();
      if (hasEnded()) sweep(root, providers);
    },
  };
}

/** Does what a keeper that was killed, or could not start all providers, did not do itself. */
function sweep(root: string, providers: number): void {
  if (!existsSync(root)) return;
  for (let provider = 0; provider < providers; provider += 1) {
    const stat = statOf(pidOf(root, provider) ?? 0);
    if (stat !== undefined) kill(stat, 'SIGKILL');
  }
  rmSync(root, { recursive: true, force: true });
}

/** A private folder (0700) with a short name. */
function sessionRoot(): string {
  for (const base of [tmpdir(), '/tmp']) {
    if (join(base, 'pb-XXXXXX').length <= MAX_SOCKET_FOLDER) return mkdtempSync(join(base, 'pb-'));
  }
  throw new Error('no folder with a name short enough for sockets');
}

function pidOf(root: string, provider: number): number | undefined {
  const pid = Number.parseInt(read(join(root, `${String(provider)}.pid`)), 10);
  return Number.isNaN(pid) ? undefined : pid;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
