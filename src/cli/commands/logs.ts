import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';
import { jsonLine } from '../render/json.ts';

/** `logs NAME [-f] [--build N]`; with `--json` one document per line. */
export const logs: Handler = async (context, [name = ''], options) => {
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
  return context.signal.aborted ? 130 : undefined;
};
