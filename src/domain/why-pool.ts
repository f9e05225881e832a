import type { Action } from './actions.ts';
import { decide, hindranceNow } from './decide.ts';
import { nextChange } from './schedule.ts';
import type { PoolSnapshot } from './snapshot.ts';
import { isRefused } from './stock.ts';
import { summarise, type PoolSummary } from './summarise.ts';
import { explanation, remedyOf, type Explanation } from './why.ts';

/**
 * The one constraint that binds a pool at `now`, from the same snapshot and the same decision that a pass would make. A pool that
 * nothing hinders says what it waits for, or that it is full.
 */
export function explainPool(snapshot: PoolSnapshot, now: number): Explanation {
  return hindered(snapshot, now) ?? going(snapshot, decide(snapshot, now), summarise(snapshot, now), now);
}

function hindered(snapshot: PoolSnapshot, now: number): Explanation | undefined {
  const hindrance = hindranceNow(snapshot, now);
  if (hindrance === undefined) return undefined;
  const { code, reason, untilAt } = hindrance;
  const next = remedyOf(code, `${snapshot.templateName}/${snapshot.pool.presetName}`, snapshot.templateName);
  return explanation(code, reason, { next, untilAt });
}

const RECONCILE = 'run prebuilds reconcile, from cron (prebuilds doctor --cron) or with --watch';

/** Nothing hinders it: what is due, what it waits for, or that it is as it should be. */
function going(snapshot: PoolSnapshot, actions: readonly Action[], counts: PoolSummary, now: number): Explanation {
  const create = actions.find((action) => action.kind === 'create');
  if (create !== undefined) {
    return explanation('due', `${plural(create.count)} to be made (${create.reason}), and nothing hinders it`, {
      next: RECONCILE,
    });
  }
  const deletes = actions.filter((action) => action.kind === 'delete');
  const first = deletes[0];
  if (first !== undefined) {
    return explanation('due', `${plural(deletes.length)} to be deleted: ${first.reason}`, { next: RECONCILE });
  }
  return waiting(snapshot, counts) ?? settled(snapshot, counts, now);
}

function waiting(snapshot: PoolSnapshot, counts: PoolSummary): Explanation | undefined {
  const { building, desired, eligible } = counts;
  if (eligible >= desired) return undefined;
  if (building > 0) {
    return explanation('waits_for_build', `${plural(building)} being built`, {
      next: 'nothing: see prebuilds list --search owner:prebuilds, and prebuilds logs NAME -f',
    });
  }
  const refused = snapshot.stock.filter((item) => item.workspace.phase === 'ready' && isRefused(item, snapshot)).length;
  const unready = counts.running - eligible - refused - counts.expired;
  if (unready > 0) {
    return explanation('waits_for_ready', `${plural(unready)} built, and not ready yet`, {
      next: 'see prebuilds why NAME for what each of them waits for',
    });
  }
  if (refused === 0) return undefined;
  return explanation('degraded', `a claim would rebuild ${plural(refused)}, and on_replace is refuse`, {
    next: 'see prebuilds why NAME; correct the template (prebuilds lint says where) and push it',
  });
}

function settled(snapshot: PoolSnapshot, counts: PoolSummary, now: number): Explanation {
  const change = snapshot.preset === undefined ? undefined : nextChange(snapshot.preset, now);
  const later = change === undefined ? {} : { untilAt: change.at };
  if (counts.desired === 0) {
    const why = snapshot.preset?.instances === 0 ? 'its preset says instances = 0' : 'its schedule says 0 now';
    return explanation('size_zero', why, {
      next: change === undefined ? 'set instances in the template and push it' : undefined,
      ...later,
    });
  }
  return explanation('full', `${String(counts.eligible)} of ${String(counts.desired)} may be claimed now`, later);
}

const plural = (count: number): string => `${String(count)} ${count === 1 ? 'prebuild' : 'prebuilds'}`;
