import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ConflictError, messageOf, UserError } from '../kit/errors.ts';
import { isLoopback } from '../server/http/guards.ts';
import { createHttpServer } from '../server/http/server.ts';
import type { HttpServerOptions } from '../server/http/types.ts';
import type { Context } from './context.ts';
import { writeAddress, type Address } from './listen.ts';

/** How long answers that are under way may take once the front closes, in milliseconds. */
const LAST_ANSWERS_MS = 2000;

export interface Front {
  readonly url: string;
  /** Ends every connection. */
  readonly close: () => Promise<void>;
}

/** Listens, or says why not: ConflictError when somebody has the address. */
export async function openFront(context: Context, options: HttpServerOptions): Promise<Front> {
  const app = await createHttpServer(options);
  try {
    await app.listen(options.listen);
  } catch (error) {
    await app.close();
    throw listenError(error, options.listen);
  }
  const { address, port } = app.server.address() as AddressInfo;
  return { url: `http://${writeAddress({ host: address, port })}`, close: () => close(context, app) };
}

/** Requests that still wait for an answer get a moment; whoever holds one open ends it because of `closing`. */
async function close({ clock }: Context, app: FastifyInstance): Promise<void> {
  const over = new AbortController();
  const closing = app.close().finally(() => {
    over.abort();
  });
  await clock.sleep(LAST_ANSWERS_MS, over.signal);
  if (!over.signal.aborted) {
    const closed = once(app.server, 'close');
    app.server.closeAllConnections();
    await closed;
  }
  await closing;
}

function listenError(error: unknown, listen: Address): Error {
  const where = writeAddress(listen);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new ConflictError('address_taken', `another process listens on ${where} already`, {
      hint: 'end it, or name another address with --listen or `listen` in the configuration',
    });
  }
  return new UserError('listen', `cannot listen on ${where}: ${messageOf(error)}`, {
    hint: 'name an address of this machine with --listen or `listen` in the configuration',
    cause: error,
  });
}

/** Nobody off this machine may ask before there is a token to ask with (spec 8.6), and agents have an address of their own. */
export async function checkListen({ store, config }: Context, listen: Address): Promise<void> {
  const { agentListen } = config;
  if (agentListen !== undefined && listen.port !== 0 && writeAddress(agentListen) === writeAddress(listen)) {
    throw new UserError('same_address', `${writeAddress(listen)} is both \`listen\` and \`agent_listen\``, {
      hint: 'agents need an address of their own: they reach nothing else',
    });
  }
  if (isLoopback(listen) || (await store.hasToken())) return;
  throw new UserError('no_token', `nothing may listen on ${writeAddress(listen)} while there is no token: everybody could ask`, {
    hint: 'make one with `prebuilds token create --role admin`, or listen on 127.0.0.1',
  });
}
