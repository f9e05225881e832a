import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../kit/errors.ts';
import { goingDown, isLoopback } from './guards.ts';
import { HttpError } from './errors.ts';
import type { HttpServerOptions } from './types.ts';

type Options = Pick<HttpServerOptions, 'closing' | 'ready' | 'metrics' | 'listen' | 'logger'>;

/** What supervisors and Prometheus ask: alive, ready, and how it goes (spec 8.2). */
export function addHealth(app: FastifyInstance, { closing, ready, metrics, listen, logger }: Options): void {
  app.get('/healthz', () => {
    if (closing.aborted) throw goingDown();
    return { status: 'ok' };
  });
  app.get('/readyz', async () => {
    if (closing.aborted) throw goingDown();
    await ready().catch((error: unknown) => {
      logger.warn('http: the store does not answer', { error: messageOf(error) });
      throw new HttpError(503, 'not_ready', 'the store does not answer', {
        hint: 'see the log of the server, or run `prebuilds doctor`',
      });
    });
    return { status: 'ready' };
  });
  app.get('/metrics', async (request, reply) => {
    // Whoever is on this machine may look; from elsewhere every role may.
    if (!isLoopback(listen)) await app.authenticate(request);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics());
  });
}
