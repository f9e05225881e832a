import type { AgentLogLine } from '../../api/agents.ts';
import { UserError } from '../../kit/errors.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import type { Options } from '../options.ts';
import { clean } from '../render/text.ts';
import { jsonLine } from '../render/json.ts';

/** `logs NAME [-f] [--build N]`, `logs NAME --agent [AGENT]`; with `--json` one document per line. */
export const logs: Handler = async (context, [name = ''], options) => {
  const ofOne = options.text('agent') ?? options.text('script') ?? options.number('generation');
  const ofAgents = options.flag('agent') || ofOne !== undefined;
  if (ofAgents) await agentLogs(context, name, options);
  else await buildLogs(context, name, options);
  return context.signal.aborted ? 130 : undefined;
};

async function buildLogs(context: Context, name: string, options: Options): Promise<void> {
  const app = await context.app();
  const { io } = context.outside;
  await app.workspaces.logs(name, {
    build: options.number('build'),
    follow: options.flag('follow'),
    onLine: (line) => {
      io.out(context.globals.json ? `${jsonLine({ line })}\n` : `${clean(line)}\n`);
    },
    signal: context.signal,
  });
}

async function agentLogs(context: Context, name: string, options: Options): Promise<void> {
  if (options.number('build') !== undefined)
    throw new UserError('contradiction', 'what agents wrote belongs to no build', { hint: 'leave out --build, or --agent' });
  const app = await context.app();
  const { io } = context.outside;
  let before = '';
  const heading = ({ agent, scriptName, generation }: AgentLogLine): string =>
    `--- ${agent}: ${scriptName}, generation ${String(generation)} ---`;
  const nothing = await app.workspaces.agentLogs(name, {
    agent: options.text('agent'),
    script: options.text('script'),
    generation: options.number('generation'),
    follow: options.flag('follow'),
    onLine: (line) => {
      if (context.globals.json) {
        io.out(`${jsonLine(line)}\n`);
        return;
      }
      const head = heading(line);
      if (head !== before) io.out(`${clean(head)}\n`);
      before = head;
      io.out(`${clean(line.line)}\n`);
    },
    signal: context.signal,
  });
  if (nothing !== undefined) context.note(clean(nothing));
}
