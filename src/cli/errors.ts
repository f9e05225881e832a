import { CommanderError } from 'commander';
import { AppError, BugError, InterruptedError, StoreError, UserError, messageOf } from '../kit/errors.ts';

/** System errors that mean the disk or its permissions, not a bug of ours. */
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE']);

/** Anything thrown as an error of kit/errors.ts, so that the edge has one shape to print. */
export function toAppError(error: unknown, interrupted: boolean): AppError {
  if (error instanceof AppError) return error;
  if (interrupted && error instanceof Error && error.name === 'AbortError') return new InterruptedError();
  if (error instanceof CommanderError) return usageError(error);
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code !== undefined && DISK.has(code)) {
    return new StoreError('io_failed', messageOf(error), {
      hint: 'see whether the disk is full and the home folder is writable: prebuilds doctor',
      cause: error,
    });
  }
  return new BugError(`unexpected: ${messageOf(error)}`, { cause: error });
}

/** commander says `error: unknown option '--foo'`, and its guess on a second line. */
function usageError(error: CommanderError): UserError {
  const [first = '', ...rest] = error.message.split('\n');
  const guess = /\(Did you mean (one of )?(.+?)\?\)/.exec(rest.join(' '));
  const hint = guess === null ? 'see --help of the command' : `did you mean ${guess[2] ?? ''}?`;
  return new UserError('usage', first.replace(/^error: /, ''), { hint });
}

/** The message, and the causes that it does not repeat: a cause is never lost. */
export function errorLine(error: AppError): string {
  let line = error.message;
  let cause: unknown = error.cause;
  for (let depth = 0; depth < 5 && cause !== undefined; depth++) {
    const message = messageOf(cause);
    if (!line.includes(message)) line += ` (cause: ${message})`;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return line.replaceAll(/\s*\n\s*/g, ' ');
}

/** The shape of spec 3; details are what the error carries, never a stack. */
export const errorJson = (error: AppError) => ({
  error: { code: error.code, message: errorLine(error), hint: error.hint, details: error.details ?? {} },
});
