import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';

/** `pause [POOL]`. */
export const pause: Handler = async (context, [pool]) => {
  const app = await context.app();
  await app.pools.setPaused(true, pool);
  context.answer({ paused: true, pool }, () =>
    clean(`${pool === undefined ? '' : `${pool} `}paused: nothing is created, deleted or expired; claims go on`),
  );
  return undefined;
};

/** `resume [POOL]`. */
export const resume: Handler = async (context, [pool]) => {
  const app = await context.app();
  const before = pool === undefined ? await app.pools.isPaused() : true;
  await app.pools.setPaused(false, pool);
  context.answer({ paused: false, pool }, () =>
    pool === undefined
      ? before
        ? 'resumed: the next reconcile makes the pools match'
        : 'reconciling was not paused as a whole; `prebuilds resume POOL` resumes a pool that was paused by itself'
      : clean(`${pool} resumed: the next reconcile fills it again`),
  );
  if (pool !== undefined && (await app.pools.isPaused())) {
    context.note('reconciling as a whole is still paused; `prebuilds resume` goes on');
  }
  return undefined;
};
