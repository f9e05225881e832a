import { setTimeout as pause } from 'node:timers/promises';
import { planActions, type Action } from './actions.ts';
import { planFault, strike, type Fault, type Hit } from './faults.ts';
import type { Ended, Home, Started } from './home.ts';
import { breaches, unexplainedSuspects } from './invariants.ts';
import type { Random } from './random.ts';
import { leftWorkers, resolve, said, settle } from './rest.ts';
import { allWorkspaces } from './rows.ts';

export interface RoundResult {
  readonly actions: readonly Action[];
  readonly fault: Fault;
  readonly hit: Hit;
  readonly suspects: number;
  readonly answers: readonly Ended[];
  readonly problems: readonly string[];
  readonly ms: number;
}

/** Commands that overlap, one fault among them, then rest, then everything is looked at. */
export async function playRound(home: Home, random: Random, round: number): Promise<RoundResult> {
  const startedAt = Date.now();
  const actions = planActions(home, random, round);
  const fault = planFault(home, random);
  home.setClock(fault.clock?.[0] ?? 0);
  const started: Started[] = [];
  const starting = actions.map(async (action) => {
    await pause(action.afterMs);
    const one = home.start(action.args, { owner: action.owner, clock: fault.clock !== undefined });
    started.push(one);
    return one.ended;
  });
  const hit = await strike(home, fault, () => started.map((one) => one.child), random);
  const answers = await Promise.all(starting);
  const wrong = answers.flatMap((answer) => judge(answer, fault, hit));
  const unsettled = await settle(home);
  const workers = await leftWorkers(home);
  // Suspects are a person's to resolve; until then they explain what is there. Everything else must be right already.
  const before = [...breaches(home), ...unexplainedSuspects(home, hit.engineSide)];
  const resolved = await resolve(home);
  const again = await settle(home);
  const problems = [
    ...wrong,
    ...unsettled,
    ...workers.map((worker) => `still running at rest: ${worker}`),
    ...before,
    ...servedElsewhere(home, answers),
    ...resolved.problems,
    ...again.map((one) => `after the suspects were resolved: ${one}`),
    ...breaches(home).map((one) => `after the suspects were resolved: ${one}`),
    ...allWorkspaces(home).flatMap((row) =>
      ['failed', 'quarantined', 'deleting'].includes(row.phase) ? [`left over: ${row.phase} ${row.owner}/${row.name}`] : [],
    ),
  ];
  return { actions, fault, hit, suspects: resolved.suspects.length, answers, problems, ms: Date.now() - startedAt };
}

/** A command may be killed, lose a race or meet a broken engine; it may never report a bug, hang or fail for a store that is fine. */
function judge(answer: Ended, fault: Fault, hit: Hit): readonly string[] {
  if (answer.timedOut) return [`did not end: prebuilds ${answer.args.join(' ')}`];
  if (answer.code === undefined) return hit.roles.includes('tool') ? [] : [said(answer)];
  if (answer.code === 70) return [said(answer)];
  if (answer.code === 4 && fault.kind !== 'disk') return [said(answer)];
  if (answer.code === 3 && hit.roles.length === 0) return [said(answer)];
  return [];
}

/** A claim that was answered has its workspace, owned by the one who asked, under the name asked for. */
function servedElsewhere(home: Home, answers: readonly Ended[]): readonly string[] {
  const rows = new Map(allWorkspaces(home).map((row) => [row.id, row]));
  return answers.flatMap((answer) => {
    if (answer.args[0] !== 'claim' || answer.code !== 0) return [];
    const { workspace } = JSON.parse(answer.stdout) as { workspace: { id: string; name: string } };
    const row = rows.get(workspace.id);
    const right =
      row !== undefined && `${row.owner}/${row.name}` === workspace.name && workspace.name.endsWith(`/${answer.args[3]}`);
    return right
      ? []
      : [
          `the claim of ${answer.args[3]} was answered with ${workspace.name} (${workspace.id}), which is ${row?.owner}/${row?.name}`,
        ];
  });
}
