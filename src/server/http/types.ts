import type { FastifyInstance } from 'fastify';
import type { Bearer } from '../../domain/token.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/logger.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whose token the request carries, in `Authorization: Bearer`; throws HttpError 401, or 429 after too many wrong ones. */
    authenticate: (request: FastifyRequest) => Promise<Bearer>;
    /** Aborts when the server goes down: whoever holds a request open answers it then. */
    closing: AbortSignal;
  }
  interface FastifyRequest {
    /** Whose request it is; set in every route of a plugin that is not `open`. */
    bearer: Bearer | undefined;
  }
}

/** Where a front listens. */
export interface Listen {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

/** A part of the front with routes of its own: the REST API, the web page. */
export interface HttpPlugin {
  /** Before every path of it, such as `/api/v1`; absent = none. */
  readonly prefix?: string | undefined;
  /**
   * Its routes need no token, as the files of a page. Otherwise each request is authenticated before its body is read, and a route finds
   * whose it is in `request.bearer`. An open plugin may still call `app.authenticate(request)` where it wants to.
   */
  readonly open?: boolean | undefined;
  readonly routes: (app: FastifyInstance) => void | Promise<void>;
}

export interface HttpServerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listen: Listen;
  /** Names under which it is reached besides its own, as behind a proxy (`allowed_hosts`). */
  readonly allowedHosts: readonly string[];
  /** Whose token has this sha256; undefined = nobody's. */
  readonly findToken: (sha256: string) => Promise<Bearer | undefined>;
  /** Throws while the store does not answer. */
  readonly ready: () => Promise<unknown>;
  /** Metrics of now as Prometheus text. */
  readonly metrics: () => Promise<string>;
  readonly plugins: readonly HttpPlugin[];
  /** Aborts when the server goes down. */
  readonly closing: AbortSignal;
}
