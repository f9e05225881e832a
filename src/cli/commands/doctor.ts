import type { DoctorFinding } from '../../api/app.ts';
import { closeHome, resolveHome } from '../../app/home.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';

/** `doctor [--cron] [--repair]`: exit 1 when there is a problem, or something that a repair would put right. */
export const doctor: Handler = async (context, _args, options) => {
  const repair = options.flag('repair');
  // An open home is refused by everything else, so it is closed before the rest is looked at.
  const closed = repair ? closeHome(resolveHome(context.globals.home, context.outside.env)) : undefined;
  const app = await context.app();
  if (options.flag('cron')) {
    const line = app.cronLine();
    context.answer({ cron: line }, () => line);
    return undefined;
  }
  const found = await app.doctor({ repair });
  const findings: readonly DoctorFinding[] =
    closed === undefined ? found : [{ level: 'repaired', topic: 'home', message: closed, remedy: undefined }, ...found];
  context.answer(findings, () => findings.map((finding) => text(context, finding)).join('\n'));
  return findings.some(({ level, repairable }) => level === 'problem' || repairable === true) ? 1 : undefined;
};

function text({ style }: Context, { level, topic, message, remedy }: DoctorFinding): string {
  const paint = { ok: style.green, warning: style.yellow, problem: style.red, repaired: style.cyan }[level];
  const what = `${paint(level.padEnd(8))} ${clean(topic)}: ${clean(message)}`;
  return remedy === undefined ? what : `${what}\n         ${style.cyan('remedy:')} ${clean(remedy)}`;
}
