import { describeTarget, nextHookTry, type HookName, type HookTargets, type Notification } from '../domain/hooks.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { HookStore } from '../store/store.ts';
import { send, type SendDeps } from './send.ts';

export interface DeliverDeps extends SendDeps {
  readonly store: HookStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly targets: HookTargets;
}

export interface DeliverOptions {
  readonly signal?: AbortSignal | undefined;
  /** Starts nothing new after this time, in milliseconds. */
  readonly withinMs: number;
}

export interface DeliverCounts {
  delivered: number;
  /** Tries that failed and are repeated later. */
  waiting: number;
  givenUp: number;
}

const AT_ONCE = 4;
/** Time to write down what came of a delivery; after it the notification is anybody's. */
const LEASE_MARGIN_MS = 5000;

interface Round {
  readonly deps: DeliverDeps;
  readonly leaseMs: number;
  readonly counts: DeliverCounts;
  /** Receivers that failed in this round: the rest of theirs waits for the next one instead of taking everybody's time. */
  readonly broken: { readonly hook: HookName; readonly target: number }[];
}

/**
 * Delivers what is due, a few at a time, until nothing is, the time is over or the caller is interrupted. At least once: a notification is
 * leased, delivered, and then settled, so one whose deliverer is killed in between is delivered again with the same id.
 */
export async function deliverDue(deps: DeliverDeps, options: DeliverOptions): Promise<DeliverCounts> {
  const counts: DeliverCounts = { delivered: 0, waiting: 0, givenUp: 0 };
  const round: Round = { deps, leaseMs: longestTimeout(deps.targets) + LEASE_MARGIN_MS, counts, broken: [] };
  const deadline = deps.clock.monotonic() + options.withinMs;
  const worker = async (): Promise<void> => {
    while (options.signal?.aborted !== true && deps.clock.monotonic() < deadline) {
      const taken = await deps.store.takeNotification(round.leaseMs, round.broken);
      if (taken === undefined) return;
      await deliver(round, taken);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return counts;
}

async function deliver({ deps, counts, broken }: Round, taken: Notification): Promise<void> {
  const target = deps.targets[taken.hook][taken.target];
  if (target === undefined) {
    const error = 'it is no longer configured';
    await deps.store.settleNotification(taken, { state: 'given_up', error, receiver: `receiver ${String(taken.target + 1)}` });
    counts.givenUp += 1;
    return;
  }
  const { id, hook, payload } = taken;
  const error = await send(deps, target, { id, hook, payload, now: deps.clock.now() });
  const fields = { hook, id, receiver: describeTarget(target), attempts: taken.attempts };
  if (error === undefined) {
    await deps.store.settleNotification(taken, { state: 'delivered' });
    counts.delivered += 1;
    deps.logger.info('hooks: delivered', fields);
    return;
  }
  broken.push({ hook, target: taken.target });
  const at = nextHookTry(taken, target.retries, deps.clock.now());
  deps.logger.warn(at === undefined ? 'hooks: given up' : 'hooks: delivery failed', { ...fields, error });
  if (at === undefined) {
    await deps.store.settleNotification(taken, { state: 'given_up', error, receiver: describeTarget(target) });
    counts.givenUp += 1;
  } else {
    await deps.store.settleNotification(taken, { state: 'retry', error, at });
    counts.waiting += 1;
  }
}

const longestTimeout = (targets: HookTargets): number =>
  Math.max(0, ...Object.values(targets).flatMap((list) => list.map(({ timeoutMs }) => timeoutMs)));
