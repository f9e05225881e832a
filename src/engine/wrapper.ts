import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { EngineError, messageOf } from '../kit/errors.ts';
import { findOnPath } from './discover.ts';
import type { RunSpec } from './engine.ts';
import { RUN_MARKER } from './processes.ts';
import { runFiles } from './run-folder.ts';

/**
 * The run's wrapper (SM R2). It outlives signals meant for the engine (the traps are reset in the engine's own shell), gives the engine no
 * copy of descriptor 3, which keeps a session's providers alive, and says how it ended by rename. `exec mv` makes the rename its last act.
 */
const WRAPPER = `umask 077
f=$1
shift
trap : INT TERM HUP
{ read -r s </proc/self/stat && echo "$s" >"$f/wrapper"; } 2>/dev/null
( { read -r s </proc/self/stat && echo "$s" >"$f/engine"; } 2>/dev/null; exec "$@" ) 3>&-
c=$?
echo "$c" >"$f/exit.tmp" && exec mv -f "$f/exit.tmp" "$f/exit"`;

/** Exit code of `flock` when somebody else holds the lock. */
export const LOCK_BUSY = 75;

/** util-linux's flock; undefined where it is missing (busybox's knows no -E), then runs go without it. */
export function findFlock(path: string | undefined): string | undefined {
  const found = findOnPath('flock', `${path ?? ''}:/usr/bin:/bin`);
  if (found === undefined) return undefined;
  return basename(realpathSync(found)) === 'busybox' ? undefined : found;
}

/** Environment of a run: the operation's, the marker, and the session's map if there is one. */
function runEnvironment(spec: RunSpec): Record<string, string> {
  const session = spec.session === undefined ? {} : { TF_REATTACH_PROVIDERS: spec.session.reattach };
  return { ...spec.env, ...session, [RUN_MARKER]: spec.runId };
}

/** What keeps the providers alive; a session whose keeper has just ended has nothing to hold, and its run fails like one with dead providers. */
const holdOf = ({ session }: RunSpec) => (session?.hold.destroyed === true ? undefined : session?.hold);

/**
 * Starts wrapper and engine in a session of their own, with files for output and nothing on stdin: a pipe would kill the engine when this
 * process dies (engine-crash 3). Throws EngineError run_not_started.
 */
export async function startWrapper(spec: RunSpec, flock: string | undefined): Promise<ChildProcess> {
  const files = runFiles(spec.folder);
  const shell = ['/bin/sh', '-c', WRAPPER, 'sh', spec.folder, spec.engine.path, ...spec.args];
  const [file = '', ...args] = flock === undefined ? shell : [flock, '-n', '-E', String(LOCK_BUSY), files.lock, ...shell];
  const stdout = openSync(files.stdout, 'a', 0o600);
  const stderr = openSync(files.stderr, 'a', 0o600);
  try {
    // Descriptor 3 is always given, so that the lock's own descriptor never gets that number and is closed for the engine.
    const stdio = ['ignore', stdout, stderr, holdOf(spec) ?? 'ignore'] as const;
    const child = spawn(file, args, { cwd: spec.cwd, env: runEnvironment(spec), detached: true, stdio: [...stdio] });
    await once(child, 'spawn');
    child.unref();
    return child;
  } catch (error) {
    throw new EngineError('run_not_started', `${spec.engine.kind} could not be started in ${spec.cwd}: ${messageOf(error)}`, {
      hint: 'check that the folder exists and that the machine has free processes and descriptors',
      cause: error,
    });
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}
