import { UserError } from '../../kit/errors.ts';
import type { Handler } from '../handler.ts';
import { runOptions } from '../options.ts';
import { poolName } from '../render/text.ts';
import { age } from '../render/time.ts';

/** `prune --failed [POOL] [--dry-run]`: exit 3 when one of them could not be destroyed. */
export const prune: Handler = async (context, [pool], options) => {
  if (!options.flag('failed')) {
    throw new UserError('nothing_to_prune', 'say what is to be pruned', { hint: 'use `prebuilds prune --failed`' });
  }
  const app = await context.app();
  const dryRun = options.flag('dryRun');
  const pruned = await context.withProgress(
    (progress) => app.pools.prune({ ...runOptions(context.signal, progress.build, options), pool, dryRun }),
    'pruning',
  );
  context.answer(
    pruned.map((one) => ({ pool: poolName(one), ...one })),
    () =>
      context.table(
        [{ head: 'PREBUILD' }, { head: 'POOL' }, { head: 'FAILED', right: true }, { head: 'DONE' }, { head: 'WHY IT FAILED' }],
        pruned.map((one) => [
          one.name,
          poolName(one),
          one.failedAt === undefined ? '' : `${age(context.now, one.failedAt)} ago`,
          dryRun ? 'would be deleted' : one.deleted ? 'deleted' : 'not deleted',
          one.lastError ?? '',
        ]),
      ),
  );
  if (pruned.length === 0) context.note('no failed prebuilds');
  return dryRun || pruned.every(({ deleted }) => deleted) ? undefined : 3;
};
