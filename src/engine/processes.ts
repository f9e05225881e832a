import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

/** Name of the variable that marks everything a run started, by its run id. */
export const RUN_MARKER = 'PREBUILDS_RUN';

/** What is needed of a line of /proc/PID/stat. */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly session: number;
  readonly startTicks: number;
}

/** A process of a run that still lives, and what it is to the run. */
export interface Survivor {
  readonly pid: number;
  readonly startTicks: number;
  readonly role: 'wrapper' | 'engine' | 'provider' | 'step';
}

export interface RunTraits {
  readonly runId: string;
  readonly folder: string;
  readonly engine: string;
  /** Session of the run; undefined when its wrapper never wrote its identity. */
  readonly session: number | undefined;
}

/** Reads a stat line; the name in it may hold blanks and parentheses, so fields count from the last parenthesis. */
export function parseStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(end + 2).split(' ');
  const [state, session, startTicks] = [fields[0], Number(fields[3]), Number(fields[19])];
  if (end < 0 || state === undefined || ![pid, session, startTicks].every(Number.isInteger)) return undefined;
  return { pid, state, session, startTicks };
}

/** The process as it is now; undefined when it is gone or only waits to be reaped. */
export function statOf(pid: number): ProcessStat | undefined {
  const text = readProc(pid, 'stat');
  const stat = text === undefined ? undefined : parseStat(text);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat;
}

/** Whether exactly this process lives (pids are reused, start times are not). */
export const lives = (who: Pick<ProcessStat, 'pid' | 'startTicks'>): boolean => statOf(who.pid)?.startTicks === who.startTicks;

/**
 * Processes that still belong to a run: marked by it, and by executable, session or parentage part of it (engine.md 4). A daemon that a
 * template started on purpose carries the marker and the lock's descriptor too, but it is none of these: it left the session, or it
 * no longer writes into the engine's pipe.
 */
export function survivorsOf(run: RunTraits): readonly Survivor[] {
  const enginePath = resolved(run.engine);
  return allPids().flatMap((pid) => {
    if (pid === process.pid || !isMarked(pid, run.runId)) return [];
    const stat = statOf(pid);
    const role = stat === undefined ? undefined : roleOf(stat, run, enginePath);
    return stat === undefined || role === undefined ? [] : [{ pid, startTicks: stat.startTicks, role }];
  });
}

function roleOf(stat: ProcessStat, run: RunTraits, enginePath: string): Survivor['role'] | undefined {
  const exe = link(stat.pid, 'exe');
  if (exe === enginePath) return 'engine';
  if (exe !== undefined && basename(exe).startsWith('terraform-provider-')) return 'provider';
  if (readProc(stat.pid, 'cmdline')?.split('\0').includes(run.folder) === true) return 'wrapper';
  const isStep =
    stat.session === run.session && [1, 2].some((fd) => link(stat.pid, `fd/${String(fd)}`)?.startsWith('pipe:') === true);
  return isStep ? 'step' : undefined;
}

/** SIGKILL to exactly this process; a process that is gone is fine. */
export function kill(who: Pick<ProcessStat, 'pid' | 'startTicks'>, signal: 'SIGINT' | 'SIGKILL'): boolean {
  if (!lives(who)) return false;
  try {
    process.kill(who.pid, signal);
    return true;
  } catch {
    return false;
  }
}

function allPids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function isMarked(pid: number, runId: string): boolean {
  return readProc(pid, 'environ')?.split('\0').includes(`${RUN_MARKER}=${runId}`) === true;
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

function link(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${String(pid)}/${name}`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
