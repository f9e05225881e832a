import type { NewTokenInput, TokenApi, TokenView } from '../api/tokens.ts';
import { checkTokenName } from '../domain/names.ts';
import { tokenState, type Token } from '../domain/token.ts';
import type { Person } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import { randomText, sha256 } from '../kit/ids.ts';
import { actorOf, type Context } from './context.ts';
import { findCaller } from './identity.ts';

const SECRET_BYTES = 32;

/** Making, listing and revoking tokens. */
export function createTokenApi(context: Context): TokenApi {
  const { store, clock } = context;
  const view = (token: Token): TokenView => ({ ...token, state: tokenState(token, clock.now()) });
  const all = async (): Promise<readonly TokenView[]> => (await store.listTokens()).map(view);
  return {
    create: async (input) => {
      const person = await personOf(context, input);
      const name = nameOf(context, input, person);
      const text = `pb_${randomText(SECRET_BYTES)}`;
      const expiresAt = input.lifeMs === undefined ? undefined : clock.now() + input.lifeMs;
      const row = { name, personId: person.id, role: input.role, sha256: sha256(text), expiresAt };
      return { token: view(await store.createToken(row, await actorOf(context))), text };
    },
    list: async (options) => (await all()).filter(({ state }) => options.all || state === 'valid'),
    revoke: async (idOrName) => {
      const found = find(await all(), idOrName);
      if (found.state !== 'revoked') await store.revokeToken(found.id, await actorOf(context));
      return find(await all(), found.id);
    },
  };
}

/** A service account may be called like the pool's user: a dashboard's token may be its own, one that acts in a name must name somebody. */
async function personOf({ store, caller }: Context, { user, role }: NewTokenInput): Promise<Person> {
  const person = user === undefined ? await findCaller(store, caller) : await namedPerson(store, user);
  if (person.isSystem && (user !== undefined || role !== 'agent-read')) {
    throw new UserError('bad_user', `${person.username} is the user that owns prebuilds: nobody signs in as it`, {
      hint: 'name a person with --user',
    });
  }
  return person;
}

async function namedPerson(store: Context['store'], user: string): Promise<Person> {
  const person = await store.findPerson(user);
  if (person !== undefined) return person;
  throw new UserError('unknown_user', `there is no user "${user}"`, { hint: `make it with \`prebuilds user create ${user}\`` });
}

/** A name that is given is checked; one that is made has a random end, since a person may have many tokens. */
function nameOf({ ids }: Context, { name }: NewTokenInput, person: Person): string {
  if (name === undefined) return `${person.username}-${ids.base32(6)}`;
  checkTokenName(name);
  return name;
}

/** The id, else the name: first of what still counts, then of what was revoked. */
function find(all: readonly TokenView[], idOrName: string): TokenView {
  const named = all.filter(({ name }) => name.toLowerCase() === idOrName.toLowerCase());
  const found = all.find(({ id }) => id === idOrName) ?? named.find(({ state }) => state !== 'revoked') ?? named[0];
  if (found !== undefined) return found;
  throw new UserError('unknown_token', `there is no token "${idOrName}"`, { hint: 'see `prebuilds token list`' });
}
