import type { Handler } from '../handler.ts';

/** `retry POOL`. */
export const retry: Handler = async (context, [pool = '']) => {
  const app = await context.app();
  await app.pools.retry(pool);
  context.answer({ pool, retried: true }, () => `${pool}: failures forgotten, the next reconcile tries again`);
  return undefined;
};
