import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../api/app.ts';
import { API_ROOT, ORGANIZATION_HEADER, placeOf, REQUEST_HEADER, type Place, type RouteId } from '../../api/paths.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/logger.ts';
import { messageOf } from '../../kit/errors.ts';
import { readInput, resumed } from './ask.ts';
import type { Bearer } from '../../domain/token.ts';
import { limitCrowd, type Crowd } from './crowd.ts';
import { openApi } from './openapi.ts';
import { BugError } from '../../kit/errors.ts';
import { HttpError, problemOf } from '../http/errors.ts';
import { goingDown } from '../http/guards.ts';
import { forbidden } from './refusal.ts';
import type { HttpPlugin } from '../http/types.ts';
import { createRequests, type Requests } from './requests.ts';
import { viewOf } from './roles.ts';
import type { Live, Route, Written } from './route.ts';
import { ROUTES } from './routes.ts';
import { openStream } from './stream.ts';
import { untilRefused } from './token-watch.ts';

export interface ApiOptions {
  /** The application, answering as this person; `organization` as with `--org`. */
  readonly appFor: (caller: Bearer, organization: string | undefined) => App;
  readonly clock: Clock;
  /** For one listener that wants to know when something happened. */
  readonly news: () => Written;
  readonly logger: Logger;
  readonly version: string;
}

const PUSH_LIMIT = 160 * 1024 * 1024;
const LIMITS: Readonly<Partial<Record<RouteId, number>>> = { 'templates.push': PUSH_LIMIT };

/** The REST API (spec 8.3): every route of the table, the document that describes them, and a way to end a question in work. */
export function apiPlugins(options: ApiOptions): readonly HttpPlugin[] {
  const room: Room = { requests: createRequests(), watchers: limitCrowd(MOST_WATCHED) };
  const { requests } = room;
  const document = JSON.stringify(openApi(options.version));
  return [
    {
      prefix: API_ROOT,
      open: true,
      routes: (app) => {
        app.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(document));
      },
    },
    {
      prefix: API_ROOT,
      routes: (app) => {
        app.closing.addEventListener('abort', () => {
          requests.endAll(goingDown());
        });
        app.delete<{ Params: { id: string } }>('/requests/:id', (request) => ({
          ended: requests.end(bearerOf(request).tokenId, request.params.id),
        }));
        for (const id of Object.keys(ROUTES) as RouteId[]) {
          const place = placeOf(id);
          app.route({
            method: place.method,
            url: urlOf(place),
            ...(LIMITS[id] === undefined ? {} : { bodyLimit: LIMITS[id], onRequest: adminsOnly }),
            handler: (request, reply) => answer(options, room, { route: ROUTES[id], place }, request, reply),
          });
        }
        refuseOtherMethods(app);
      },
    },
  ];
}

/** A long body is not even read of those who may not send it. */
const adminsOnly = (request: FastifyRequest): Promise<void> =>
  bearerOf(request).role === 'admin' ? Promise.resolve() : Promise.reject(forbidden('changing a template'));

const urlOf = (place: Place): string => place.path.replaceAll(/\{(\w+)\}/g, ':$1');

/** A path that is there for other methods is told apart from one that is not there. */
function refuseOtherMethods(app: FastifyInstance): void {
  const methods = new Map<string, string[]>([['/requests/:id', ['DELETE']]]);
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    const place = placeOf(id);
    const known = methods.get(urlOf(place)) ?? [];
    methods.set(urlOf(place), [...known, place.method, ...(place.method === 'GET' ? ['HEAD'] : [])]);
  }
  for (const [url, known] of methods) {
    const refuse = (request: FastifyRequest): Promise<void> =>
      Promise.reject(
        new HttpError(405, 'wrong_method', `${url} has no ${request.method}`, { headers: { allow: known.join(', ') } }),
      );
    const method = app.supportedMethods.filter((one) => !known.includes(one));
    app.route({ method, url, onRequest: refuse, handler: refuse });
  }
}

function bearerOf(request: FastifyRequest): Bearer {
  if (request.bearer === undefined) throw new BugError('a request came in without its bearer');
  return request.bearer;
}

/** Streams without an end that one token may hold open at once: pages, dashboards, and those that a proxy has not closed yet. */
const MOST_WATCHED = 50;

interface Room {
  readonly requests: Requests;
  readonly watchers: Crowd;
}

interface Asked {
  readonly route: Route;
  readonly place: Place;
}

async function answer(
  options: ApiOptions,
  { requests, watchers }: Room,
  { route, place }: Asked,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const caller = bearerOf(request);
  const input = readInput(route.input, place, resumed(route, request));
  const whole = options.appFor(caller, organizationOf(request));
  const streams = route.live === 'only' || (route.live === 'may' && /text\/event-stream/.test(request.headers.accept ?? ''));
  const leave = route.live === 'only' ? watchers.enter(caller.tokenId) : () => undefined;
  if (leave === undefined) throw tooMany();
  const running = requests.begin(caller.tokenId, idOf(request));
  const ask = (live: Connected): Promise<unknown> =>
    route.ask(viewOf(whole, caller), input as never, liveOf(options, { caller, whole }, live));
  try {
    if (!streams) {
      const said = await ask({ ...NOBODY, signal: running.signal });
      await reply.type('application/json; charset=utf-8').send(JSON.stringify(said ?? null));
      return;
    }
    await streamed(options, { request, reply, route }, running.signal, ask);
  } finally {
    running.forget();
    leave();
  }
}

const tooMany = (): HttpError =>
  new HttpError(429, 'too_many_streams', `one token may follow ${String(MOST_WATCHED)} streams at once`, {
    hint: 'close some, or use another token',
    headers: { 'retry-after': '10' },
  });

/** The part of `Live` that is about the connection. */
type Connected = Pick<Live, 'emit' | 'taken' | 'signal'>;

/** Who waits for the answer alone. */
const NOBODY: Omit<Connected, 'signal'> = { emit: () => undefined, taken: () => Promise.resolve() };

/** Headers of the answer come before the outcome is known, so a failure is an event too. */
async function streamed(
  { logger, clock }: ApiOptions,
  { request, reply, route }: { request: FastifyRequest; reply: FastifyReply; route: Route },
  signal: AbortSignal,
  ask: (live: Connected) => Promise<unknown>,
): Promise<void> {
  reply.hijack();
  const stream = openStream(clock, reply.raw, reply.getHeaders());
  const gone = new AbortController();
  reply.raw.once('close', () => {
    gone.abort();
  });
  // Who only looks has nothing to lose by being left; work goes on.
  const end = route.live === 'only' ? AbortSignal.any([signal, gone.signal]) : signal;
  let refusal: HttpError | undefined;
  if (route.live === 'only') {
    void untilRefused(clock, () => request.server.authenticate(request), end).then((said) => {
      refusal = said;
      gone.abort();
    });
  }
  try {
    const result = await ask({ emit: stream.send, taken: () => stream.taken(end), signal: end });
    if (refusal !== undefined) throw refusal;
    stream.send('result', result);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.trouble) logger.error('api: a question could not be answered', { error: messageOf(error) });
    stream.send('error', problem.document);
  }
  stream.end();
  gone.abort();
}

const liveOf = (options: ApiOptions, asked: Pick<Live, 'caller' | 'whole'>, { emit, taken, signal }: Connected): Live => ({
  ...asked,
  version: options.version,
  news: options.news,
  signal,
  emit,
  taken,
  onProgress: (progress) => {
    emit('progress', progress);
  },
  onStep: (step) => {
    emit('step', { step });
  },
  onLine: (line) => {
    emit('line', { line });
  },
});

/** `X-Prebuilds-Organization`: where template names are looked for. */
function organizationOf(request: FastifyRequest): string | undefined {
  const name = request.headers[ORGANIZATION_HEADER];
  return typeof name === 'string' && name !== '' ? name.slice(0, 64) : undefined;
}

/** `X-Request-Id` names a question, so that its asker can end it. */
function idOf(request: FastifyRequest): string | undefined {
  const id = request.headers[REQUEST_HEADER];
  return typeof id === 'string' && /^[\w.-]{1,128}$/.test(id) ? id : undefined;
}
