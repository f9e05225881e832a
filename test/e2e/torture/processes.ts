import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export type Role = 'engine' | 'provider' | 'wrapper' | 'keeper' | 'other';

/** One process that works in a home's workspace folders. */
export interface Worker {
  readonly pid: number;
  readonly role: Role;
  /** Whether it belongs to an apply, as far as its arguments say. */
  readonly applying: boolean;
  readonly command: string;
}

const read = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
};

const link = (pid: number, name: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return '';
  }
};

const pids = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const isZombie = (pid: number): boolean => {
  const stat = read(pid, 'stat');
  return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
};

/** Everything that runs inside `folder` (engines, providers, wrappers, keepers, steps), found by its working folder. */
export function workersIn(folder: string): readonly Worker[] {
  return pids().flatMap((pid) => {
    if (!link(pid, 'cwd').startsWith(folder) || isZombie(pid)) return [];
    const words = read(pid, 'cmdline').split('\0');
    return [{ pid, role: roleOf(pid, words), applying: words.includes('apply'), command: words.join(' ').slice(0, 200) }];
  });
}

function roleOf(pid: number, words: readonly string[]): Role {
  const exe = basename(link(pid, 'exe').replace(/ \(deleted\)$/, ''));
  if (exe === 'terraform' || exe === 'tofu') return 'engine';
  if (exe.startsWith('terraform-provider-')) return 'provider';
  const text = words.join(' ');
  if (text.includes('/runs/')) return 'wrapper';
  return text.includes('terraform-provider-') ? 'keeper' : 'other';
}

/** Machines of the template: pids by workspace id, from their command line `... run BASE/ID`. */
export function machinesUnder(base: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const pid of pids()) {
    const words = read(pid, 'cmdline').split('\0');
    const folder = words[words.indexOf('run') + 1];
    if (!words.includes('run') || folder?.startsWith(`${base}/`) !== true || isZombie(pid)) continue;
    // A shell that is about to become `sleep` looks like the machine for a moment; the machine is the one without such a parent.
    const parent = Number(read(pid, 'stat').split(') ').at(-1)?.split(' ')[1]);
    if (read(parent, 'cmdline').split('\0').includes(folder) && read(parent, 'cmdline').includes('\0run\0')) continue;
    const id = basename(folder);
    found.set(id, [...(found.get(id) ?? []), pid]);
  }
  return found;
}

/** SIGKILL; false when it was gone already. */
export function killHard(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
