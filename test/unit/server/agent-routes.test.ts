import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import type { AgentBackend } from '../../../src/server/agent-backend.ts';
import { createAgentServer } from '../../../src/server/agent-routes.ts';
import { testClock } from '../../contract/support.ts';

const QUERY = 'proc=12345678-a&gen=1&seq=2&life=ready';

describe('the agent routes', () => {
  const clock = testClock();
  let app: FastifyInstance;
  let calls: unknown[];
  let polled: () => Promise<void>;
  beforeEach(() => {
    calls = [];
    polled = () => Promise.resolve();
    const note = <T>(answer: T, ...what: unknown[]): Promise<T> => {
      calls.push(what);
      return Promise.resolve(answer);
    };
    const backend: AgentBackend = {
      authenticate: (hash) => Promise.resolve(hash === sha256('good') ? { workspaceId: 'w', name: 'main' } : undefined),
      expect: (hash) =>
        Promise.resolve(
          hash === sha256('new') ? ('later' as const) : hash === sha256('just') ? { workspaceId: 'w', name: 'main' } : undefined,
        ),
      manifest: (who, proc) => note('m_end=1\n', 'manifest', who.tokenSha256, proc),
      poll: async (who, word, hold) => {
        await polled();
        return note(['gen 1'], 'poll', who.name, word, hold);
      },
      report: (_who, word) => note(undefined, 'report', word.results),
      log: (_who, place, bytes) =>
        note(place.offset === 9 ? ('full' as const) : bytes.length, 'log', place, Buffer.from(bytes).toString('latin1')),
      meta: (_who, proc, values) => note(undefined, 'meta', proc, values),
      script: (_who, id) => note(id === 'known' ? 'text\n# m_end\n' : undefined, 'script', id),
    };
    app = createAgentServer({ backend, clock, logger: silentLogger });
  });
  afterEach(() => app.close());

  const post = (
    path: string,
    payload: string | Buffer = '',
    headers: Record<string, string> = { authorization: 'Bearer good' },
  ) => app.inject({ method: 'POST', url: `/agent/v1/${path}`, payload, headers });

  it('serve the agent without a token, whole and without secrets', async () => {
    const answer = await app.inject({ method: 'GET', url: '/agent/v1/agent.sh' });
    expect(answer.statusCode).toBe(200);
    expect(answer.body.startsWith('#!/bin/sh\n')).toBe(true);
    expect(answer.body.endsWith('\n# end of agent\n')).toBe(true);
    expect(answer.body).not.toContain('@SHIM@');
    expect(answer.body).toContain('stat_cpu()');
    expect(Buffer.byteLength(answer.body)).toBeLessThan(64 * 1024);
  });

  it.each([
    [
      `poll?${QUERY}`,
      '',
      'gen 1\nend\n',
      ['poll', 'main', { proc: '12345678-a', generation: 1, seq: 2, life: 'ready', results: [] }, true],
    ],
    [`poll?${QUERY}&hold=0`, '', 'gen 1\nend\n', ['poll', 'main', expect.anything(), false]],
    [
      `report?${QUERY}`,
      'startup 0 3\ns-1 timeout 9\n',
      'ok\nend\n',
      [
        'report',
        [
          { id: 'startup', exit: 0, seconds: 3 },
          { id: 's-1', exit: 'timeout', seconds: 9 },
        ],
      ],
    ],
    [
      'log?proc=12345678&gen=1&script=s&off=0',
      'a\xff',
      'have 2\nend\n',
      ['log', { proc: '12345678', generation: 1, script: 's', offset: 0 }, 'a\xff'],
    ],
    ['log?proc=12345678&gen=1&script=s&off=9', 'a', 'full\nend\n', ['log', expect.anything(), 'a']],
    [
      'meta?proc=12345678&gen=1',
      'm0 0 1.2 cores\u001b[31m \n\nm1 timeout \nbad\n',
      'ok\nend\n',
      [
        'meta',
        '12345678',
        [
          { id: 'm0', exit: 0, value: '1.2 cores' },
          { id: 'm1', exit: 'timeout', value: '' },
        ],
      ],
    ],
    ['manifest?proc=12345678', '', 'm_end=1\n', ['manifest', sha256('good'), '12345678']],
    ['script?proc=12345678&id=known', '', 'text\n# m_end\n', ['script', 'known']],
  ])('answer %s, with the token in the header or on the first line', async (path, body, answer, call) => {
    const bytes = Buffer.from(body, 'latin1');
    const header = await post(path, bytes, { authorization: 'Bearer good', 'content-type': 'application/octet-stream' });
    const line = await post(path, Buffer.concat([Buffer.from('token good\n'), bytes]), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([header.statusCode, header.body, line.statusCode, line.body]).toEqual([200, answer, 200, answer]);
    expect(calls).toEqual([call, call]);
  });

  it.each([
    'poll',
    'poll?proc=x&gen=1&seq=1&life=ready',
    `poll?${QUERY}x`,
    `report?${QUERY}&gen=-1`,
    'log?proc=12345678&gen=1&script=../x&off=0',
    'log?proc=12345678&gen=1&script=s&off=1e3',
    'manifest?proc=..%2Fx',
    'meta',
  ])('refuse %s', async (path) => {
    expect((await post(path)).statusCode).toBe(400);
    expect(calls).toEqual([]);
  });

  it('refuse results that are none, unknown scripts and other paths', async () => {
    expect((await post(`report?${QUERY}`, '../x 0 1\n')).statusCode).toBe(400);
    expect((await post('script?proc=12345678&id=unknown')).statusCode).toBe(404);
    const other = await app.inject({ method: 'GET', url: '/api/v2/workspaceagents/me/manifest' });
    expect([other.statusCode, other.body]).toEqual([404, 'prebuilds serves agents here, and no other API of Coder\n']);
  });

  it.each([
    ['log?proc=12345678&gen=1&script=s&off=0', 64 * 1024, 70 * 1024],
    [`report?${QUERY}`, 0, 21 * 1024],
    ['meta?proc=12345678&gen=1', 16 * 1024, 21 * 1024],
    ['manifest?proc=12345678', 0, 5 * 1024],
  ])('take so much of %s and no more', async (path, fits, tooMuch) => {
    expect((await post(path, 'x'.repeat(fits))).statusCode).toBe(200);
    expect((await post(path, 'x'.repeat(tooMuch))).statusCode).toBe(413);
  });

  it('close only when every answer that was being made is made: the store closes next', async () => {
    let begun: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    polled = () => {
      begun();
      return finished;
    };
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const cut = fetch(`http://127.0.0.1:${String(port)}/agent/v1/poll?${QUERY}`, {
      method: 'POST',
      headers: { authorization: 'Bearer good' },
    }).catch(() => 'cut');
    await asked;
    const order: string[] = [];
    const closed = app.close().then(() => order.push('closed'));
    expect(await cut).toBe('cut');
    order.push('answered');
    finish();
    await closed;
    expect(order).toEqual(['answered', 'closed']);
  });

  it('refuse wrong tokens, and slow down whoever tries many; the right one still passes', async () => {
    const wrong = () => post(`poll?${QUERY}`, '', { authorization: 'Bearer bad' });
    const seen = [];
    for (let n = 0; n < 12; n += 1) seen.push((await wrong()).statusCode);
    expect(seen).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect((await post(`poll?${QUERY}`)).statusCode).toBe(200);
    clock.advance(6000);
    expect((await wrong()).statusCode).toBe(401);
    expect((await post(`poll?${QUERY}`, '', {})).statusCode).toBe(429);
  });

  it('let a token of an engine that still works wait, for a manifest alone', async () => {
    const ask = (token: string, path = 'manifest?proc=12345678') => post(path, '', { authorization: `Bearer ${token}` });
    expect((await ask('new')).body).toBe('m_wait=1\nm_end=1\n');
    expect((await ask('just')).body).toBe('m_end=1\n');
    expect((await ask('new', `poll?${QUERY}`)).statusCode).toBe(401);
    for (let n = 0; n < 30; n += 1) expect((await ask('new')).statusCode).toBe(200);
  });

  it('take a burst of 20 of one kind from one agent, then two a second', async () => {
    clock.advance(60_000);
    const burst = [];
    for (let n = 0; n < 21; n += 1) burst.push((await post(`poll?${QUERY}`)).statusCode);
    expect(burst.filter((code) => code === 200)).toHaveLength(20);
    expect(burst.at(-1)).toBe(429);
    expect((await post(`report?${QUERY}`)).statusCode).toBe(200);
    clock.advance(500);
    expect((await post(`poll?${QUERY}`)).statusCode).toBe(200);
  });
});
