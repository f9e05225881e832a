import type { Handler } from '../handler.ts';
import { runOptions } from '../options.ts';
import { reconcileJson } from '../render/json.ts';
import { clean, count } from '../render/text.ts';

/** `invalidate POOL|NAME [--rolling] [--no-wait]`: exit 3 when a build failed. */
export const invalidate: Handler = async (context, [target = ''], options) => {
  const app = await context.app();
  const rolling = options.flag('rolling');
  const wait = options.flag('wait');
  const { marked, report } = await context.withProgress(
    (progress) => app.pools.invalidate(target, { ...runOptions(context.signal, progress.build, options), rolling, wait }),
    'invalidating',
  );
  context.answer({ target, rolling, invalidated: marked, report: report === undefined ? null : reconcileJson(report) }, () => {
    const what = `${count(marked.length, 'prebuild')} invalidated`;
    if (report === undefined) return clean(`${what}; the next reconcile ${rolling ? 'replaces' : 'deletes'} them`);
    return clean(`${what}; ${String(report.created)} created, ${String(report.deleted)} deleted`);
  });
  return (report?.failed ?? 0) > 0 ? 3 : undefined;
};
