import type { Answer } from '../../api/app.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';
import { until } from '../render/time.ts';

/** `why [POOL or NAME]`. */
export const why: Handler = async (context, [name]) => {
  const app = await context.app();
  const answers = await app.why(name);
  context.answer(
    answers.map((one) => ({
      kind: one.kind,
      name: one.name,
      code: one.code,
      text: one.text,
      next: one.next,
      untilAt: one.untilAt,
    })),
    () => answers.map((one) => text(context, one)).join('\n'),
  );
  if (answers.length === 0) context.note('no pools; push a template whose preset has a `prebuilds` block');
  return undefined;
};

function text({ now, style }: Context, { kind, name, code, text: reason, next, untilAt }: Answer): string {
  const what = kind === 'claim' ? 'its time is over ' : code === 'ready' ? 'ends ' : '';
  const when = untilAt === undefined ? '' : ` (${what}${until(now, untilAt)})`;
  const head = `${style.bold(clean(name))} ${style.dim(`${kind}, ${code}`)}\n  ${clean(reason)}${when}`;
  return next === undefined ? head : `${head}\n  next: ${clean(next)}`;
}
