import type { ServerResponse } from 'node:http';
import type { Clock } from '../../kit/clock.ts';

/** How often a silent stream says that it is alive, so that proxies do not end it. */
const ALIVE_MS = 15_000;
/** How long a reader that takes nothing is waited for; then it falls behind, and is left in the end. */
const LONGEST_MS = 60_000;

export interface EventStream {
  /** `id` is what a reader that comes back says it has read last. */
  readonly send: (event: string, data: unknown, id?: number) => void;
  /** Resolves when the reader has taken most of what was sent, is gone, or `signal` aborts; others are served meanwhile. */
  readonly taken: (signal: AbortSignal) => Promise<void>;
  readonly end: () => void;
}

/** Answers as `text/event-stream`: one event a call, each with a JSON document as data. A reader that is gone, or too slow to follow, is left. */
export function openStream(
  clock: Clock,
  response: ServerResponse,
  headers: Readonly<Record<string, number | string | string[] | undefined>>,
): EventStream {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  const over = new AbortController();
  response.once('close', () => {
    over.abort();
  });
  const write = (text: string): void => {
    if (response.writable) response.write(text);
    if (response.writableLength > MOST_UNREAD) response.destroy();
  };
  void stayAlive(clock, over.signal, write);
  return {
    send: (event, data, id) => {
      write(`${id === undefined ? '' : `id: ${String(id)}\n`}event: ${event}\ndata: ${JSON.stringify(data ?? null)}\n\n`);
    },
    taken: async (signal) => {
      const until = new AbortController();
      const done = (): void => {
        until.abort();
      };
      const ends = [signal, over.signal];
      for (const end of ends) end.addEventListener('abort', done);
      response.once('drain', done);
      if (!ends.some((end) => end.aborted)) await clock.sleep(response.writableNeedDrain ? LONGEST_MS : 0, until.signal);
      response.off('drain', done);
      for (const end of ends) end.removeEventListener('abort', done);
    },
    end: () => {
      over.abort();
      response.end();
    },
  };
}

async function stayAlive(clock: Clock, signal: AbortSignal, write: (text: string) => void): Promise<void> {
  while (!signal.aborted) {
    write(':\n\n');
    await clock.sleep(ALIVE_MS, signal);
  }
}

/** Bytes that a reader may be behind. */
const MOST_UNREAD = 16 * 1024 * 1024;
