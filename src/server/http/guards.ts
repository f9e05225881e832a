import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GOING_DOWN, HttpError } from './errors.ts';
import type { HttpServerOptions, Listen } from './types.ts';

/** What every answer carries: a page of ours loads nothing from elsewhere and stands in no frame. */
const HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A route that may be kept says so itself.
  'cache-control': 'no-store',
} as const;

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Checks that come before any route (spec 8.6). A browser sends whatever page it shows to any address: the Host check stops pages that made
 * their own name point here, the Origin check stops foreign pages from changing anything.
 */
export function guard(app: FastifyInstance, options: Pick<HttpServerOptions, 'listen' | 'allowedHosts' | 'closing'>): void {
  const names = new Set(['localhost', options.listen.host, ...options.allowedHosts].map((name) => bare(name)));
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    checkHost(request, names);
    if (READS.has(request.method)) return;
    checkOrigin(request, names);
    if (options.closing.aborted) throw goingDown();
    await Promise.resolve();
  });
}

export const goingDown = (): HttpError =>
  new HttpError(503, GOING_DOWN, 'the server is going down', {
    hint: 'try again in a moment',
    headers: { 'retry-after': '5' },
  });

/** A name or address as it is compared: lower case, without brackets, an IPv4 address in its own notation. */
const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/\.$/, '');

/** `name:port`, `[address]:port` or either without a port; undefined = it is none of these. */
function hostname(authority: string): string | undefined {
  const found = /^(\[[0-9A-Fa-f:.]+\]|[^\s/:@[\]]+)(?::\d{1,5})?$/.exec(authority)?.[1];
  return found === undefined ? undefined : bare(found);
}

/** The names of `listen` and the configuration, and the address on which this very connection came in. */
function checkHost(request: FastifyRequest, names: ReadonlySet<string>): void {
  const host = hostname(request.headers.host ?? '');
  if (host !== undefined && (names.has(host) || (isIP(host) !== 0 && host === bare(request.socket.localAddress ?? '')))) return;
  throw new HttpError(421, 'wrong_host', 'this server is not known under the name of the request', {
    hint: 'add the name to `allowed_hosts` in the configuration of the server',
  });
}

/** Programs send no Origin; a page sends its own, which must be ours. */
function checkOrigin(request: FastifyRequest, names: ReadonlySet<string>): void {
  const { origin } = request.headers;
  if (origin === undefined ? !isCrossSite(request) : isOurs(origin, request.headers.host, names)) return;
  throw new HttpError(403, 'wrong_origin', 'a page of another site may not change anything here');
}

const isCrossSite = (request: FastifyRequest): boolean =>
  !['same-origin', 'none', undefined].includes(request.headers['sec-fetch-site']?.toString());

function isOurs(origin: string, host: string | undefined, names: ReadonlySet<string>): boolean {
  const authority = /^https?:\/\/(.+)$/.exec(origin)?.[1] ?? '';
  if (authority.toLowerCase() === host?.toLowerCase()) return true;
  // A proxy may have given its own name as Host. Other servers of this machine are no part of us, whatever their port.
  const name = hostname(authority);
  return name !== undefined && isIP(name) === 0 && name !== 'localhost' && names.has(name);
}

/** Whether only processes of this machine can reach it. */
export const isLoopback = ({ host }: Pick<Listen, 'host'>): boolean =>
  /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/.test(bare(host));
