import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { makeAuthenticate } from './authenticate.ts';
import { answerErrors, errorDocument } from './errors.ts';
import { guard } from './guards.ts';
import { addHealth } from './health.ts';
import type { HttpPlugin, HttpServerOptions } from './types.ts';

const BODY_BYTES = 1024 * 1024;
/** A request must have come in whole after this time; an answer may take as long as it wants. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
const CHECK_MS = 2000;
const IDLE_MS = 10_000;
const MOST_CONNECTIONS = 2000;

/**
 * The HTTP front of `serve` (spec 8.2, 8.6): guards, health, metrics, and the routes of its plugins. Call `listen` on the result; before
 * `close`, abort `closing`, so that requests that are held open end.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    forceCloseConnections: 'idle',
    // The guards say it in the words that clients know.
    return503OnClosing: false,
    // How long a name may be is for the routes to say; an address as a whole is bounded with the headers.
    routerOptions: { maxParamLength: 16 * 1024 },
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: CHECK_MS },
    clientErrorHandler: (error, socket) => {
      refuseUnreadable(error, socket);
    },
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      void reply
        .code(error.statusCode ?? 400)
        .send(errorDocument({ code: 'bad_request', message: error.message, hint: undefined }));
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  // A form of another site can send text without asking first; nothing here takes it.
  app.removeContentTypeParser('text/plain');
  answerErrors(app, options.logger);
  app.decorate('authenticate', makeAuthenticate(options));
  app.decorate('closing', options.closing);
  app.decorateRequest('bearer', undefined);
  guard(app, options);
  addHealth(app, options);
  for (const plugin of options.plugins) await plugIn(app, plugin);
  return app;
}

async function plugIn(app: FastifyInstance, { prefix, open, routes }: HttpPlugin): Promise<void> {
  await app.register(
    async (scope) => {
      if (open !== true) {
        scope.addHook('onRequest', async (request) => {
          request.bearer = await app.authenticate(request);
        });
      }
      await routes(scope);
    },
    prefix === undefined ? {} : { prefix },
  );
}

/** What is no HTTP, or comes too slowly, gets the error document too, by hand: there is no request that could be answered. */
function refuseUnreadable(error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const message = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify(
    errorDocument({ code: 'bad_request', message: `the request could not be read: ${message}`, hint: undefined }),
  );
  const head = [`HTTP/1.1 ${String(status)} ${message}`, 'content-type: application/json; charset=utf-8'];
  socket.end([...head, `content-length: ${String(Buffer.byteLength(body))}`, 'connection: close', '', body].join('\r\n'));
}
