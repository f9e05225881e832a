import type { Handler } from '../handler.ts';
import { runOptions } from '../options.ts';
import { reconcileJson } from '../render/json.ts';
import { clean } from '../render/text.ts';

/** `drain POOL [--no-wait]`: exit 3 when a destroy failed. */
export const drain: Handler = async (context, [pool = ''], options) => {
  const app = await context.app();
  const wait = options.flag('wait');
  const report = await context.withProgress(
    (progress) => app.pools.drain(pool, { ...runOptions(context.signal, progress.build, options), wait }),
    'draining',
  );
  context.answer({ pool, draining: true, report: report === undefined ? null : reconcileJson(report) }, () => {
    const left = (report?.pools ?? []).reduce((sum, one) => sum + one.running + one.building + one.failed + one.deleting, 0);
    const done = left === 0 ? 'is empty' : `still has ${String(left)} prebuilds, which the next reconcile deletes`;
    const state =
      report === undefined ? 'is emptied by the next reconcile' : report.paused ? 'is emptied when it is resumed' : done;
    return clean(`${pool} ${state}; it stays empty until \`prebuilds resume ${JSON.stringify(pool)}\``);
  });
  return (report?.failed ?? 0) > 0 ? 3 : undefined;
};
