import type { DoctorFinding } from '../../app/api.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';

/** `doctor [--cron]`: exit 1 when there is a problem. */
export const doctor: Handler = async (context, _args, options) => {
  const app = await context.app();
  if (options.flag('cron')) {
    const line = app.cronLine();
    context.answer({ cron: line }, () => line);
    return undefined;
  }
  const findings = await app.doctor();
  context.answer(findings, () => findings.map((finding) => text(context, finding)).join('\n'));
  return findings.some(({ level }) => level === 'problem') ? 1 : undefined;
};

function text({ style }: Context, { level, topic, message, remedy }: DoctorFinding): string {
  const paint = { ok: style.green, warning: style.yellow, problem: style.red }[level];
  const what = `${paint(level.padEnd(7))}  ${clean(topic)}: ${clean(message)}`;
  return remedy === undefined ? what : `${what}\n         ${style.cyan('remedy:')} ${clean(remedy)}`;
}
