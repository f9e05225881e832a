import type { FastifyInstance } from 'fastify';
import { AppError, BugError, ConflictError, EngineError, InterruptedError, messageOf, UserError } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logger.ts';

/** A refusal that HTTP has a status of its own for. */
export class HttpError extends AppError {
  readonly exitCode = 2;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { hint?: string | undefined; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(code, message, { hint: options.hint });
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/** The document of every answer that is an error: the shape that `--json` gives (spec 3), and what a command line ends with. */
export const errorDocument = (error: Documented) => ({
  error: {
    code: error.code,
    message: error.message.replaceAll(/\s*\n\s*/g, ' '),
    hint: error.hint,
    details: error.details ?? {},
  },
  exitCode: error.exitCode ?? 2,
});

type Documented = Pick<AppError, 'code' | 'message' | 'hint'> & Partial<Pick<AppError, 'details' | 'exitCode'>>;

/** An error that has something to say at all; the inside of a bug is nobody's business but the log's. */
export const problemOf = (thrown: unknown): Problem => {
  const error = toAppError(thrown);
  return { trouble: isTrouble(error), document: errorDocument(error) };
};

interface Problem {
  /** Worth a line in the log. */
  readonly trouble: boolean;
  readonly document: ReturnType<typeof errorDocument>;
}

/** Whether an administrator should hear of it: what was ended because somebody asked for that is no trouble. */
const isTrouble = (error: AppError): boolean =>
  statusOf(error) >= 500 && !(error instanceof InterruptedError) && error.code !== GOING_DOWN;

/** Code of the answers of a server that is being stopped; whoever gets it asks again. */
export const GOING_DOWN = 'going_down';

/** The tool's errors by what a client can do about them: correct the request, try again, or tell an administrator. */
export function statusOf(error: AppError): number {
  if (error instanceof HttpError) return error.status;
  if (error.code === 'forbidden') return 403;
  if (error instanceof UserError) return error.code.startsWith('unknown_') ? 404 : 400;
  if (error instanceof ConflictError) return 409;
  if (error instanceof EngineError) return 502;
  return error instanceof BugError ? 500 : 503;
}

/** Every failure becomes the error document, whatever threw it; what is nobody's fault but ours is told to the log alone. */
export function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    return reply
      .code(404)
      .send(errorDocument({ code: 'no_route', message: `there is no ${request.method} ${path}`, hint: undefined }));
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown);
    const status = statusOf(error);
    if (isTrouble(error)) {
      const cause = error.cause === undefined ? undefined : messageOf(error.cause);
      logger.error('http: a request failed', {
        method: request.method,
        route: request.routeOptions.url,
        error: error.message,
        cause,
      });
    }
    if (error instanceof HttpError) void reply.headers(error.headers);
    return reply.code(status).send(errorDocument(error));
  });
}

/** Fastify's own errors are about requests that it could not read (too long, not JSON). */
function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { statusCode, code } = thrown as { statusCode?: number; code?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const name = code?.replace(/^FST_(ERR_)?(CTP_)?/, '').toLowerCase() ?? 'bad_request';
    return new HttpError(statusCode, name, messageOf(thrown));
  }
  return new BugError('the request failed', { cause: thrown, hint: 'see the log of the server' });
}
