import type { TokenView } from '../../api/tokens.ts';
import type { TokenRole } from '../../domain/token.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { tokenJson } from '../render/json.ts';
import { clean } from '../render/text.ts';
import { age, until } from '../render/time.ts';

/** `token create [--role] [--user] [--name] [--expires]`: stdout is the token alone, so that it can be put into a file. */
export const tokenCreate: Handler = async (context, _args, options) => {
  // Checked by the command tree.
  const role = options.text('role') as TokenRole;
  const { token, text } = await (
    await context.app()
  ).tokens.create({ role, user: options.text('user'), name: options.text('name'), lifeMs: options.number('expires') });
  context.answer({ ...tokenJson(token), text }, () => text);
  if (!context.globals.json) context.note(clean(`${describe(context, token)}; it is shown only this once`));
  return undefined;
};

function describe(context: Context, { name, person, role, expiresAt }: TokenView): string {
  const end = expiresAt === undefined ? 'until it is revoked' : `expires ${until(context.now, expiresAt)}`;
  return `token ${name} of ${person.username}, role ${role}, ${end}`;
}

/** `token list [--all]`. */
export const tokenList: Handler = async (context, _args, options) => {
  const tokens = await (await context.app()).tokens.list({ all: options.flag('all') });
  context.answer(tokens.map(tokenJson), () => tokenTable(context, tokens));
  if (tokens.length === 0) context.note('no tokens; make one with `prebuilds token create`');
  return undefined;
};

const tokenTable = (context: Context, tokens: readonly TokenView[]): string =>
  context.table(
    [
      { head: 'TOKEN' },
      { head: 'USER' },
      { head: 'ROLE' },
      { head: 'STATE' },
      { head: 'AGE' },
      { head: 'EXPIRES' },
      { head: 'USED' },
    ],
    tokens.map((token) => [
      token.name,
      token.person.username,
      token.role,
      token.state,
      age(context.now, token.createdAt),
      token.state !== 'valid' || token.expiresAt === undefined ? '' : until(context.now, token.expiresAt),
      token.lastUsedAt === undefined ? 'never' : `${age(context.now, token.lastUsedAt)} ago`,
    ]),
  );

/** `token revoke ID|NAME`: what is revoked already is no error. */
export const tokenRevoke: Handler = async (context, [token = '']) => {
  const revoked = await (await context.app()).tokens.revoke(token);
  context.answer(tokenJson(revoked), () => clean(`token ${revoked.name} of ${revoked.person.username} opens nothing any more`));
  return undefined;
};
