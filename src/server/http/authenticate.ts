import type { FastifyRequest } from 'fastify';
import { isTokenText, type Bearer } from '../../domain/token.ts';
import { sha256 } from '../../kit/ids.ts';
import { HttpError } from './errors.ts';
import type { HttpServerOptions } from './types.ts';
import { countWrongTokens } from './wrong-tokens.ts';

/**
 * Who asks. A right token passes also while its address is refused: it cannot be guessed, and behind a proxy one person's old token would
 * lock out everybody.
 */
export function makeAuthenticate({
  findToken,
  clock,
}: Pick<HttpServerOptions, 'findToken' | 'clock'>): (request: FastifyRequest) => Promise<Bearer> {
  const wrong = countWrongTokens();
  return async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw refused('no_token', 'this needs a token');
    const bearer = isTokenText(token) ? await findToken(sha256(token)) : undefined;
    if (bearer !== undefined) return bearer;
    const ms = wrong.note(request.ip, clock.monotonic());
    if (ms === 0) throw refused('bad_token', 'the token is unknown, expired or revoked');
    throw new HttpError(429, 'too_many_wrong_tokens', 'too many wrong tokens came from this address', {
      hint: 'get a new token, then try again',
      headers: { 'retry-after': String(Math.ceil(ms / 1000)) },
    });
  };
}

const refused = (code: string, message: string): HttpError =>
  new HttpError(401, code, message, {
    hint: 'make one with `prebuilds token create` on the host of the server, and set PREBUILDS_TOKEN to it',
    headers: { 'www-authenticate': 'Bearer realm="prebuilds"' },
  });
