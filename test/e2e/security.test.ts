import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, type Ask } from '../support/asking.ts';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { answerOf, open, raw } from '../support/raw.ts';
import { startServe, type Served } from '../support/serve.ts';
import { plain } from '../support/templates.ts';
import { freePort } from '../support/port.ts';

const AGENTS = 1000;
const STREAMS = 50;

/** Strangers, and people with too much time, against a server that others work with. */
describe('serve among strangers', () => {
  let box: Sandbox;
  let served: Served;
  let token: string;
  let agents: string;
  let ask: Ask;
  const host = (): string => new URL(served.url).host;
  const request = (head: string, ...headers: readonly string[]): string =>
    [head, `Host: ${host()}`, `Authorization: Bearer ${token}`, ...headers, 'Connection: close', '', ''].join('\r\n');
  const post = (body: string, ...headers: readonly string[]): string =>
    request(
      'POST /api/v1/groups HTTP/1.1',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
    ) + body;
  /** Others are served, and soon. */
  const stillServes = async (): Promise<void> => {
    const startedAt = performance.now();
    expect((await served.get('/readyz')).status).toBe(200);
    expect((await ask('pools.status')).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  };
  beforeAll(async () => {
    box = makeSandbox();
    agents = `127.0.0.1:${String(await freePort())}`;
    box.config(`agent_listen: ${agents}\nreadiness: provisioned\n`);
    await box.ok('template', 'push', box.template('plain', plain(1)));
    served = await startServe(box);
    token = await box.ok('token', 'create', '--role', 'admin');
    ask = asking(served.url, token);
  });
  afterAll(async () => {
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    await over;
    await box.dispose();
  });

  it.each([
    '/api/v1/../../../../etc/passwd',
    '/api/v1/..%2f..%2f..%2fetc%2fpasswd',
    '/api/v1/workspaces/..%2f..%2fetc/passwd',
    '/api/v1/workspaces/anna/%2e%2e%2f%2e%2e%2fetc%2fpasswd/logs',
    '/api/v1/templates/%00',
    '/api/v1/templates/a%00b',
    '/api/v1/templates/%0d%0aX-Injected:%20yes',
    '/api/v1/templates/%zz',
    '/api/v1/templates/%c0%ae%c0%ae',
    '//api/v1/pools',
    '//evil.example/api/v1/pools',
    '/api//v1/pools',
    '/api/v1/pools/',
    '/api/v1/pools;x=1',
    '/API/V1/POOLS',
    '/api/v1/%70ools%2f',
    '/./api/v1/me/../pools',
    '/..%5c..%5cetc%5cpasswd',
    '/%2e%2e/%2e%2e/etc/passwd',
    `/api/v1/templates/${'x'.repeat(5000)}`,
    `/api/v1/templates/${'%F0%9F%98%80'.repeat(1000)}`,
    `/${'y'.repeat(20_000)}`,
    '*',
    'http://evil.example/api/v1/pools',
  ])('answers nothing of its disk, and no error of its own, to %s', async (path) => {
    const { status, text } = await raw(served.url, request(`GET ${path} HTTP/1.1`));
    expect([path.slice(0, 80), status >= 200 && status < 500, status]).toEqual([path.slice(0, 80), true, status]);
    expect(text).not.toMatch(/root:|^X-Injected/im);
    if (status !== 200) expect(text).toMatch(/"code":/);
  });

  it.each([
    ['no Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', [400, 421]],
    ['a foreign Host', 'GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', [421]],
    ['a Host with a user', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\nConnection: close\r\n\r\n', [421]],
    ['an address of elsewhere', 'GET /healthz HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n', [421]],
    ['bytes that are no HTTP', '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n', [400]],
    ['a folded header', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\nConnection: close\r\n\r\n', [200, 400]],
    ['a header without a name', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n: x\r\nConnection: close\r\n\r\n', [400]],
    ['a space before the colon', 'GET /healthz HTTP/1.1\r\nHost : localhost\r\nConnection: close\r\n\r\n', [400]],
    ['too many headers', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${'X: yyyyyyyyyyyyyyyy\r\n'.repeat(2000)}\r\n`, [431]],
  ])('refuses %s', async (_what, text, statuses) => {
    expect(statuses).toContain((await raw(served.url, text)).status);
    await stillServes();
  });

  it('does not let the second of two headers decide', async () => {
    const twice = (name: string, first: string, second: string): string =>
      `GET /api/v1/me HTTP/1.1\r\n${name === 'Host' ? '' : `Host: ${host()}\r\n`}${name === 'Authorization' ? '' : `Authorization: Bearer ${token}\r\n`}` +
      `${name}: ${first}\r\n${name}: ${second}\r\nConnection: close\r\n\r\n`;
    expect([400, 421]).toContain((await raw(served.url, twice('Host', 'evil.example', host()))).status);
    expect((await raw(served.url, twice('Authorization', 'Bearer wrong', `Bearer ${token}`))).status).toBe(401);
    const lengths = `POST /api/v1/groups HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
    expect(
      (await raw(served.url, `${lengths}Content-Length: 2\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{}`)).status,
    ).toBe(400);
    const smuggled = `${lengths}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/tokens HTTP/1.1\r\n\r\n`;
    expect((await raw(served.url, smuggled)).text).not.toContain('HTTP/1.1 200');
  });

  it.each([
    ['no JSON', '{"name":', 400],
    ['an array', '[]', 400],
    ['a text', '"x"', 400],
    ['null', 'null', 400],
    ['an empty body', '', 400],
    ['JSON that is deep', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
    ['JSON with __proto__', '{"name":"x","__proto__":{"quota":5}}', 400],
    ['JSON with constructor.prototype', '{"name":"x","constructor":{"prototype":{"quota":5}}}', 400],
    ['a number beyond numbers', '{"name":"x","quota":1e999}', 400],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1'), 400],
    ['two megabytes', JSON.stringify({ name: 'x'.repeat(2_000_000) }), 413],
  ])('refuses %s as a body', async (_what, body, status) => {
    expect((await raw(served.url, post(body))).status).toBe(status);
    await stillServes();
  });

  it.each([
    ['text', 'Content-Type: text/plain'],
    ['a form', 'Content-Type: application/x-www-form-urlencoded'],
    ['a form with files', 'Content-Type: multipart/form-data; boundary=x'],
    ['XML', 'Content-Type: application/xml'],
    ['no type that is one', 'Content-Type: ;;;'],
  ])('refuses %s', async (_what, type) => {
    const body = '{"name":"x"}';
    const text = request('POST /api/v1/groups HTTP/1.1', type, `Content-Length: ${body.length}`) + body;
    expect([400, 415]).toContain((await raw(served.url, text)).status);
  });

  it('does not believe chunks', async () => {
    const head = request('POST /api/v1/groups HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked');
    for (const chunks of ['zz\r\n{}\r\n0\r\n\r\n', '-1\r\n{}\r\n0\r\n\r\n', 'FFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n'])
      expect((await raw(served.url, head + chunks)).status).toBe(400);
    const large = `4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(100);
    expect([413, 0]).toContain((await raw(served.url, `${head}${large}0\r\n\r\n`)).status);
    await stillServes();
  });

  it('a foreign page changes nothing', async () => {
    for (const headers of [
      ['Origin: https://evil.example'],
      ['Origin: null'],
      [`Origin: http://127.0.0.1:1`],
      [`Origin: http://${host()}.evil.example`],
      ['Sec-Fetch-Site: cross-site'],
    ])
      expect([headers, (await raw(served.url, post('{"name":"of-a-page"}', ...headers))).status]).toEqual([headers, 403]);
    expect(JSON.stringify((await ask('groups.list')).body)).not.toContain('of-a-page');
  });

  it('ends clients that never finish, and serves the others meanwhile', async () => {
    const heads = Array.from({ length: 100 }, () => open(served.url));
    for (const socket of heads) socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    const body = open(served.url);
    body.write(request('POST /api/v1/groups HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100') + '{"name"');
    const ends = Promise.all([...heads, body].map(answerOf));
    await stillServes();
    const answers = await ends;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]));
    await stillServes();
  });

  it('gives one token so many event streams, and no more', async () => {
    const ends: AbortController[] = [];
    const stream = async (): Promise<number> => {
      const end = new AbortController();
      const headers = { authorization: `Bearer ${token}` };
      const { status, body } = await fetch(`${served.url}/api/v1/events/stream?after=0`, { headers, signal: end.signal });
      if (status === 200) ends.push(end);
      else await body?.cancel();
      return status;
    };
    try {
      for (let n = 0; n < STREAMS; n += 1) expect(await stream()).toBe(200);
      expect(await stream()).toBe(429);
      await stillServes();
      ends.pop()?.abort();
      await until('a place that is free again', async () => ((await stream()) === 200 ? true : undefined));
    } finally {
      for (const end of ends) end.abort();
    }
  });

  it('tells nothing more to who follows with a token that is revoked', async () => {
    const { text: revoked } = (await box.json('token', 'create', '--role', 'admin', '--name', 'short')) as { text: string };
    const response = await fetch(`${served.url}/api/v1/events/stream`, { headers: { authorization: `Bearer ${revoked}` } });
    const told = response.text();
    await box.ok('token', 'revoke', 'short');
    expect(await told).toMatch(/event: error\ndata: .*"code":"bad_token".*\n\n$/);
  });

  it(`hears ${String(AGENTS)} agents that say nothing, and still claims`, async () => {
    await until('stock', async () => {
      const [pool] = (await ask('pools.status')).body as { eligible: number }[];
      return pool?.eligible === 1 ? true : undefined;
    });
    const sockets = await Promise.all(Array.from({ length: AGENTS }, () => connected(open(`http://${agents}`))));
    try {
      for (const socket of sockets) socket.write('POST /agent/v1/poll HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n');
      await stillServes();
      const claim = await ask('claims.create', { template: 'plain', name: 'dev', noCold: true });
      expect([claim.status, claim.body]).toMatchObject([200, { servedAs: 'warm' }]);
      const script = await fetch(`http://${agents}/agent/v1/agent.sh`);
      expect([script.status, (await script.text()).startsWith('#!/bin/sh')]).toEqual([200, true]);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});

const connected = (socket: Socket): Promise<Socket> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
