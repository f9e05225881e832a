import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { LogFields, Logger } from '../kit/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const ROTATE_BYTES = 10 * 1024 * 1024;

/** `2026-01-02T03:04:05.678Z info message key=value`: one line per entry, values quoted when they need it (spec 5.10). */
export function formatLine(at: number, level: LogLevel, message: string, fields: LogFields = {}): string {
  const pairs = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${quote(String(value))}`]));
  return [new Date(at).toISOString(), level, message, ...pairs].join(' ');
}

const quote = (text: string): string => (/^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text));

/**
 * Log of one process: always to `file` (rotated once at 10 MB, mode 0600), and to stderr from `stderrLevel` up. A log that cannot be
 * written never stops the work.
 */
export function createLogger(options: {
  file: string;
  clock: Clock;
  stderr: (line: string) => void;
  stderrLevel: LogLevel;
}): Logger {
  let ready = false;
  const write = (level: LogLevel, message: string, fields?: LogFields) => {
    const line = formatLine(options.clock.now(), level, message, fields);
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(options.stderrLevel)) options.stderr(line);
    if (level === 'debug') return;
    try {
      if (!ready) rotate(options.file);
      ready = true;
      appendFileSync(options.file, `${line}\n`, { mode: 0o600 });
    } catch {
      // A full disk or a missing folder must not turn a claim into a failure.
    }
  };
  return {
    debug: (message, fields) => {
      write('debug', message, fields);
    },
    info: (message, fields) => {
      write('info', message, fields);
    },
    warn: (message, fields) => {
      write('warn', message, fields);
    },
    error: (message, fields) => {
      write('error', message, fields);
    },
  };
}

function rotate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) renameSync(file, `${file}.1`);
}
