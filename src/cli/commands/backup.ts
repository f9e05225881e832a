import type { Handler } from '../handler.ts';
import { clean, count } from '../render/text.ts';

const MEGABYTE = 1024 * 1024;

/** `backup FILE|DIR`. */
export const backup: Handler = async (context, [target = ''], options) => {
  const app = await context.app();
  const report = await context.withProgress(() => app.keep.backup(target, { force: options.flag('force') }), 'backing up');
  context.answer(report, () => clean(report.file));
  const size = `${(report.bytes / MEGABYTE).toFixed(1)} MB`;
  const busy =
    report.busy === 0 ? '' : `; ${String(report.busy)} in the middle of a build, which a reconcile after a restore ends`;
  context.note(`${count(report.workspaces, 'workspace')}, ${count(report.versions, 'version')}, ${size}${busy}`);
  return undefined;
};
