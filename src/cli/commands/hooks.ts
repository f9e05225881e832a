import type { HookAttempt, NotificationView } from '../../api/app.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';
import { age, until } from '../render/time.ts';

const COLUMNS = [
  { head: 'HOOK' },
  { head: 'RECEIVER' },
  { head: 'EVENT', right: true },
  { head: 'AGE' },
  { head: 'TRIES', right: true },
  { head: 'NEXT TRY' },
  { head: 'LAST ERROR' },
];

/** `hooks list`. */
export const listHooks: Handler = async (context) => {
  const app = await context.app();
  const waiting = await app.hooks.list();
  context.answer(waiting, () =>
    context.table(
      COLUMNS,
      waiting.map((one) => row(context, one)),
    ),
  );
  if (waiting.length === 0) context.note('nothing waits, and nothing was given up');
  return undefined;
};

const row = ({ now }: Context, one: NotificationView): string[] => [
  one.hook,
  one.receiver ?? 'no longer configured',
  String(one.eventSeq),
  age(now, one.createdAt),
  String(one.attempts),
  one.nextTryAt === undefined ? 'given up' : until(now, one.nextTryAt),
  one.lastError ?? '',
];

/** `hooks deliver [--retry]`: exit 1 when something could not be delivered. */
export const deliverHooks: Handler = async (context, _args, options) => {
  const app = await context.app();
  const { delivered, waiting, givenUp } = await app.hooks.deliver({ retry: options.flag('retry'), signal: context.signal });
  context.answer({ delivered, waiting, givenUp }, () =>
    [`${String(delivered)} delivered`, failed(waiting, 'tried again later'), failed(givenUp, 'given up')]
      .filter((part) => part !== '')
      .join(', '),
  );
  return waiting + givenUp > 0 ? 1 : undefined;
};

const failed = (n: number, word: string): string => (n === 0 ? '' : `${String(n)} ${word}`);

/** `hooks test HOOK`: exit 1 when one of the receivers did not take it. */
export const testHook: Handler = async (context, [hook = '']) => {
  const app = await context.app();
  const attempts = await app.hooks.test(hook);
  context.answer(
    attempts.map(({ receiver, id, error, ms }) => ({ receiver, id, delivered: error === undefined, error, durationMs: ms })),
    () => attempts.map((attempt) => line(context, attempt)).join('\n'),
  );
  return attempts.some(({ error }) => error !== undefined) ? 1 : undefined;
};

function line({ style }: Context, { receiver, error, ms }: HookAttempt): string {
  const what = error === undefined ? style.green('delivered') : style.red('failed   ');
  return `${what}  ${clean(receiver)}  ${error === undefined ? `${String(ms)} ms` : clean(error)}`;
}
