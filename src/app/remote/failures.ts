import {
  BugError,
  ConflictError,
  EngineError,
  InterruptedError,
  messageOf,
  StoreError,
  UserError,
  type AppError,
  type AppErrorOptions,
} from '../../kit/errors.ts';

/** What a server answers instead of an answer. */
interface Problem {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
  readonly exitCode?: number;
}

/** The error that the same command would have ended with on the server's host. */
export function failureOf(document: unknown, url: string): AppError {
  if (!isProblem(document))
    return new StoreError('bad_answer', `${url} answers with something else than prebuilds answers`, HINT);
  const { code, message, hint, details } = document.error;
  const options = { hint, details };
  const known = document.exitCode === undefined ? undefined : BY_EXIT[document.exitCode];
  return known === undefined ? new UserError(code, message, options) : known(code, message, options);
}

type Make = (code: string, message: string, options: AppErrorOptions) => AppError;

const BY_EXIT: Readonly<Record<number, Make>> = {
  3: (code, message, options) => new EngineError(code, message, options),
  4: (code, message, options) => new StoreError(code, message, options),
  5: (code, message, options) => new ConflictError(code, message, options),
  70: (_code, message, options) => new BugError(message, options),
  130: (_code, message, options) => new InterruptedError(message, options),
};

const HINT = { hint: 'check PREBUILDS_URL: it is the address of `prebuilds serve`, such as http://127.0.0.1:7781' };

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  'error' in value &&
  typeof value.error === 'object' &&
  value.error !== null &&
  'code' in value.error &&
  'message' in value.error;

/** The server left before it had answered; what was asked for goes on there. */
export const brokeOff = (url: string, cause: unknown): StoreError =>
  new StoreError('connection_broke', `the connection to ${url} broke before the answer came: ${reasonOf(cause)}`, {
    hint: 'what was begun there goes on; look with `prebuilds show` or `prebuilds list`',
    cause: innerOf(cause),
  });

/** The server could not be reached. */
export const unreachable = (url: string, cause: unknown): StoreError =>
  isTlsFault(cause)
    ? new StoreError('server_unreachable', `the server at ${url} cannot be reached: what listens there does not speak https`, {
        hint: '`prebuilds serve` speaks http alone; https is for a proxy in front of it',
      })
    : new StoreError('server_unreachable', `the server at ${url} cannot be reached: ${reasonOf(cause)}`, {
        hint: 'check PREBUILDS_URL, and that `prebuilds serve` runs there',
        cause: innerOf(cause),
      });

/** OpenSSL's own words about it say nothing to people. */
const isTlsFault = (cause: unknown): boolean =>
  (innerOf(cause) as { code?: string } | undefined)?.code === 'ERR_SSL_WRONG_VERSION_NUMBER';

/** fetch says "fetch failed" and keeps the reason as its cause. */
const innerOf = (error: unknown): unknown => (error as { cause?: unknown }).cause ?? error;

/** In one line, and not twice: a name that resolves to several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  const inner = innerOf(error);
  return messageOf(inner) === '' ? ((inner as { code?: string }).code ?? 'no answer') : messageOf(inner);
}
