import type { Handler } from '../handler.ts';

/** `pause`. */
export const pause: Handler = async (context) => {
  const app = await context.app();
  await app.pools.setPaused(true);
  context.answer({ paused: true }, () => 'paused: nothing is created, deleted or expired; claims go on');
  return undefined;
};

/** `resume`. */
export const resume: Handler = async (context) => {
  const app = await context.app();
  await app.pools.setPaused(false);
  context.answer({ paused: false }, () => 'resumed: the next reconcile makes the pools match');
  return undefined;
};
