import type { RouteId } from '../api/paths.ts';
import { requestOf, type Inputs } from './request.ts';
import { session } from './session.ts';
import { makeEventReader, type StreamEvent } from './sse.ts';

/** An answer that is an error, in the words of the server. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, error: { readonly code?: unknown; readonly message?: unknown; readonly hint?: unknown }) {
    super(typeof error.message === 'string' ? error.message : `the server answered with status ${String(status)}`);
    this.status = status;
    this.code = typeof error.code === 'string' ? error.code : 'unknown';
    this.hint = typeof error.hint === 'string' ? error.hint : undefined;
  }
}

async function send(id: RouteId, inputs: Inputs, accept: string, signal: AbortSignal | undefined): Promise<Response> {
  const { method, url, body } = requestOf(id, inputs);
  const token = session.token();
  const response = await fetch(url, {
    method,
    headers: {
      accept,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    cache: 'no-store',
    credentials: 'omit',
  });
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const document = (await response.json().catch(() => undefined)) as { error?: Record<string, unknown> } | undefined;
  return new Problem(response.status, document?.error ?? {});
}

/** Asks and reads the whole answer. Problem for an error; AbortError when the signal aborts. */
export async function ask<T>(id: RouteId, inputs: Inputs = {}, signal?: AbortSignal): Promise<T> {
  const response = await send(id, inputs, 'application/json', signal);
  return (await response.json()) as T;
}

/** Asks for an event stream and gives each event as it comes; ends when the server ends it. `error` events are thrown. */
export async function follow(
  id: RouteId,
  inputs: Inputs,
  onEvent: (event: string, data: unknown) => void,
  signal?: AbortSignal,
): Promise<void> {
  const response = await send(id, inputs, 'text/event-stream', signal);
  if (response.body === null) return;
  const read = makeEventReader();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const event of read(decoder.decode(value, { stream: true }))) onEvent(event.event, dataOf(event));
  }
}

function dataOf({ event, data }: StreamEvent): unknown {
  const value = JSON.parse(data) as unknown;
  if (event !== 'error') return value;
  const { error } = value as { error?: Record<string, unknown> };
  throw new Problem(0, error ?? {});
}

/** Asks something that takes long: its steps on the way, its result at the end. */
export async function run<T>(
  id: RouteId,
  inputs: Inputs,
  onEvent: (event: string, data: unknown) => void,
  signal?: AbortSignal,
): Promise<T> {
  let result: { readonly value: T } | undefined;
  await follow(
    id,
    inputs,
    (event, data) => {
      if (event === 'result') result = { value: data as T };
      else onEvent(event, data);
    },
    signal,
  );
  if (result === undefined)
    throw new Problem(0, {
      message: 'the connection ended before the answer came',
      hint: 'look at the workspaces before you try again',
    });
  return result.value;
}
