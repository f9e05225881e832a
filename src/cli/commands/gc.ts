import type { Handler } from '../handler.ts';
import { clean, count } from '../render/text.ts';

/** `gc [--dry-run]`. */
export const gc: Handler = async (context, _args, options) => {
  const app = await context.app();
  const dryRun = options.flag('dryRun');
  const collected = await app.keep.collect({ dryRun });
  context.answer({ dryRun, ...collected }, () => {
    const { versions, rows, runs, folders } = collected;
    const parts = [
      ...versions.map(({ template, version }) => `version ${String(version)} of ${clean(template)}`),
      ...Object.entries(rows).map(([kind, n]) => (n === 0 ? '' : count(n, kind.slice(0, -1)))),
      runs === 0 ? '' : `the logs of ${count(runs, 'engine run')}`,
      folders === 0 ? '' : count(folders, 'folder'),
    ].filter((part) => part !== '');
    if (parts.length === 0) return 'nothing is over';
    return `${dryRun ? 'would remove' : 'removed'} ${parts.join(', ')}`;
  });
  return undefined;
};
