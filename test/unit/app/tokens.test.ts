import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenApi } from '../../../src/api/tokens.ts';
import type { Context } from '../../../src/app/context.ts';
import { createTokenApi } from '../../../src/app/tokens.ts';
import { sha256, systemIds } from '../../../src/kit/ids.ts';
import type { StoreUnderTest } from '../../contract/harness.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';

describe('tokens', () => {
  let store: StoreUnderTest;
  let tokens: TokenApi;
  beforeEach(async () => {
    store = await openSqlite();
    const { a, clock } = store;
    const caller = { env: {}, owner: 'root' };
    tokens = createTokenApi({ store: a, clock, ids: systemIds, caller } as unknown as Context);
  });
  afterEach(() => store.close());

  it('are long random texts that open for their person, and are kept as hashes alone', async () => {
    await store.a.ensurePerson({ username: 'ana' });
    const { token, text } = await tokens.create({ role: 'member', user: 'ana' });
    expect(text).toMatch(/^pb_[A-Za-z0-9_-]{43}$/);
    expect(token.name).toMatch(/^ana-[a-z2-7]{6}$/);
    expect(await store.b.findToken(sha256(text))).toMatchObject({
      person: { username: 'ana' },
      role: 'member',
      tokenId: token.id,
    });
    expect(JSON.stringify(store.rows('select * from api_token'))).not.toContain(text);
    expect(JSON.stringify(store.rows('select * from event'))).not.toContain(text);
    expect((await tokens.create({ role: 'member', user: 'ana' })).text).not.toBe(text);
  });

  it('belong to the caller unless told otherwise', async () => {
    const { token } = await tokens.create({ role: 'admin', name: 'boss' });
    expect(token).toMatchObject({ name: 'boss', person: { username: 'root' }, createdBy: 'root', state: 'valid' });
  });

  it("let an account that is called like the pool's user read, and act only for somebody it names", async () => {
    const { a, clock } = store;
    await a.ensurePerson({ username: 'ana' });
    const caller = { env: {}, owner: 'prebuilds' };
    const own = createTokenApi({ store: a, clock, ids: systemIds, caller } as unknown as Context);
    await expect(own.create({ role: 'admin' })).rejects.toMatchObject({ code: 'bad_user', exitCode: 2 });
    await expect(own.create({ role: 'member' })).rejects.toMatchObject({ code: 'bad_user', exitCode: 2 });
    expect(await own.create({ role: 'agent-read' })).toMatchObject({ token: { role: 'agent-read', state: 'valid' } });
    expect(await own.create({ role: 'admin', user: 'ana' })).toMatchObject({ token: { person: { username: 'ana' } } });
  });

  it.each([
    [{ user: 'nobody' }, 'unknown_user', 2],
    [{ user: 'prebuilds' }, 'bad_user', 2],
    [{ name: '../x' }, 'bad_name', 2],
    [{ name: '' }, 'bad_name', 2],
    [{ name: 'boss' }, 'token_exists', 5],
  ])('are not made for %j', async (input, code, exitCode) => {
    await tokens.create({ role: 'admin', name: 'Boss' });
    await expect(tokens.create({ role: 'member', ...input })).rejects.toMatchObject({ code, exitCode });
  });

  it('are listed while they open something, and with all of them', async () => {
    await tokens.create({ role: 'member', name: 'short', lifeMs: 1000 });
    await tokens.create({ role: 'member', name: 'long' });
    store.clock.advance(1000);
    expect((await tokens.list({ all: false })).map(({ name }) => name)).toEqual(['long']);
    const all = await tokens.list({ all: true });
    expect(all.map(({ name, state }) => [name, state]).sort()).toEqual([
      ['long', 'valid'],
      ['short', 'expired'],
    ]);
  });

  it('are revoked by name or id, also twice, and a name that was freed means the new one', async () => {
    const first = await tokens.create({ role: 'member', name: 'laptop' });
    expect(await tokens.revoke('LAPTOP')).toMatchObject({ id: first.token.id, state: 'revoked' });
    expect(await tokens.revoke(first.token.id)).toMatchObject({ state: 'revoked' });
    const second = await tokens.create({ role: 'member', name: 'laptop' });
    expect(await tokens.revoke('laptop')).toMatchObject({ id: second.token.id });
    await expect(tokens.revoke('none')).rejects.toMatchObject({ code: 'unknown_token', exitCode: 2 });
    expect((await store.a.listEvents()).filter(({ kind }) => kind === 'token.revoked')).toHaveLength(2);
  });
});
