import type { App, PlannedPool, ReconcileReport } from '../../api/app.ts';
import type { Action } from '../../domain/decide.ts';
import type { Context } from '../context.ts';
import type { Options } from '../options.ts';
import type { Handler } from '../handler.ts';
import { UserError } from '../../kit/errors.ts';
import { jsonLine, reconcileJson } from '../render/json.ts';
import { count, poolName } from '../render/text.ts';
import { until } from '../render/time.ts';

/** `reconcile`: exit 3 when a build failed in this call, 130 when it was interrupted. */
export const reconcile: Handler = async (context, _args, options) => {
  // In a cron mail or a journal the log lines are the record; on a terminal the live lines say it.
  if (!context.animates) context.logLevel = 'info';
  const app = await context.app();
  if (options.flag('plan')) return plan(context, app, options);
  if (options.flag('watch')) {
    if (options.number('timeout') === undefined) return watch(context, app, options);
    throw new UserError('contradiction', '--timeout ends one pass, and --watch has no end', { hint: 'leave out one of them' });
  }
  const report = await context.withProgress(
    (progress) =>
      app.pools.reconcile({
        pool: options.text('pool'),
        timeoutMs: options.number('timeout'),
        signal: context.signal,
        onProgress: progress.build,
        ...session(options),
      }),
    'reconciling',
  );
  context.answer(reconcileJson(report), () => summary(report, context.signal.aborted));
  if (context.signal.aborted) {
    context.note(leftWords(report));
    return 130;
  }
  return report.failed > 0 ? 3 : undefined;
};

/** What an interrupt left running: an engine that applies is not stopped (spec 7.1). */
function leftWords({ left = 0 }: ReconcileReport): string {
  if (left === 0) return 'interrupted; no engine was left running';
  return `interrupted; ${count(left, 'engine')} finish${left === 1 ? 'es' : ''} alone, and the next reconcile goes on from there`;
}

/** `--no-provider-session` given, else what the configuration says. */
const session = (options: Options) => (options.flag('providerSession') ? {} : { providerSession: false });

async function watch(context: Context, app: App, options: Options): Promise<number | undefined> {
  let last = '';
  await context.withProgress(
    (progress) =>
      app.pools.watch({
        pool: options.text('pool'),
        intervalMs: options.number('interval') ?? 15_000,
        signal: context.signal,
        onProgress: progress.build,
        ...session(options),
        onPass: (report) => {
          const text = summary(report);
          if (context.globals.json) context.outside.io.out(`${jsonLine(reconcileJson(report))}\n`);
          else if (text !== last) context.outside.io.out(`${text}\n`);
          last = text;
          if (context.signal.aborted) context.note(leftWords(report));
        },
      }),
    'watching',
  );
  // A service manager stops a watch with SIGTERM; that is its orderly end.
  return context.outside.signals.received() === 'SIGINT' ? 130 : undefined;
}

/** One line: what was done, and what the pools look like now. */
function summary(report: ReconcileReport, interrupted = false): string {
  const done = [
    [report.created, 'created'],
    [report.deleted, 'deleted'],
    [report.canceled, 'canceled'],
    [report.failed, 'failed'],
    [report.repaired, 'repaired'],
    [report.served, 'served'],
  ] as const;
  const words = done.filter(([n]) => n > 0).map(([n, word]) => `${String(n)} ${word}`);
  const eligible = report.pools.reduce((sum, pool) => sum + pool.eligible, 0);
  const desired = report.pools.reduce((sum, pool) => sum + pool.desired, 0);
  const state = `${count(report.pools.length, 'pool')}: ${String(eligible)} of ${String(desired)} prebuilds ready`;
  const parts = [words.length > 0 ? words.join(', ') : interrupted ? 'nothing was finished' : 'nothing to do', state];
  if (report.paused) parts.push('paused; prebuilds resume goes on');
  if (report.timedOut) parts.push('time was up before everything was done');
  return parts.join('; ');
}

async function plan(context: Context, app: App, options: Options): Promise<undefined> {
  const pools = await app.pools.plan(options.text('pool'));
  context.answer(
    pools.map((pool) => ({ pool: poolName(pool), ...pool })),
    () =>
      context.table(
        [{ head: 'POOL' }, { head: 'ACTION' }, { head: 'WHY' }],
        pools.flatMap((pool) => planRows(context, pool)),
      ),
  );
  if (pools.every(({ actions, hindrance }) => actions.length === 0 && hindrance === undefined)) context.note('nothing to do');
  return undefined;
}

const planRows = (context: Context, pool: PlannedPool): string[][] =>
  pool.actions.length === 0 && pool.hindrance !== undefined
    ? [[poolName(pool), 'nothing', pool.hindrance.reason]]
    : pool.actions.map((action) => [poolName(pool), actionWords(context, action), action.reason]);

function actionWords(context: Context, action: Action): string {
  switch (action.kind) {
    case 'create':
      return `create ${String(action.count)}${action.probe ? ' to try' : ''}`;
    case 'delete':
      return `delete ${action.workspaceId.slice(0, 8)} (${action.why})`;
    case 'cancel':
      return `cancel ${action.workspaceId.slice(0, 8)}`;
    case 'backoff':
      return `wait, next try ${until(context.now, action.untilAt)}`;
    case 'limited':
      return limitedWords(context, action);
  }
}

function limitedWords(context: Context, { code, untilAt }: Extract<Action, { kind: 'limited' }>): string {
  if (code !== 'limited') return `wait (${code.replaceAll('_', ' ')})`;
  return untilAt === undefined ? 'stopped until retry' : `stopped until retry, one try ${until(context.now, untilAt)}`;
}
