import { relative } from 'node:path';
import { readState } from '../engine/state.ts';
import type { KeepApi } from '../api/app.ts';
import { keepDeps, type Context } from './context.ts';

/** Backup and clean-up; loaded only when asked for. */
export function createKeepApi(context: Context): KeepApi {
  const { store, clock, ids, config } = context;
  return {
    backup: async (target, options) => {
      const { backup } = await import('../keep/backup.ts');
      const own = config.file !== undefined && !relative(config.home, config.file).startsWith('..') ? [config.file] : [];
      return backup({ store, clock, ids, readState, home: config.home, configFiles: own }, target, options);
    },
    collect: async ({ dryRun }) => {
      const { collect } = await import('../keep/collect.ts');
      return collect(keepDeps(context), { dryRun, batches: Infinity });
    },
  };
}
