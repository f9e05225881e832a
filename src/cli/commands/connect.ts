import type { Handler } from '../handler.ts';

/** `connect NAME`: runs the configured command in this terminal; its exit code is ours. With `--json` only says what would be run. */
export const connect: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const { argv, env } = await app.workspaces.connect(name);
  if (context.globals.json) {
    context.answer({ argv, env }, () => '');
    return undefined;
  }
  await context.close();
  return context.outside.signals.held(() => context.outside.spawn(argv, env));
};
