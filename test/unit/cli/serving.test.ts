import { describe, expect, it } from 'vitest';
import type { ServeInput } from '../../../src/api/serve.ts';
import type { NewTokenInput, TokenApi, TokenView } from '../../../src/api/tokens.ts';
import { cli, NOW } from './fakes.ts';

const token: TokenView = {
  id: 't1',
  name: 'ana-k3x7qa',
  person: { id: 'u1', username: 'ana' },
  role: 'member',
  createdAt: NOW - 60_000,
  createdBy: 'root',
  expiresAt: NOW + 2 * 86_400_000,
  lastUsedAt: undefined,
  revokedAt: undefined,
  state: 'valid',
};
const run = (args: readonly string[], tokens: Partial<TokenApi>) => cli(args, { app: { tokens } });

describe('token', () => {
  it('create prints the token alone on stdout, and what it is beside', async () => {
    const asked: NewTokenInput[] = [];
    const create: TokenApi['create'] = (input) => {
      asked.push(input);
      return Promise.resolve({ token, text: 'pb_secret' });
    };
    const made = await run(['token', 'create', '--user', 'ana', '--expires', '2d'], { create });
    expect([made.code, made.out]).toEqual([0, 'pb_secret\n']);
    expect(made.err).toBe('token ana-k3x7qa of ana, role member, expires in 2 days; it is shown only this once\n');
    const json = await run(['token', 'create', '--role', 'agent-read', '--name', 'prom', '--json'], { create });
    expect(json.json).toMatchObject({ text: 'pb_secret', name: 'ana-k3x7qa', user: 'ana', state: 'valid' });
    expect(asked).toEqual([
      { role: 'member', user: 'ana', name: undefined, lifeMs: 2 * 86_400_000 },
      { role: 'agent-read', user: undefined, name: 'prom', lifeMs: undefined },
    ]);
    expect((await run(['token', 'create', '--role', 'root'], {})).code).toBe(2);
  });

  it('list shows what each opens, to whom and until when', async () => {
    const { out } = await run(['token', 'list'], { list: () => Promise.resolve([token]) });
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['TOKEN', 'USER', 'ROLE', 'STATE', 'AGE', 'EXPIRES', 'USED'],
      ['ana-k3x7qa', 'ana', 'member', 'valid', '1m', 'in 2 days', 'never'],
      [''],
    ]);
    const none = await run(['token', 'list', '--all'], { list: ({ all }) => Promise.resolve(all ? [] : [token]) });
    expect([none.code, none.out, none.err]).toEqual([0, '', 'no tokens; make one with `prebuilds token create`\n']);
  });

  it('revoke says whose it was', async () => {
    const revoke: TokenApi['revoke'] = (name) => Promise.resolve({ ...token, name, state: 'revoked', revokedAt: NOW });
    expect((await run(['token', 'revoke', 'laptop'], { revoke })).out).toBe('token laptop of ana opens nothing any more\n');
    const { json } = await run(['token', 'revoke', 'laptop', '--json'], { revoke });
    expect(json).toMatchObject({ name: 'laptop', state: 'revoked', revokedAt: new Date(NOW).toISOString() });
  });

  it('names are completed', async () => {
    const { out } = await run(['__complete', 'token', 'revoke', ''], { list: () => Promise.resolve([token]) });
    // Without a home there is nothing to complete from; the test has one.
    expect(out).toBe('ana-k3x7qa\n');
  });
});

describe('serve', () => {
  it('passes what was asked, and says once where it listens', async () => {
    const asked: ServeInput[] = [];
    const serve = (input: ServeInput): Promise<void> => {
      asked.push(input);
      const hasToken = input.reconcile;
      input.onListening({ url: 'http://127.0.0.1:7781', agents: undefined, reconciles: input.reconcile, hasToken });
      return Promise.resolve();
    };
    const plain = await cli(['serve', '--no-reconcile', '--listen', '127.0.0.1:1'], { app: { serve } });
    expect([plain.code, plain.out]).toEqual([
      0,
      'listening on http://127.0.0.1:7781; agents are not heard (set agent_listen); not reconciling\n',
    ]);
    expect(plain.err).toBe(
      'the page asks for a token, and there is none yet: make one with `prebuilds token create --role admin`\n',
    );
    const other = await cli(['serve', '--home', '/srv/a home'], { app: { serve } });
    expect(other.err).toBe('the page asks for a token: make one with `prebuilds token create --home "/srv/a home"`\n');
    expect((await cli(['serve', '-q'], { app: { serve } })).err).toBe('');
    const barred = await cli(['serve'], {
      app: {
        serve: (input: ServeInput) => {
          const agents = { agents: '127.0.0.1:7780', agentsBarredBy: 'another home' };
          input.onListening({ url: 'http://127.0.0.1:7781', ...agents, reconciles: true, hasToken: true });
          return Promise.resolve();
        },
      },
    });
    expect(barred.out).toContain('; agents are not heard while another home has 127.0.0.1:7780; ');
    const json = await cli(['serve', '--interval', '30s', '--json'], { app: { serve } });
    expect(json.json).toEqual({ url: 'http://127.0.0.1:7781', agents: null, reconciles: true, hasToken: true });
    expect(json.err).toBe('');
    expect(asked).toMatchObject([
      { listen: '127.0.0.1:1', reconcile: false, intervalMs: 15_000 },
      {},
      {},
      { listen: undefined, reconcile: true, intervalMs: 30_000 },
    ]);
  });
});
