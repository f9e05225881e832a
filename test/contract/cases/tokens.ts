import { describe, expect, it } from 'vitest';
import { eachTest, type OpenStore } from '../harness.ts';
import { must } from '../support.ts';

const MINUTE = 60_000;

export function tokenCases(open: OpenStore): void {
  describe('tokens', () => {
    const at = eachTest(open);
    const given = async (input: { name?: string; sha256?: string; expiresAt?: number } = {}) => {
      const { a } = at();
      const [ann, root] = [await a.ensurePerson({ username: 'ann' }), await a.ensurePerson({ username: 'root' })];
      const { name = 'laptop', sha256 = 'ab12', expiresAt } = input;
      return { ann, root, token: await a.createToken({ name, personId: ann.id, role: 'member', sha256, expiresAt }, root) };
    };

    it('are made with their event, which knows neither text nor hash, and listed', async () => {
      const { a, b } = at();
      const { ann, token } = await given();
      expect(token).toMatchObject({
        name: 'laptop',
        person: { id: ann.id, username: 'ann' },
        role: 'member',
        createdBy: 'root',
        expiresAt: undefined,
        lastUsedAt: undefined,
        revokedAt: undefined,
      });
      expect(await b.listTokens()).toEqual([token]);
      const told = (await b.listEvents()).filter(({ kind }) => kind.startsWith('token.'));
      expect(told).toMatchObject([
        { kind: 'token.created', actor: 'root', reason: 'laptop', data: { user: 'ann', role: 'member' } },
      ]);
      expect(JSON.stringify(told)).not.toContain('ab12');
      expect(a).toBeDefined();
    });

    it('have a name of their own until they are revoked', async () => {
      const { b } = at();
      const { ann, root, token } = await given();
      const again = { name: 'LAPTOP', personId: ann.id, role: 'admin', sha256: 'cd', expiresAt: undefined } as const;
      await expect(b.createToken(again, root)).rejects.toMatchObject({ code: 'token_exists', exitCode: 5 });
      expect(await b.revokeToken(token.id, root)).toBe(true);
      expect(await b.createToken(again, root)).toMatchObject({ name: 'LAPTOP', role: 'admin' });
    });

    it('open for their person until they expire', async () => {
      const { a, clock } = at();
      const { ann, token } = await given({ expiresAt: clock.now() + 10 * MINUTE });
      expect(await a.findToken('ab12')).toEqual({ person: ann, role: 'member', tokenId: token.id });
      expect(await a.findToken('AB12')).toBeUndefined();
      expect(await a.findToken('')).toBeUndefined();
      expect(await a.hasToken()).toBe(true);
      clock.advance(10 * MINUTE);
      expect(await a.findToken('ab12')).toBeUndefined();
      expect(await a.hasToken()).toBe(false);
    });

    it('open nothing from the moment they are revoked, in every process, which is told once', async () => {
      const { a, b } = at();
      const { root, token } = await given();
      expect(await b.findToken('ab12')).toBeDefined();
      expect(await a.revokeToken(token.id, root)).toBe(true);
      expect(await b.findToken('ab12')).toBeUndefined();
      expect(await b.hasToken()).toBe(false);
      expect(await b.revokeToken(token.id, root)).toBe(false);
      expect(await b.revokeToken('nobody', root)).toBe(false);
      const told = (await b.listEvents()).filter(({ kind }) => kind === 'token.revoked');
      expect(told).toMatchObject([{ reason: 'laptop', actor: 'root' }]);
      expect(must((await b.listTokens())[0]).revokedAt).toBeDefined();
    });

    it('remember their last use to the minute', async () => {
      const { a, clock } = at();
      await given();
      const used = async () => must((await a.listTokens())[0]).lastUsedAt;
      const first = clock.now();
      await a.findToken('ab12');
      expect(await used()).toBe(first);
      clock.advance(MINUTE - 1);
      await a.findToken('ab12');
      expect(await used()).toBe(first);
      clock.advance(1);
      await a.findToken('ab12');
      expect(await used()).toBe(first + MINUTE);
    });
  });
}
