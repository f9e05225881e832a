import type { StateFacts } from '../workspace/deps.ts';
import type { KeepDeps } from './collect.ts';
import { discard, findLeftovers, putAside, type Leftover } from './folders.ts';
import { findOpenModes, closeModes } from './modes.ts';
import { findLostStates } from './states.ts';

/** Something that `doctor` finds in a home, and what would put it right. */
export interface Ailment {
  readonly level: 'warning' | 'problem';
  readonly topic: string;
  readonly message: string;
  readonly remedy: string;
  /** Absent where only a person can know. */
  readonly repair?: (() => Promise<unknown>) | undefined;
}

export interface AilmentDeps extends KeepDeps {
  readonly readState: (path: string) => StateFacts;
  readonly isRunAlive: (folder: string) => boolean;
  /** Whether an apply began to work, or its stream is gone. */
  readonly touchedAnything: (folder: string) => boolean;
  /** Folders that killed pushes left, and their removal. */
  readonly staleStaging: () => Promise<readonly string[]>;
  readonly sweepStaging: () => Promise<unknown>;
}

const REPAIR = 'run `prebuilds doctor --repair`';
const SHOWN = 3;

/** Up to three of the names, and how many more. */
const some = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ` and ${String(names.length - SHOWN)} more` : '');

/** Everything that is not in order, in the order in which it is best repaired. */
export async function findAilments(deps: AilmentDeps): Promise<readonly Ailment[]> {
  const found: Ailment[] = [];
  for (const look of [integrity, modes, lostStates, forgottenRuns, staleHolds, staging, leftovers])
    found.push(...(await look(deps)));
  return found;
}

async function integrity({ store }: AilmentDeps): Promise<readonly Ailment[]> {
  return (await store.integrityProblems()).map((message) => ({
    level: 'problem',
    topic: 'store',
    message,
    remedy: 'stop everything that uses this home, then `prebuilds restore` the newest backup into a new one',
  }));
}

async function modes({ home }: AilmentDeps): Promise<readonly Ailment[]> {
  const open = await findOpenModes(home);
  if (open.length === 0) return [];
  const message = `others may read or write ${some(open)}`;
  return [{ level: 'problem', topic: 'modes', message, remedy: REPAIR, repair: () => closeModes(open) }];
}

async function lostStates(deps: AilmentDeps): Promise<readonly Ailment[]> {
  return (await findLostStates(deps)).map(({ name, kind, copy, mend }) => {
    const message = `the state of ${name} is ${kind}`;
    if (copy === undefined)
      return {
        level: 'problem',
        topic: 'state',
        message: `${message}, and there is no copy of it`,
        remedy: 'put the file back from a backup; deleting the workspace lists what it was made of',
      };
    return { level: 'problem', topic: 'state', message, remedy: `${REPAIR}: it restores ${copy}`, repair: mend };
  });
}

async function forgottenRuns({ store, isRunAlive }: AilmentDeps): Promise<readonly Ailment[]> {
  const runs = await store.forgottenRuns();
  const over = runs.filter((run) => !isRunAlive(run.folder));
  const alive = runs.filter((run) => !over.includes(run));
  return [
    ...alive.map(({ folder }): Ailment => {
      const message = `an engine of a build that has ended still works: ${folder}`;
      return { level: 'warning', topic: 'runs', message, remedy: 'wait for its end, then run this again' };
    }),
    ...(over.length === 0
      ? []
      : [
          {
            level: 'warning',
            topic: 'runs',
            message: `${String(over.length)} runs of builds that have ended were never read`,
            remedy: REPAIR,
            repair: async () => {
              for (const { id } of over) await store.consumeRun(id, undefined);
            },
          } as const,
        ]),
  ];
}

async function staleHolds({ store }: AilmentDeps): Promise<readonly Ailment[]> {
  const holds = await store.staleHolds();
  if (holds.length === 0) return [];
  const message = `${String(holds.length)} quota holds belong to no build and no claim`;
  return [{ level: 'warning', topic: 'quota', message, remedy: REPAIR, repair: () => store.dropStaleHolds() }];
}

async function staging({ staleStaging, sweepStaging }: AilmentDeps): Promise<readonly Ailment[]> {
  const stale = await staleStaging();
  if (stale.length === 0) return [];
  const message = `killed pushes left ${some(stale)}`;
  return [{ level: 'warning', topic: 'staging', message, remedy: REPAIR, repair: sweepStaging }];
}

const WHAT: Readonly<Record<Exclude<Leftover['kind'], 'orphan-workspace'>, string>> = {
  trash: 'unfinished removals in trash/',
  version: 'folders of versions that are gone',
  workspace: 'folders of deleted workspaces',
  scratch: 'working folders of killed commands',
  'orphan-version': 'version folders that no row knows (a repair puts them into trash/ for a week)',
};

async function leftovers(deps: AilmentDeps): Promise<readonly Ailment[]> {
  const { home, store, clock } = deps;
  const found = await findLeftovers(home, store, clock.now());
  const ailments = (Object.keys(WHAT) as (keyof typeof WHAT)[]).flatMap((kind): Ailment[] => {
    const mine = found.filter((one) => one.kind === kind);
    if (mine.length === 0) return [];
    const repair = async () => {
      for (const one of mine) await (kind === 'orphan-version' ? putAside(home, one, clock.now()) : discard(home, one));
    };
    const message = `${WHAT[kind]}: ${some(mine.map((one) => one.path))}`;
    return [{ level: 'warning', topic: 'folders', message, remedy: REPAIR, repair }];
  });
  return [...ailments, ...found.filter(({ kind }) => kind === 'orphan-workspace').map((one) => orphan(deps, one))];
}

/** A folder without a row whose state knows real objects may be the last to know them: no repair touches it (spec, promise 1). */
function orphan({ home, clock, readState }: AilmentDeps, leftover: Leftover): Ailment {
  const state = readState(`${leftover.path}/work/terraform.tfstate`);
  const objects = state.kind === 'ok' ? state.resources.filter((one) => one.mode === 'managed') : [];
  const what = `folder ${leftover.path} belongs to no workspace`;
  if (objects.length > 0 || state.kind === 'torn') {
    const known = state.kind === 'torn' ? 'a state that cannot be read' : `a state of ${String(objects.length)} objects`;
    return {
      level: 'problem',
      topic: 'folders',
      message: `${what} and has ${known}`,
      remedy: 'destroy them with the engine in its work/ folder, then remove it',
    };
  }
  const remedy = `${REPAIR}: it is put into trash/ for a week`;
  return { level: 'warning', topic: 'folders', message: what, remedy, repair: () => putAside(home, leftover, clock.now()) };
}
