import { parseArgs } from 'node:util';
import { CLOCK_MOVES, makeHome, type Home } from './home.ts';
import { randomOf } from './random.ts';
import { playRound, type RoundResult } from './round.ts';
import { report, type Totals } from './report.ts';

/** Rounds that one home lives through: long enough to grow a history, short enough to be looked at. */
const ROUNDS_PER_HOME = 10;

interface Work {
  readonly project: string;
  readonly engine: { readonly path: string; readonly kind: string };
  readonly seed: number;
  readonly homes: { index: number; rounds: number }[];
  readonly totals: Totals;
}

/**
 * Tortures the tool: `--count` rounds (40), `--seed` (printed), `--parallel` homes at once (2). Returns the number of failed rounds. A
 * failed round prints its seed, actions, fault and breaches, and its home is kept; the next rounds go on in a new one.
 */
export async function main(project: string, engine: Work['engine'], argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { count: { type: 'string' }, seed: { type: 'string' }, parallel: { type: 'string' }, home: { type: 'string' } },
  });
  const count = Number(values.count ?? 40);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const homes = Array.from({ length: Math.ceil(count / ROUNDS_PER_HOME) }, (_, index) => ({
    index,
    rounds: Math.min(ROUNDS_PER_HOME, count - index * ROUNDS_PER_HOME),
  })).filter(({ index }) => values.home === undefined || index === Number(values.home));
  say(`torture: seed ${seed}, ${count} rounds, ${engine.kind}${CLOCK_MOVES ? '' : ', without clock jumps (no libfaketime)'}`);
  const totals: Totals = {
    rounds: 0,
    failed: 0,
    suspects: 0,
    hits: new Map(),
    faults: new Map(),
    served: new Map(),
    clocks: 0,
    ms: 0,
  };
  const work: Work = { project, engine, seed, homes, totals };
  const startedAt = Date.now();
  await Promise.all(Array.from({ length: Number(values.parallel ?? 2) }, () => workThrough(work)));
  say(report(totals, seed, Date.now() - startedAt));
  say(`${totals.rounds - totals.failed} passed, ${totals.failed} failed`);
  return totals.failed;
}

async function workThrough(work: Work): Promise<void> {
  for (let next = work.homes.shift(); next !== undefined; next = work.homes.shift())
    await playHome(work, next.index, next.rounds);
}

async function playHome(work: Work, index: number, rounds: number): Promise<void> {
  const random = randomOf(work.seed, index);
  let home: Home | undefined;
  for (let round = 0; round < rounds; round += 1) {
    home ??= await makeHome(work.project, work.engine);
    const result = await playRound(home, random, round).catch((error: unknown) => crashed(error));
    home.note(JSON.stringify({ round, ...result }));
    add(work.totals, result);
    if (work.totals.rounds % 20 === 0) say(`... ${work.totals.rounds} rounds, ${work.totals.failed} with a breach`);
    if (result.problems.length === 0) continue;
    say(failure(work.seed, index, round, result, home));
    home = undefined;
  }
  home?.dispose();
}

/** The harness itself broke: that is a failed round too. */
const crashed = (error: unknown): RoundResult => ({
  actions: [],
  fault: { kind: 'none', when: 'time', afterMs: 0, clock: undefined },
  hit: { roles: [], engineSide: false },
  suspects: 0,
  answers: [],
  problems: [`the harness failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
  ms: 0,
});

function add(totals: Totals, result: RoundResult): void {
  totals.rounds += 1;
  totals.failed += result.problems.length === 0 ? 0 : 1;
  totals.suspects += result.suspects;
  totals.clocks += result.fault.clock === undefined ? 0 : 1;
  bump(totals.faults, result.fault.kind);
  for (const role of result.hit.roles) bump(totals.hits, role);
  for (const answer of result.answers) bump(totals.served, `${answer.args[0]} ${answer.code ?? 'killed'}`);
}

const bump = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

function failure(seed: number, index: number, round: number, result: RoundResult, home: Home): string {
  const { kind, when, afterMs, clock } = result.fault;
  return [
    `FAILED: seed ${seed}, home ${index}, round ${round}; kept: ${home.folder}`,
    ...result.actions.map(({ afterMs: at, args, owner }) => `  at ${at} ms ${owner}: prebuilds ${args.join(' ')}`),
    `  fault ${kind} (${when} + ${afterMs} ms${clock === undefined ? '' : `, clock ${clock.join(' -> ')} s`}) hit: ${result.hit.roles.join(', ') || 'nothing'}`,
    ...result.answers.map(
      (one) => `  ended ${one.code ?? 'killed'}: ${one.args.join(' ')}  ${one.stderr.trim().split('\n').at(-1)?.slice(0, 200)}`,
    ),
    ...result.problems.map((one) => `  BREACH ${one}`),
  ].join('\n');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
