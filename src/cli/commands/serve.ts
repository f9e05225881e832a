import type { Serving } from '../../api/serve.ts';
import type { Handler } from '../handler.ts';
import { jsonLine } from '../render/json.ts';
import { clean } from '../render/text.ts';
import { version } from '../version.ts';

/** `serve`: until a signal, which is its orderly end: exit 0. */
export const serve: Handler = async (context, _args, options) => {
  context.logLevel = 'info';
  const app = await context.app();
  await app.serve({
    version,
    listen: options.text('listen'),
    reconcile: options.flag('reconcile'),
    intervalMs: options.number('interval') ?? 15_000,
    signal: context.signal,
    onListening: (where) => {
      context.outside.io.out(context.globals.json ? `${jsonLine(where)}\n` : words(where));
      if (!context.globals.json) context.note(signIn(where, context.globals.home));
    },
  });
  return undefined;
};

/** How a person gets in; a token itself is printed by the command that makes it, never here. */
function signIn({ hasToken }: Serving, home: string | undefined): string {
  const where = home === undefined ? '' : clean(` --home "${home}"`);
  return hasToken
    ? `the page asks for a token: make one with \`prebuilds token create${where}\``
    : `the page asks for a token, and there is none yet: make one with \`prebuilds token create --role admin${where}\``;
}

function words({ url, agents, agentsBarredBy, reconciles }: Serving): string {
  const heard =
    agents === undefined
      ? 'agents are not heard (set agent_listen)'
      : agentsBarredBy === undefined
        ? `agents on ${agents}`
        : `agents are not heard while ${agentsBarredBy} has ${agents}`;
  return `listening on ${url}; ${heard}; ${reconciles ? 'reconciling' : 'not reconciling'}\n`;
}
