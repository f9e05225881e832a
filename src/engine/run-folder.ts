import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../kit/errors.ts';
import { bootId } from '../kit/process.ts';
import type { Diagnostic, RunSpec } from './engine.ts';
import { errorText } from './commands.ts';
import { parseStat, type ProcessStat } from './processes.ts';

/** Files of a run folder. Only the wrapper writes `wrapper`, `engine` and `exit`; only the tool writes the rest. */
export const runFiles = (folder: string) => ({
  intent: join(folder, 'intent.json'),
  stdout: join(folder, 'stdout'),
  stderr: join(folder, 'stderr'),
  /** The wrapper's line of /proc/self/stat: its identity. */
  wrapper: join(folder, 'wrapper'),
  /** The same of the engine, written by the process that then becomes the engine. */
  engine: join(folder, 'engine'),
  exit: join(folder, 'exit'),
  lock: join(folder, 'lock'),
  /** Somebody sent the engine its one SIGINT. */
  interrupted: join(folder, 'interrupted'),
  /** Written before a SIGKILL: what this run made may be known to no state (engine-crash 10). */
  unclean: join(folder, 'unclean'),
});

/** What a run is, on disk before anything is started (engine-crash rule 1). */
export interface RunIntent {
  readonly format: 1;
  readonly runId: string;
  readonly bootId: string;
  readonly engine: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly createdAt: number;
}

/** Makes the run folder (0700) and writes the intent: temporary name, fsync, rename. A folder is used once; a second use is refused. */
export async function prepareRunFolder(spec: RunSpec, now: number): Promise<void> {
  const files = runFiles(spec.folder);
  await mkdir(spec.folder, { recursive: true, mode: 0o700 });
  if (existsSync(files.intent)) throw new EngineError('run_exists', `run ${spec.runId} was started before: ${spec.folder}`);
  const intent: RunIntent = {
    format: 1,
    runId: spec.runId,
    bootId: bootId(),
    engine: spec.engine.path,
    args: spec.args,
    cwd: spec.cwd,
    createdAt: now,
  };
  const file = await open(`${files.intent}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(intent));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${files.intent}.tmp`, files.intent);
}

/** The intent of a run; undefined when there is none, or an unreadable one. */
export function readIntent(folder: string): RunIntent | undefined {
  const text = readIfThere(runFiles(folder).intent);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as RunIntent);
  } catch {
    return undefined;
  }
}

/** Exit code of the engine; undefined as long as (or for ever if) there is no complete `exit` file. */
export function readExit(folder: string): number | undefined {
  const text = readIfThere(runFiles(folder).exit)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Identity of the wrapper or the engine as they wrote it themselves; undefined before they did. */
export function readIdentity(folder: string, who: 'wrapper' | 'engine'): ProcessStat | undefined {
  const text = readIfThere(runFiles(folder)[who]);
  return text === undefined ? undefined : parseStat(text);
}

/** Creates a marker file; false when it was there already. */
export function markOnce(path: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** About the engine's own files; a resource that says so names itself, and then it is some other disk. */
const noSpace = (text: string): boolean =>
  text.split('\n').some((line) => /no space left on device/i.test(line) && !line.includes('"address":"'));

/**
 * Whether lines of the engine's output may be missing, because the disk was full when they were written (engine-crash 6): the run says so
 * itself, its last line is cut, it failed without a word, or not even its end could be written. What such a run did not say may
 * have happened all the same.
 */
export function outputIsCut(folder: string): boolean {
  const files = runFiles(folder);
  const stdout = readIfThere(files.stdout);
  const exit = readExit(folder);
  // The file is there before the process is: without it nothing was ever started.
  if (stdout === undefined) return exit !== undefined;
  if (noSpace(stdout)) return true;
  // A wrapper that was killed leaves nothing at all, or a complete line.
  if (exit === undefined) return statSync(`${files.exit}.tmp`, { throwIfNoEntry: false })?.size === 0;
  // What a signal ended is cut off wherever it was; what was written until then is there.
  if (exit === 0 || exit > 128) return false;
  const stderr = readIfThere(files.stderr) ?? '';
  const spoke = stdout.includes('"@level":"error"') || stderr.trim() !== '';
  return !spoke || !/(?:^|\n)$/.test(stdout) || noSpace(stderr);
}

/** Milliseconds between intent and exit, from the files' own times; 0 when one is missing. */
export function recordedDuration(folder: string): number {
  const files = runFiles(folder);
  const from = statSync(files.intent, { throwIfNoEntry: false })?.mtimeMs;
  const to = statSync(files.exit, { throwIfNoEntry: false })?.mtimeMs;
  return from === undefined || to === undefined ? 0 : Math.max(0, Math.round(to - from));
}

/** An engine that refuses its arguments says so in plain text only; made into a diagnostic so that nobody has to look in two places. */
export function diagnosticOfStderr(folder: string): Diagnostic | undefined {
  const text = readIfThere(runFiles(folder).stderr)?.slice(-16_384);
  const summary = text === undefined ? undefined : (errorText(text) ?? text.trim().split('\n').at(-1));
  if (summary === undefined || summary === '') return undefined;
  return { severity: 'error', summary, detail: '', address: undefined, file: undefined, line: undefined, column: undefined };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
