import { afterEach, describe, expect, it } from 'vitest';
import { API_ROOT } from '../../../../src/api/paths.ts';
import { readEvents, type StreamEvent } from '../../../../src/app/remote/events.ts';
import { answerOf, open as connect } from '../../../support/raw.ts';
import { openWorld, tokenOf, type World } from './world.ts';

let opened: World | undefined;
const leaving: AbortController[] = [];
afterEach(async () => {
  for (const one of leaving.splice(0)) one.abort();
  await opened?.close();
  opened = undefined;
});

interface From {
  readonly after?: number;
  readonly limit?: number;
}

/** A history of so many events, each so many characters long. */
const history = (count: number, size = 0) => ({
  'audit.events': ({ after = 0, limit = 0 }: From) =>
    Array.from({ length: Math.max(0, Math.min(limit, count - after)) }, (_, at) => ({
      seq: after + at + 1,
      actor: 'ann',
      reason: 'x'.repeat(size),
    })),
});

async function follow(world: World, query = '', headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const leave = new AbortController();
  leaving.push(leave);
  return fetch(`${world.url}${API_ROOT}/events/stream${query}`, {
    headers: { authorization: `Bearer ${tokenOf('member')}`, ...headers },
    signal: leave.signal,
  });
}

/** Numbers of the first `count` events of a stream. */
async function read(response: Response, count: number): Promise<readonly number[]> {
  const decoder = new TextDecoder();
  const ids: number[] = [];
  let rest = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) if (block.includes('event: event')) ids.push(Number(/^id: (\d+)$/m.exec(block)?.[1]));
    if (ids.length >= count) break;
  }
  return ids;
}

describe('the stream of events', () => {
  it('says the number of each, and goes on after the last one that a reader names', async () => {
    opened = await openWorld(history(5));
    expect(await read(await follow(opened), 5)).toEqual([1, 2, 3, 4, 5]);
    expect(await read(await follow(opened, '?after=1'), 4)).toEqual([2, 3, 4, 5]);
    expect(await read(await follow(opened, '?after=1', { 'Last-Event-ID': '3' }), 2)).toEqual([4, 5]);
    expect(await read(await follow(opened, '?after=4', { 'Last-Event-ID': 'of another server' }), 1)).toEqual([5]);
  });

  it('ends soon after its token was revoked, and says why', async () => {
    opened = await openWorld(history(1));
    const response = await follow(opened);
    opened.revoked.add(tokenOf('member'));
    const events: StreamEvent[] = [];
    for await (const event of readEvents(response.body as unknown as AsyncIterable<Uint8Array>)) events.push(event);
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { error: { code: 'bad_token' } } });
    expect(events.some(({ event }) => event === 'result')).toBe(false);
  });

  it('is sent whole, however long the history is, to a reader who takes its time, and others are answered meanwhile', async () => {
    const [count, size] = [30_000, 1000];
    opened = await openWorld(history(count, size));
    const response = await follow(opened);
    expect((await fetch(`${opened.url}/healthz`)).status).toBe(200);
    expect(await read(response, count)).toHaveLength(count);
  });
});

describe('a long body', () => {
  it.each(['member', 'agent-read'] as const)('is not read of a %s', async (role) => {
    opened = await openWorld({});
    const socket = connect(opened.url);
    const head = [
      `POST ${API_ROOT}/templates HTTP/1.1`,
      `Host: ${new URL(opened.url).host}`,
      `Authorization: Bearer ${tokenOf(role)}`,
      'Content-Type: application/json',
      `Content-Length: ${String(100 * 1024 * 1024)}`,
      'Connection: close',
    ];
    // None of it is sent: who waits for it never answers.
    socket.write([...head, '', ''].join('\r\n'));
    expect(await answerOf(socket)).toMatchObject({ status: 403, text: expect.stringContaining('forbidden') as string });
  });
});
