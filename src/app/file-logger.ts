import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import type { LogFields, Logger } from '../kit/logger.ts';
import { homePaths } from '../kit/paths.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const ROTATE_BYTES = 10 * 1024 * 1024;
const KEPT = 3;

/** One line in the fixed form of spec 5.10: the message, then `key=value`, quoted where a reader could not tell where it ends. */
export function formatLogLine(message: string, fields: LogFields = {}): string {
  const parts = [message.replaceAll('\n', ' ')];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    parts.push(`${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`);
  }
  return parts.join(' ');
}

export interface FileLoggerOptions {
  readonly home: string;
  readonly clock: Clock;
  /** Lowest level that goes to logs/prebuilds.log. */
  readonly fileLevel: LogLevel;
  /** Lowest level that goes to `sink` (stderr). */
  readonly sinkLevel: LogLevel;
  readonly sink: (level: LogLevel, line: string) => void;
}

/**
 * Logs to `logs/prebuilds.log` (0600, rotated at 10 MB, 3 old files kept) and to a sink. Each line is one append, so that several
 * processes can share the file. A log that cannot be written never stops the work: the first failure is told to the sink.
 */
export function fileLogger(options: FileLoggerOptions): Logger {
  const folder = homePaths(options.home).logs;
  const path = join(folder, 'prebuilds.log');
  let usable: boolean | undefined;

  const append = (level: LogLevel, line: string): void => {
    if (usable === false) return;
    try {
      if (usable === undefined) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        rotate(path);
        usable = true;
      }
      appendFileSync(path, `${new Date(options.clock.now()).toISOString()} ${level} ${line}\n`, { mode: 0o600 });
    } catch (error) {
      usable = false;
      options.sink('warn', formatLogLine('log file cannot be written', { path, reason: String(error) }));
    }
  };
  const log = (level: LogLevel) => (message: string, fields?: LogFields) => {
    const rank = LOG_LEVELS.indexOf(level);
    const line = formatLogLine(message, fields);
    if (rank >= LOG_LEVELS.indexOf(options.fileLevel)) append(level, line);
    if (rank >= LOG_LEVELS.indexOf(options.sinkLevel)) options.sink(level, line);
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** Moves a full log aside. Two processes may do so at once; the loser's rename fails or moves a short file, and nothing is lost. */
function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < ROTATE_BYTES) return;
  for (let n = KEPT - 1; n >= 0; n--) {
    try {
      renameSync(n === 0 ? path : `${path}.${String(n)}`, `${path}.${String(n + 1)}`);
    } catch {
      // That number does not exist yet.
    }
  }
}
