export interface AppErrorOptions {
  /** What the reader should do next: one sentence without a final full stop. */
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/**
 * Base of every failure the tool knows. The message is one line: what happened and to which thing. `code` is stable and printed
 * by `--json`; `exitCode` follows spec 3.
 */
export abstract class AppError extends Error {
  abstract readonly exitCode: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** Wrong use or wrong input: nothing was changed. */
export class UserError extends AppError {
  readonly exitCode = 2;
}

/** The engine (terraform or tofu) could not be run, or failed. */
export class EngineError extends AppError {
  readonly exitCode = 3;
}

/** The store could not be opened, read or written. */
export class StoreError extends AppError {
  readonly exitCode = 4;
}

/** Somebody else has it, or there is nothing to give (name taken, nothing to claim, being claimed). */
export class ConflictError extends AppError {
  readonly exitCode = 5;
}

/** The person pressed Ctrl-C, or a signal asked the tool to stop. */
export class InterruptedError extends AppError {
  readonly exitCode = 130;

  constructor(message = 'interrupted', options: AppErrorOptions = {}) {
    super('interrupted', message, options);
  }
}

/** A promise of our own code was broken; the user is asked for a report. */
export class BugError extends AppError {
  readonly exitCode = 70;

  constructor(message: string, options: AppErrorOptions = {}) {
    super('bug', message, { hint: 'this is a bug in prebuilds; please report it with the command you ran', ...options });
  }
}

/** Message of anything thrown, for logs and causes. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
