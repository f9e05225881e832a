import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BugError, messageOf, StoreError, type AppError } from '../../kit/errors.ts';

interface SqliteFailure extends Error {
  readonly code: string;
}

const isSqliteFailure = (error: unknown): error is SqliteFailure =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

/** Another connection holds the lock that this statement needs. */
export const isBusy = (error: unknown): boolean => isSqliteFailure(error) && /^SQLITE_(BUSY|LOCKED)/.test(error.code);

/** Names a failure of SQLite or of the file system in the tool's words; errors of the tool itself pass unchanged. */
export function storeError(error: unknown, path: string): Error {
  if (!(error instanceof Error)) return new BugError(messageOf(error), { cause: error });
  if (!isSqliteFailure(error)) return error;
  const { code } = error;
  if (!/^(SQLITE_|E[A-Z]+$)/.test(code)) return error;
  return named(code, error, path);
}

function named(code: string, cause: SqliteFailure, path: string): AppError {
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new StoreError('store_locked', `the store ${path} stayed locked by another process for too long`, {
      hint: 'try again; if it stays so, look for a hanging prebuilds process or a backup that holds the file',
      cause,
    });
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT' || (code.startsWith('SQLITE_IOERR') && isFull(path))) {
    return new StoreError('store_full', `no space left to write the store ${path}`, {
      hint: 'free some space, then run it again',
      cause,
    });
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return new StoreError('store_corrupt', `the store ${path} is not a usable database: ${cause.message}`, {
      hint: 'restore it from a backup, or move it away to start anew',
      cause,
    });
  }
  // The rules that constraints hold are checked before each write, so a violation is a mistake of the tool.
  if (code.startsWith('SQLITE_CONSTRAINT')) return new BugError(`the store refused a wrong state: ${cause.message}`, { cause });
  if (code === 'SQLITE_ERROR' || code === 'SQLITE_MISUSE')
    return new BugError(`the store was asked wrongly: ${cause.message}`, { cause });
  return new StoreError('store_unusable', `the store ${path} cannot be used: ${cause.message}`, {
    hint: 'check that the folder exists, is on a local disk and is writable',
    cause,
  });
}

/** A disk that filled up shows as an I/O error where SQLite extends its shared memory file: ask the disk itself. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 64 * 1024;
  } catch {
    return false;
  }
}
