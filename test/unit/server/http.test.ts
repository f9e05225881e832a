import { connect, type AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bearer } from '../../../src/domain/token.ts';
import { ConflictError, UserError } from '../../../src/kit/errors.ts';
import { sha256 } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { createHttpServer } from '../../../src/server/http/server.ts';
import type { HttpServerOptions } from '../../../src/server/http/types.ts';
import { testClock } from '../../contract/support.ts';

const TOKEN = `pb_${'a'.repeat(43)}`;
const WRONG = `pb_${'b'.repeat(43)}`;
const bearer: Bearer = {
  person: { id: 'u1', username: 'ann', fullName: '', email: '', isSystem: false },
  role: 'agent-read',
  tokenId: 't1',
};
const POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";
const AUTH = { authorization: `Bearer ${TOKEN}` };

describe('the HTTP front', () => {
  const clock = testClock();
  let app: FastifyInstance | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });
  async function front(over: Partial<HttpServerOptions> = {}): Promise<FastifyInstance> {
    app = await createHttpServer({
      clock,
      logger: silentLogger,
      listen: { host: '127.0.0.1', port: 0 },
      allowedHosts: [],
      findToken: (hash) => Promise.resolve(hash === sha256(TOKEN) ? bearer : undefined),
      ready: () => Promise.resolve(),
      metrics: () => Promise.resolve('up 1\n'),
      closing: new AbortController().signal,
      plugins: [
        {
          prefix: '/api/v1',
          routes: (scope) => {
            scope.get('/me', (request) => ({ user: request.bearer?.person.username }));
            scope.post('/echo', (request) => ({ got: request.body }));
            scope.get('/wrong', () => {
              throw new UserError('bad_name', 'it is wrong', { hint: 'write another' });
            });
            scope.get('/taken', () => {
              throw new ConflictError('taken', 'it is taken');
            });
            scope.get('/bug', () => {
              throw new Error('secret detail');
            });
          },
        },
        { open: true, routes: (scope) => void scope.get('/', () => 'page') },
      ],
      ...over,
    });
    return app;
  }
  const get = async (url: string, headers: Record<string, string> = {}, over: Partial<HttpServerOptions> = {}) =>
    (app ?? (await front(over))).inject({ method: 'GET', url, headers: { host: 'localhost:7781', ...headers } });

  it('says that it lives, and 503 while it goes down', async () => {
    const end = new AbortController();
    await front({ closing: end.signal });
    expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
    end.abort();
    for (const path of ['/healthz', '/readyz']) {
      const answer = await get(path);
      expect([answer.statusCode, answer.json()]).toMatchObject([503, { error: { code: 'going_down' } }]);
    }
    expect((await get('/')).statusCode).toBe(200);
    const post = await app!.inject({ method: 'POST', url: '/api/v1/echo', payload: {}, headers: { host: 'localhost', ...AUTH } });
    expect(post.statusCode).toBe(503);
  });

  it('is ready while the store answers', async () => {
    expect((await get('/readyz')).statusCode).toBe(200);
    await app?.close();
    app = undefined;
    expect((await get('/readyz', {}, { ready: () => Promise.reject(new Error('locked')) })).statusCode).toBe(503);
  });

  it('gives metrics to everybody on this machine, and off it to every token', async () => {
    const open = await get('/metrics');
    expect([open.statusCode, open.body, open.headers['content-type']]).toEqual([
      200,
      'up 1\n',
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    await app?.close();
    app = undefined;
    expect((await get('/metrics', {}, { listen: { host: '0.0.0.0', port: 0 } })).statusCode).toBe(401);
    expect((await get('/metrics', AUTH)).statusCode).toBe(200);
  });

  it('lets a plugin know whose request it is, and needs no token for an open one', async () => {
    expect((await get('/api/v1/me', AUTH)).json()).toEqual({ user: 'ann' });
    const none = await get('/api/v1/me');
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([401, 'Bearer realm="prebuilds"']);
    expect(none.json()).toMatchObject({ error: { code: 'no_token' } });
    expect((await get('/')).body).toBe('page');
  });

  it('refuses wrong tokens for longer and longer, and lets the right one through meanwhile', async () => {
    await front();
    const wrong = async () => {
      const answer = await get('/api/v1/me', { authorization: `Bearer ${WRONG}` });
      return [answer.statusCode, answer.headers['retry-after']];
    };
    for (let n = 0; n < 10; n += 1) expect((await wrong())[0]).toBe(401);
    expect(await wrong()).toEqual([429, '1']);
    clock.advance(400);
    expect(await wrong()).toEqual([429, '1']);
    clock.advance(600);
    expect(await wrong()).toEqual([429, '2']);
    expect((await get('/api/v1/me', AUTH)).statusCode).toBe(200);
    clock.advance(2000);
    expect(await wrong()).toEqual([429, '4']);
    clock.advance(16 * 60_000);
    expect((await wrong())[0]).toBe(401);
  });

  it.each([
    ['localhost:9000', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1:7781', 200],
    ['pool.example.com', 200],
    ['evil.example.com:7781', 421],
    ['127.0.0.2', 421],
    ['localhost.evil.example.com', 421],
    ['localhost@evil.example.com', 421],
  ])('is known as %s: %i', async (host, status) => {
    expect((await get('/healthz', { host }, { allowedHosts: ['pool.example.com'] })).statusCode).toBe(status);
  });

  it.each([
    [{}, 200],
    [{ origin: 'http://localhost:7781' }, 200],
    [{ origin: 'https://pool.example.com' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'http://localhost:3000' }, 403],
    [{ origin: 'https://evil.example.com' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
  ])('is changed by %j: %i', async (headers, status) => {
    await front({ allowedHosts: ['pool.example.com'] });
    const answer = await app!.inject({
      method: 'POST',
      url: '/api/v1/echo',
      payload: { a: 1 },
      headers: { host: 'localhost:7781', ...AUTH, ...headers },
    });
    expect(answer.statusCode).toBe(status);
  });

  it('takes JSON of at most a mebibyte', async () => {
    await front();
    const post = async (payload: string, type: string) => {
      const headers = { host: 'localhost', 'content-type': type, ...AUTH };
      const answer = await app!.inject({ method: 'POST', url: '/api/v1/echo', payload, headers });
      return [answer.statusCode, answer.json<{ error?: { code: string } }>().error?.code];
    };
    expect(await post('{"a":1}', 'application/json')).toEqual([200, undefined]);
    expect(await post(JSON.stringify('a'.repeat(1024 * 1024)), 'application/json')).toEqual([413, 'body_too_large']);
    expect(await post('a=1', 'text/plain')).toEqual([415, 'invalid_media_type']);
    expect((await post('{', 'application/json'))[0]).toBe(400);
  });

  it('answers every failure with one document, and tells nobody of what only the log needs', async () => {
    const ask = async (path: string) => {
      const answer = await get(path, AUTH);
      return [answer.statusCode, answer.json<unknown>()];
    };
    expect(await ask('/api/v1/wrong')).toMatchObject([
      400,
      { error: { code: 'bad_name', message: 'it is wrong', hint: 'write another' } },
    ]);
    expect(await ask('/api/v1/taken')).toMatchObject([409, { error: { code: 'taken', message: 'it is taken' } }]);
    expect(await ask('/api/v1/none?x=secret')).toMatchObject([
      404,
      { error: { code: 'no_route', message: 'there is no GET /api/v1/none' } },
    ]);
    expect(await ask('/%zz')).toMatchObject([400, { error: { code: 'bad_request' } }]);
    const [status, document] = await ask('/api/v1/bug');
    expect([status, JSON.stringify(document).includes('secret')]).toEqual([500, false]);
  });

  it('carries the security headers on every answer', async () => {
    for (const path of ['/', '/none', '/api/v1/me']) {
      expect((await get(path)).headers).toMatchObject({
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
    }
  });

  it('answers what is no HTTP with the document, and is known by the address of the connection', async () => {
    await front();
    await app!.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app!.server.address() as AddressInfo;
    const talk = (text: string) =>
      new Promise<string>((resolve) => {
        let got = '';
        const socket = connect(port, '127.0.0.1', () => socket.end(text));
        socket.on('data', (data) => (got += data.toString()));
        socket.on('close', () => {
          resolve(got);
        });
      });
    expect(await talk('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*\{"error":\{"code":"bad_request"/s);
    expect(await talk('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n')).toContain('200 OK');
  });
});
