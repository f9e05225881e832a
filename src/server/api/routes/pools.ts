import { z } from 'zod';
import { flag, noProviderSession, nothing, optionalText, text, whole } from '../inputs.ts';
import { route, type Routes } from '../route.ts';
import { invalidated, plannedPool, poolHistory, poolStatus, prunedPrebuild, reconcileReport } from '../shapes/pools.ts';
import { done, list } from '../shapes/words.ts';

const pool = z.object({ pool: text });
const maybePool = z.object({ pool: optionalText });
const DAY_MS = 86_400_000;

export const poolRoutes = {
  'pools.status': route({
    summary: 'What each pool should have, has, and why it has no more',
    input: maybePool,
    answer: list(poolStatus),
    ask: (app, input) => app.pools.status(input.pool),
  }),
  'pools.plan': route({
    summary: 'What the next reconcile will do, with reasons',
    input: maybePool,
    answer: list(plannedPool),
    ask: (app, input) => app.pools.plan(input.pool),
  }),
  'pools.history': route({
    summary: 'How large each pool was, in 96 steps that end now',
    input: z.object({ hours: whole(1, 168).default(24) }),
    answer: poolHistory,
    ask: (app, { hours }) => app.pools.history(hours),
  }),
  'pools.reconcile': route({
    summary: 'Make the pools match, until nothing is left to do or the time is over',
    input: maybePool.extend({ timeoutMs: whole(1, DAY_MS).optional(), providerSession: noProviderSession }),
    answer: reconcileReport,
    live: 'may',
    ask: (app, input, { signal, onProgress }) => app.pools.reconcile({ ...input, signal, onProgress }),
  }),
  'pools.paused': route({
    summary: 'Whether reconciling is paused as a whole',
    input: nothing,
    answer: z.boolean(),
    ask: (app) => app.pools.isPaused(),
  }),
  'pools.pause': route({
    summary: 'Pause or resume everything, or one pool',
    input: maybePool.extend({ paused: flag }),
    answer: done,
    ask: async (app, input) => {
      await app.pools.setPaused(input.paused, input.pool);
      return null;
    },
  }),
  'pools.retry': route({
    summary: 'Close the breaker of a pool, and try again at once',
    input: pool,
    answer: done,
    ask: async (app, input) => {
      await app.pools.retry(input.pool);
      return null;
    },
  }),
  'pools.drain': route({
    summary: 'Empty a pool and keep it empty until it is resumed',
    input: pool.extend({ wait: flag }),
    answer: reconcileReport.nullable(),
    live: 'may',
    ask: async (app, input, { signal, onProgress }) =>
      (await app.pools.drain(input.pool, { wait: input.wait, signal, onProgress })) ?? null,
  }),
  'pools.invalidate': route({
    summary: 'Mark the stock of a pool, or one prebuild, as not to be handed out any more',
    input: z.object({ target: text, rolling: flag, wait: flag }),
    answer: invalidated,
    live: 'may',
    ask: (app, { target, rolling, wait }, { signal, onProgress }) =>
      app.pools.invalidate(target, { rolling, wait, signal, onProgress }),
  }),
  'pools.prune': route({
    summary: 'Destroy failed prebuilds that are kept as evidence',
    input: z.object({ pool: optionalText, dryRun: flag }),
    answer: list(prunedPrebuild),
    live: 'may',
    ask: (app, input, { signal, onProgress }) => app.pools.prune({ pool: input.pool, dryRun: input.dryRun, signal, onProgress }),
  }),
} satisfies Routes;
