import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { CLOCK_MOVES, type Home } from './home.ts';
import { killHard, workersIn, type Role, type Worker } from './processes.ts';
import type { Random } from './random.ts';

export const FAULTS = ['none', 'tool', 'engine', 'provider', 'wrapper', 'several', 'all', 'disk', 'store'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** `apply`: as soon as an engine has begun to make something, and then `afterMs`; else at `afterMs`. */
  readonly when: 'time' | 'apply';
  readonly afterMs: number;
  /** Offset of the tool's wall clock before and after the fault, in seconds; undefined = the clock is left alone. */
  readonly clock: readonly [number, number] | undefined;
}

/** What a fault hit. */
export interface Hit {
  readonly roles: readonly string[];
  /** Whether a process of an apply, or the machine it works on, was hit: then suspects are in order. */
  readonly engineSide: boolean;
}

const WEIGHTED: readonly FaultKind[] = [
  ...([
    'none',
    'tool',
    'tool',
    'tool',
    'tool',
    'engine',
    'engine',
    'engine',
    'provider',
    'provider',
    'wrapper',
    'wrapper',
  ] as const),
  ...(['several', 'several', 'all', 'disk', 'disk', 'store'] as const),
];
const HOUR = 3600;

export function planFault(home: Home, random: Random): Fault {
  const wanted = random.pick(WEIGHTED);
  const kind = wanted === 'disk' && !home.mounted ? 'all' : wanted;
  const clocked = CLOCK_MOVES && random.chance(0.35);
  const offsets = [0, HOUR, -HOUR];
  const when = random.chance(0.7) ? 'apply' : 'time';
  return {
    kind,
    when,
    afterMs: random.int(0, when === 'apply' ? 500 : 1500),
    clock: clocked ? [random.pick(offsets), random.pick(offsets)] : undefined,
  };
}

/** Waits for the moment and strikes. Returns what was hit; the world is whole again (disk, store, clock) when it returns. */
export async function strike(home: Home, fault: Fault, children: () => readonly ChildProcess[], random: Random): Promise<Hit> {
  if (fault.when === 'apply') await untilApplying(home, children);
  await pause(fault.afterMs);
  if (fault.clock !== undefined) home.setClock(fault.clock[1]);
  switch (fault.kind) {
    case 'none':
      return NOTHING;
    case 'disk':
      return fillDisk(home, random.int(500, 2500));
    case 'store':
      return lockStore(home, random.int(500, 4000));
    case 'tool':
      return { roles: killTools(children(), random.chance(0.3) ? 'all' : 1), engineSide: false };
    case 'engine':
    case 'provider':
    case 'wrapper':
      await untilThere(home, [fault.kind], children);
      return killRoles(home, [fault.kind], random);
    case 'several':
      await untilThere(home, ['engine'], children);
      return together(killRoles(home, ['engine', 'provider', 'wrapper'], random), killTools(children(), 1));
    case 'all':
      await untilThere(home, ['engine'], children);
      return together(killRoles(home, ['wrapper', 'engine', 'provider', 'keeper'], random, true), killTools(children(), 'all'));
  }
}

const NOTHING: Hit = { roles: [], engineSide: false };
const together = (hit: Hit, tools: readonly string[]): Hit => ({ ...hit, roles: [...hit.roles, ...tools] });

function killTools(children: readonly ChildProcess[], count: number | 'all'): readonly string[] {
  const alive = children.filter((child) => !isOver(child));
  return alive.slice(0, count === 'all' ? alive.length : count).flatMap((child) => (child.kill('SIGKILL') ? ['tool'] : []));
}

/** One process of each role, or every one. */
function killRoles(home: Home, roles: readonly Role[], random: Random, every = false): Hit {
  const workers = workersIn(join(home.path, 'workspaces'));
  const chosen = roles.flatMap((role) => choose(workers, role, random, every));
  const hit = chosen.filter(({ pid }) => killHard(pid));
  return { roles: hit.map(({ role, applying }) => (applying ? `${role} (apply)` : role)), engineSide: hit.length > 0 };
}

function choose(workers: readonly Worker[], role: Role, random: Random, every: boolean): readonly Worker[] {
  const found = workers.filter((worker) => worker.role === role);
  if (every || found.length === 0) return found;
  const applying = found.filter((worker) => worker.applying);
  return [random.pick(applying.length > 0 ? applying : found)];
}

/** Until there is something to hit; not longer than the commands of the round live. */
async function untilThere(home: Home, roles: readonly Role[], children: () => readonly ChildProcess[]): Promise<void> {
  const end = Date.now() + 8000;
  while (Date.now() < end && !(children().length > 0 && children().every(isOver))) {
    if (workersIn(join(home.path, 'workspaces')).some(({ role }) => roles.includes(role))) return;
    await pause(5);
  }
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Until some apply that still runs has started to make something; not longer than the commands of the round live. */
async function untilApplying(home: Home, children: () => readonly ChildProcess[]): Promise<void> {
  const end = Date.now() + 8000;
  while (Date.now() < end && !startedApply(home)) {
    if (children().length > 0 && children().every(isOver)) return;
    await pause(25);
  }
}

function startedApply(home: Home): boolean {
  const root = join(home.path, 'workspaces');
  if (!existsSync(root)) return false;
  return readdirSync(root).some((id) => {
    const runs = join(root, id, 'runs');
    const folders = existsSync(runs) ? readdirSync(runs).filter((name) => name.includes('-apply-')) : [];
    return folders.some((name) => {
      const folder = join(runs, name);
      return !existsSync(join(folder, 'exit')) && tryRead(join(folder, 'stdout')).includes('"type":"apply_start"');
    });
  });
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function fillDisk(home: Home, ms: number): Promise<Hit> {
  const filler = join(home.path, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'], { stdio: 'ignore' });
  spawnSync('dd', ['if=/dev/zero', `of=${filler}.small`, 'bs=512'], { stdio: 'ignore' });
  await pause(ms);
  for (const file of [filler, `${filler}.small`]) rmSync(file, { force: true });
  return { roles: ['disk'], engineSide: true };
}

async function lockStore(home: Home, ms: number): Promise<Hit> {
  const other = home.database();
  try {
    other.exec('begin immediate');
    await pause(ms);
    other.exec('rollback');
  } finally {
    other.close();
  }
  return { roles: ['store'], engineSide: false };
}
