import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Home } from './home.ts';
import { killHard, machinesUnder, workersIn } from './processes.ts';
import { allWorkspaces, openSuspects, ownedWorkspaces, type SuspectFacts } from './rows.ts';

const MOST_CALLS = 12;

interface Report {
  readonly created: number;
  readonly deleted: number;
  readonly failed: number;
  readonly canceled: number;
  readonly repaired: number;
}

/** Calls `reconcile` until it has nothing left to do. Returns what is wrong if that does not come. */
export async function settle(home: Home): Promise<readonly string[]> {
  for (let call = 0; call < MOST_CALLS; call += 1) {
    forgetDeleteWaits(home);
    const answer = await home.run(['reconcile', '--json']);
    if (answer.code !== 0 && answer.code !== 3) return [`reconcile after the round: ${said(answer)}`];
    const { created, deleted, failed, canceled, repaired } = JSON.parse(answer.stdout) as Report;
    if (created + deleted + failed + canceled + repaired === 0) return [];
  }
  return [`no rest after ${MOST_CALLS} calls of reconcile`];
}

export const said = (answer: { args: readonly string[]; code: number | undefined; stderr: string }): string =>
  `prebuilds ${answer.args.join(' ')} exited ${answer.code ?? 'by a signal'}: ${answer.stderr.trim().slice(-600)}`;

/** A destroy that failed waits at least a minute before it is tried again: here that minute is over at once. Nothing runs now. */
function forgetDeleteWaits(home: Home): void {
  const db = home.database();
  db.exec(`update workspace set next_try_at = 0 where phase = 'deleting'
           and not exists (select 1 from suspect s where s.workspace_id = workspace.id and s.state = 'open')`);
  db.close();
}

/**
 * Does what a person does with the list of suspects: looks for the real thing, ends it, says so (`delete --force`). Failed workspaces of
 * people are deleted too. Returns the suspects there were.
 */
export async function resolve(home: Home): Promise<{ suspects: readonly SuspectFacts[]; problems: readonly string[] }> {
  const suspects = openSuspects(home);
  const problems: string[] = [];
  const listed = new Set(suspects.map((one) => one.workspaceId));
  const broken = new Set(ownedWorkspaces(home).flatMap((row) => (row.phase === 'failed' ? [row.id] : [])));
  const waiting = allWorkspaces(home)
    .filter((row) => row.phase === 'deleting')
    .map((row) => row.id);
  for (const row of allWorkspaces(home)) {
    if (row.phase === 'deleted' || !(listed.has(row.id) || broken.has(row.id) || waiting.includes(row.id))) continue;
    if (listed.has(row.id)) (machinesUnder(home.machines).get(row.id) ?? []).forEach(killHard);
    const answer = await home.run(['delete', `${row.owner}/${row.name}`, '--force', '--yes']);
    if (answer.code !== 0) problems.push(said(answer));
  }
  return { suspects, problems };
}

/** Providers end a moment after the last engine. Returns those that do not. */
export async function leftWorkers(home: Home, withinMs = 8000): Promise<readonly string[]> {
  const end = Date.now() + withinMs;
  for (;;) {
    const left = workersIn(join(home.path, 'workspaces'));
    if (left.length === 0 || Date.now() > end) return left.map(({ pid, role, command }) => `${role} ${pid}: ${command}`);
    await pause(100);
  }
}
