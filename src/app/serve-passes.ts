import { collectHourly } from '../keep/collect.ts';
import { messageOf, StoreError } from '../kit/errors.ts';
import { reconcile } from '../pool/reconcile.ts';
import { withAgents } from './agent-host.ts';
import { keepDeps, type Context } from './context.ts';
import { driveOptions } from './drive-options.ts';
import { deliverNow } from './hooks.ts';
import { createNews, eitherEnds, type News } from './news.ts';
import { sweepDue } from './sweep.ts';

/** Between passes that news give rise to: a pass that tells something every time must not become a busy loop. */
const LEAST_REST_MS = 50;
const LONGEST_REST_MS = 500;
const REST = 4;
/** How often leftovers on disk are looked for. */
const TIDY_MS = 60_000;
const NOTIFY_MS = 15_000;

export interface PassesOptions {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

export const newsOf = ({ store, clock, pulse }: Context): News => createNews(store, clock, pulse);

/**
 * Passes until the signal aborts (spec 8.5): at once when something happened, in whichever process, else at every interval for what time alone
 * changes. A pass that fails is logged and made again. StoreError when the store refused a write: what it concerned stays this process's
 * until the process ends.
 */
export async function reconcileUntil(context: Context, { intervalMs, signal }: PassesOptions): Promise<void> {
  const { clock, logger } = context;
  const news = newsOf(context);
  let tidyAt = 0;
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    const tidy = startedAt >= tidyAt;
    if (tidy) tidyAt = startedAt + TIDY_MS;
    await news.take();
    try {
      const pass = { ...driveOptions(context, { signal }), news: news.next, untidy: !tidy };
      await withAgents(context, (deps) => reconcile(deps, pass));
      if (tidy) await keepInOrder(context, signal);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      logger.error('coderd.prebuilds: a pass failed', { error: messageOf(error) });
    }
    const restMs = Math.min(LONGEST_REST_MS, Math.max(LEAST_REST_MS, (clock.monotonic() - startedAt) * REST));
    await eitherEnds(signal, (inner) => [clock.sleep(intervalMs, inner), news.next(restMs, inner)]);
  }
}

async function keepInOrder(context: Context, signal: AbortSignal): Promise<void> {
  await sweepDue(context, signal);
  if (!signal.aborted) await collectHourly(keepDeps(context));
}

/** Delivers notifications when they are made, and again when a try is due. */
export async function notifyUntil(context: Context, signal: AbortSignal): Promise<void> {
  const { clock, config } = context;
  if (Object.values(config.hooks).every((targets) => targets.length === 0)) return;
  const news = newsOf(context);
  while (!signal.aborted) {
    await news.take();
    await deliverNow(context, signal);
    await eitherEnds(signal, (inner) => [clock.sleep(NOTIFY_MS, inner), news.next(LONGEST_REST_MS, inner)]);
  }
}
