import { TEMPLATE, type Home } from './home.ts';
import { ownedWorkspaces } from './rows.ts';
import type { Random } from './random.ts';

/** One command of a round, started `afterMs` into it. */
export interface Action {
  readonly afterMs: number;
  readonly args: readonly string[];
  readonly owner: string;
}

const OWNERS = ['anna', 'ben'];
/** People's workspaces of one home at most; above it they are deleted first. */
const CROWD = 4;

/** Two to five commands that overlap; at least one of them is a reconcile. */
export function planActions(home: Home, random: Random, round: number): readonly Action[] {
  const actions = [reconcile(random)];
  if (random.chance(0.3)) actions.push(reconcile(random));
  // The pool is full at rest: without a promotion most rounds would have little to do.
  if (random.chance(0.4)) actions.unshift({ afterMs: 0, args: promotion(random), owner: 'anna' });
  const count = random.int(1, 3);
  for (let n = 0; n < count; n += 1) actions.push(personal(home, random, `r${round}-${n}`));
  return actions;
}

const reconcile = (random: Random): Action => ({ afterMs: random.int(0, 800), args: ['reconcile', '--json'], owner: 'anna' });

function personal(home: Home, random: Random, name: string): Action {
  const mine = ownedWorkspaces(home);
  const owner = random.pick(OWNERS);
  const afterMs = random.int(0, 1500);
  const claim = ['claim', TEMPLATE, '--name', name, '--param', `mood=${random.pick(['calm', 'wild'])}`, '--json'];
  const [draw, target] = [random.next(), mine.length === 0 ? undefined : random.pick(mine)];
  if (target === undefined || (draw < 0.5 && mine.length < CROWD)) {
    const more = random.pick([[], [], [], ['--no-cold'], ['--no-pool'], ['--request-id', name]]);
    return { afterMs, args: [...claim, ...more], owner };
  }
  const full = `${target.owner}/${target.name}`;
  const verb = mine.length >= CROWD || draw < 0.65 ? 'delete' : random.pick(['stop', 'start', 'update', 'promote']);
  return { afterMs, args: life(verb, full, random), owner: target.owner };
}

const promotion = (random: Random): readonly string[] => ['template', 'promote', TEMPLATE, String(random.int(1, 2))];

function life(verb: string, full: string, random: Random): readonly string[] {
  switch (verb) {
    case 'promote':
      return promotion(random);
    case 'update':
      return ['update', full, '--param', `mood=${random.pick(['calm', 'wild', 'quiet'])}`, '--json'];
    case 'delete':
      return ['delete', full, '--yes'];
    default:
      return [verb, full, '--json'];
  }
}
