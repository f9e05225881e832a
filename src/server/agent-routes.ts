import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { waitingManifest } from '../domain/agent-manifest.ts';
import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import { sha256 } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import type { AgentBackend, Authenticated } from './agent-backend.ts';
import { AGENT_BODY } from './agent-body.ts';
import { HOME_HEADER, readLogPlace, readMeta, readProc, readScriptId, readWord } from './agent-words.ts';
import { makeLimiter } from './limits.ts';

const KIB = 1024;
/** The first line of a body may be the token. */
const TOKEN_ROOM = 4 * KIB;
const LIMITS = { manifest: 0, poll: 16 * KIB, report: 16 * KIB, log: 64 * KIB, meta: 16 * KIB, script: 0 } as const;
type Route = keyof typeof LIMITS;

export interface AgentServerOptions {
  readonly backend: AgentBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Mark of the home whose agents are heard. */
  readonly home?: string | undefined;
}

/** A request that was let in. */
interface Call {
  readonly agent: Authenticated;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** What a route answers: text with status 200, or a refusal by its status alone. */
type Reply = string | 400 | 404;

/**
 * The routes of agents, on a listener of their own (agent-protocol 4 and 7). Every useful answer is 200 and ends with a line the agent looks for;
 * whatever else makes it back off. Nothing here logs a body, a token or a query. Call `listen` on the result.
 */
export function createAgentServer(options: AgentServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 64 * KIB + TOKEN_ROOM,
    // Above the longest hold; a client that says nothing for a minute is gone.
    requestTimeout: 60_000,
    keepAliveTimeout: 5000,
    forceCloseConnections: true,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/plain').send('prebuilds serves agents here, and no other API of Coder\n'),
  );
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) options.logger.error('agents: a request failed', { error: messageOf(error) });
    return reply
      .code(status)
      .type('text/plain')
      .send(status >= 500 ? 'it failed\n' : `${messageOf(error)}\n`);
  });
  app.get('/agent/v1/agent.sh', (_request, reply) =>
    reply
      .headers(options.home === undefined ? {} : { [HOME_HEADER]: options.home })
      .type('text/x-shellscript')
      .send(AGENT_BODY),
  );
  const admit = gate(options);
  const handlers = routes(options.backend);
  const answering = new Set<Promise<unknown>>();
  // Closing cuts the connections, but not what works for them: it must end before the store does.
  app.addHook('onClose', async () => {
    await Promise.allSettled(answering);
  });
  const answer = async (route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const call = await admit(route, request, reply);
    if (call === undefined) return reply;
    const words = await handlers[route](call);
    if (typeof words === 'number') return reply.code(words).type('text/plain').send('this is not what an agent sends\n');
    return reply.type('text/plain').send(words);
  };
  for (const route of Object.keys(LIMITS) as Route[]) {
    app.post(`/agent/v1/${route}`, { bodyLimit: LIMITS[route] + TOKEN_ROOM }, (request, reply) => {
      const work = answer(route, request, reply).finally(() => answering.delete(work));
      answering.add(work);
      return work;
    });
  }
  return app;
}

function routes(backend: AgentBackend): Record<Route, (call: Call) => Promise<Reply>> {
  return {
    manifest: async ({ agent, query, signal }) => {
      const proc = readProc(query);
      return proc === undefined ? 400 : backend.manifest(agent, proc, signal);
    },
    poll: async ({ agent, query, body, signal }) => {
      const word = readWord(query, body.toString('utf8'));
      if (word === undefined) return 400;
      return lines(await backend.poll(agent, word, query['hold'] !== '0', signal));
    },
    report: async ({ agent, query, body }) => {
      const word = readWord(query, body.toString('utf8'));
      if (word === undefined) return 400;
      await backend.report(agent, word);
      return lines(['ok']);
    },
    log: async ({ agent, query, body }) => {
      const place = readLogPlace(query);
      if (place === undefined) return 400;
      const have = await backend.log(agent, place, body);
      return lines([have === 'full' ? 'full' : `have ${String(have)}`]);
    },
    meta: async ({ agent, query, body }) => {
      const proc = readProc(query);
      if (proc === undefined) return 400;
      await backend.meta(agent, proc, readMeta(body.toString('utf8')));
      return lines(['ok']);
    },
    script: async ({ agent, query }) => {
      const id = readScriptId(query);
      return id === undefined ? 400 : ((await backend.script(agent, id)) ?? 404);
    },
  };
}

const lines = (all: readonly string[]): string => [...all, 'end', ''].join('\n');

/**
 * Lets a request in when its token is known: 401 otherwise, 429 after 10 wrong ones a minute from one address, or more than 20 requests of
 * one kind in 10 s from one agent: a script that prints much must not keep its agent from its polls. A manifest may be asked for before the
 * token is known (`expect`). The answer is sent here when it is none of the route.
 */
function gate(
  options: AgentServerOptions,
): (route: Route, request: FastifyRequest, reply: FastifyReply) => Promise<Call | undefined> {
  const { backend, clock } = options;
  const perAgent = makeLimiter(20, 10_000);
  const perAddress = makeLimiter(10, 60_000);
  return async (route, request, reply) => {
    const { token, body } = credentials(request);
    const tokenSha256 = sha256(token);
    const signal = untilGone(reply);
    const key = token === '' ? undefined : await identify(backend, route, tokenSha256, signal);
    if (key === 'later') {
      await reply.type('text/plain').send(waitingManifest(1));
      return undefined;
    }
    if (key === undefined) {
      const status = perAddress.take(request.ip, clock.monotonic()) ? 401 : 429;
      await reply.code(status).type('text/plain').send('no workspace has an agent with this token\n');
      return undefined;
    }
    if (!perAgent.take(`${tokenSha256} ${route}`, clock.monotonic())) {
      await reply.code(429).type('text/plain').send('too many requests\n');
      return undefined;
    }
    return {
      agent: { workspaceId: key.workspaceId, name: key.name, tokenSha256 },
      query: request.query as Call['query'],
      body,
      signal,
    };
  };
}

const identify = async (backend: AgentBackend, route: Route, tokenSha256: string, signal: AbortSignal) =>
  (await backend.authenticate(tokenSha256)) ?? (route === 'manifest' ? backend.expect(tokenSha256, signal) : undefined);

/** Aborts when the client does not wait for its answer any more. */
function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}

/** The token of the header, or of the first line of the body, which then begins after it. */
function credentials(request: FastifyRequest): { token: string; body: Buffer } {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const header = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (header !== undefined) return { token: header, body };
  const end = body.indexOf(10);
  const line = /^token (\S+)$/.exec(body.toString('latin1', 0, end < 0 ? 0 : Math.min(end, 1024)))?.[1];
  return line === undefined ? { token: '', body } : { token: line, body: body.subarray(end + 1) };
}
