import type { AgentLogLine } from '../../api/agents.ts';
import type { BuildProgress } from '../../api/app.ts';
import { API_ROOT, ORGANIZATION_HEADER, placeOf, REQUEST_HEADER, type RouteId } from '../../api/paths.ts';
import type { Clock } from '../../kit/clock.ts';
import { InterruptedError, UserError } from '../../kit/errors.ts';
import type { Ids } from '../../kit/ids.ts';
import { readEvents } from './events.ts';
import { brokeOff, failureOf, unreachable } from './failures.ts';

export interface ClientOptions {
  /** Of the server, without a path. */
  readonly url: string;
  readonly token: string | undefined;
  readonly organization: string | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly fetch?: typeof fetch | undefined;
}

/** What is told while an answer is awaited, and what ends it. */
export interface Listener {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly onStep?: ((step: string) => void) | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
  readonly onAgentLine?: ((line: AgentLogLine) => void) | undefined;
}

export type Inputs = Readonly<Record<string, unknown>>;

export interface Client {
  /** Asks and gives the answer; throws the error that the command would have ended with on the server's host. */
  ask<T>(id: RouteId, inputs?: Inputs): Promise<T>;
  /** The same for what takes long: tells on the way. Aborting the signal ends it on the server, and waits for what that comes to. */
  follow<T>(id: RouteId, inputs: Inputs, listener: Listener): Promise<T>;
}

/** After Ctrl-C: how long the server's last word is awaited. */
const LAST_WORD_MS = 15_000;

export function createClient(options: ClientOptions): Client {
  const send = async (id: RouteId, inputs: Inputs, more: { accept: string; requestId?: string; signal?: AbortSignal }) => {
    const { url, init } = requestOf(options, id, inputs, more);
    return (options.fetch ?? fetch)(url, init).catch((error: unknown) => {
      throw unreachable(options.url, error);
    });
  };
  return {
    ask: async <T>(id: RouteId, inputs: Inputs = {}) => {
      const response = await send(id, inputs, { accept: 'application/json' });
      return (await documentOf(options, response)) as T;
    },
    follow: async <T>(id: RouteId, inputs: Inputs, listener: Listener) => {
      const requestId = options.ids.uuid();
      const late = new AbortController();
      const interrupted = (): void => {
        void end(options, requestId);
        void options.clock.sleep(LAST_WORD_MS, late.signal).then(() => {
          late.abort();
        });
      };
      listener.signal?.addEventListener('abort', interrupted, { once: true });
      try {
        const response = await send(id, inputs, { accept: 'text/event-stream', requestId, signal: late.signal });
        if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
          return (await documentOf(options, response)) as T;
        return (await hear(options, response, listener)) as T;
      } catch (error) {
        if (listener.signal?.aborted === true && late.signal.aborted) throw new InterruptedError();
        throw error;
      } finally {
        listener.signal?.removeEventListener('abort', interrupted);
        late.abort();
      }
    },
  };
}

/** Tells the server that nobody wants the answer any more; what comes of it is the answer. */
async function end(options: ClientOptions, requestId: string): Promise<void> {
  const url = `${options.url}${API_ROOT}/requests/${requestId}`;
  await (options.fetch ?? fetch)(url, { method: 'DELETE', headers: headersOf(options) }).catch(() => undefined);
}

function requestOf(
  options: ClientOptions,
  id: RouteId,
  inputs: Inputs,
  { accept, requestId, signal }: { accept: string; requestId?: string; signal?: AbortSignal },
): { url: string; init: RequestInit } {
  const place = placeOf(id);
  const path = place.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(String(inputs[name])));
  const rest = Object.entries(inputs).filter(([name, value]) => !place.params.includes(name) && value !== undefined);
  const query = new URLSearchParams(place.inQuery ? rest.map(([name, value]) => [name, String(value)]) : []).toString();
  return {
    url: `${options.url}${API_ROOT}${path}${query === '' ? '' : `?${query}`}`,
    init: {
      method: place.method,
      headers: {
        ...headersOf(options),
        accept,
        ...(requestId === undefined ? {} : { [REQUEST_HEADER]: requestId }),
        ...(place.inQuery ? {} : { 'content-type': 'application/json' }),
      },
      ...(place.inQuery ? {} : { body: JSON.stringify(Object.fromEntries(rest)) }),
      ...(signal === undefined ? {} : { signal }),
    },
  };
}

/** A name in a path. `.` and `..` would lead to another question, however they are encoded; nothing has such a name. */
function segment(name: string): string {
  if (name === '.' || name === '..') throw new UserError('bad_name', `nothing can have the name "${name}"`);
  return encodeURIComponent(name);
}

const headersOf = ({ token, organization }: ClientOptions): Record<string, string> => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(organization === undefined ? {} : { [ORGANIZATION_HEADER]: organization }),
});

async function documentOf({ url }: ClientOptions, response: Response): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw brokeOff(url, error);
  });
  const document = parsed(text);
  if (response.ok && document !== undefined) return document.value ?? undefined;
  throw failureOf(document?.value, url);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Passes on what is told, until the result or the failure. */
async function hear(options: ClientOptions, response: Response, listener: Listener): Promise<unknown> {
  const stream = response.body ?? [];
  try {
    for await (const { event, data } of readEvents(stream as AsyncIterable<Uint8Array>)) {
      if (event === 'result') return data ?? undefined;
      if (event === 'error') throw failureOf(data, options.url);
      pass(listener, event, data);
    }
  } catch (error) {
    if (error instanceof Error && 'exitCode' in error) throw error;
    throw brokeOff(options.url, error);
  }
  throw brokeOff(options.url, new Error('the server ended it'));
}

function pass(listener: Listener, event: string, data: unknown): void {
  if (event === 'progress') listener.onProgress?.(data as BuildProgress);
  if (event === 'step') listener.onStep?.((data as { step: string }).step);
  if (event === 'agent-line') listener.onAgentLine?.(data as AgentLogLine);
  if (event === 'line') listener.onLine?.((data as { line: string }).line);
}
