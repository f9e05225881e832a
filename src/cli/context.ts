import { Chalk, type ChalkInstance } from 'chalk';
import type { App } from '../api/app.ts';
import type { Config } from '../app/config.ts';
import { loadConfig } from '../app/load-config.ts';
import { createLogger, type LogLevel } from '../app/logger.ts';
import type { Clock } from '../kit/clock.ts';
import { UserError } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import { homePaths } from '../kit/paths.ts';
import { canAnimate, colorLevel, type Environment, type Io } from './io.ts';
import type { Progress } from './progress-words.ts';
import { createProgress } from './progress.ts';
import { jsonText } from './render/json.ts';
import { renderTable, type Column } from './render/table.ts';
import type { Signals } from './signals.ts';

export interface AppInput {
  readonly config: Config;
  readonly env: Environment;
  readonly logger: Logger;
  /** `--org`, else PREBUILDS_ORG. */
  readonly organization: string | undefined;
}

export interface RemoteInput {
  readonly url: string;
  readonly token: string | undefined;
  readonly organization: string | undefined;
  readonly warn: (text: string) => void;
}

/** Everything of the outside world that a command touches; tests give their own. */
export interface Outside {
  readonly io: Io;
  readonly env: Environment;
  readonly clock: Clock;
  readonly signals: Signals;
  readonly createApp: (input: AppInput) => Promise<App>;
  /** The application of a server (PREBUILDS_URL). */
  readonly connectTo: (input: RemoteInput) => Promise<App>;
  /** Runs an interactive program in this terminal; resolves with its exit code. */
  readonly spawn: (argv: readonly string[], env: Readonly<Record<string, string>>) => Promise<number>;
  /** Asks yes or no; undefined when nobody is there to answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

export interface Globals {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly home: string | undefined;
  readonly config: string | undefined;
  readonly org: string | undefined;
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** What one command has in hand: the application (opened when first asked for), its output, its options that hold everywhere. */
export class Context {
  readonly outside: Outside;
  readonly globals: Globals;
  readonly style: ChalkInstance;
  /** Lowest log level shown on stderr where neither -q nor -v says otherwise. */
  logLevel: LogLevel = 'warn';
  #app: Promise<App> | undefined;

  constructor(outside: Outside, globals: Globals) {
    this.outside = outside;
    this.globals = globals;
    this.style = new Chalk({ level: colorLevel(outside.env, outside.io.outTty) });
  }

  get now(): number {
    return this.outside.clock.now();
  }

  get signal(): AbortSignal {
    return this.outside.signals.signal;
  }

  app(): Promise<App> {
    this.#app ??= this.#open();
    return this.#app;
  }

  async #open(): Promise<App> {
    const { env, clock, io, createApp } = this.outside;
    const { home, config: file, quiet, verbose } = this.globals;
    const organization = this.globals.org ?? nonEmpty(env['PREBUILDS_ORG']);
    const url = nonEmpty(env['PREBUILDS_URL']);
    // A home named on the command line is meant more than a variable of the environment.
    if (url !== undefined && home === undefined && file === undefined) {
      return this.outside.connectTo({
        url,
        token: nonEmpty(env['PREBUILDS_TOKEN']),
        organization,
        warn: (text) => {
          this.note(`warning: ${text}`);
        },
      });
    }
    const config = await loadConfig({ home, config: file, env });
    const logger = createLogger({
      file: `${homePaths(config.home).logs}/prebuilds.log`,
      clock,
      stderr: (line) => {
        io.err(`${line}\n`);
      },
      stderrLevel: verbose ? 'debug' : quiet ? 'error' : this.logLevel,
    });
    return createApp({ config, env, logger, organization });
  }

  /** Closes what was opened; never the reason of a failure. */
  async close(): Promise<void> {
    const app = await this.#app?.catch(() => undefined);
    await app?.close();
  }

  /** The answer: lines for people, or one JSON document with `--json`. */
  answer(json: unknown, text: () => string): void {
    const shown = this.globals.json ? jsonText(json) : text();
    if (shown !== '') this.outside.io.out(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
    return renderTable(columns, rows, { width: this.outside.io.outColumns, head: (text) => this.style.bold(text) });
  }

  /** A remark on stderr, silent with -q. */
  note(text: string): void {
    if (!this.globals.quiet) this.outside.io.err(`${text}\n`);
  }

  /** Live lines or spinner on a terminal are possible. */
  get animates(): boolean {
    return canAnimate(this.outside.env, this.outside.io.errTty, this.outside.io.errColumns);
  }

  /** Runs `work` with a progress display that is gone before anything else is printed. */
  async withProgress<T>(work: (progress: Progress) => Promise<T>, title = 'working'): Promise<T> {
    const progress = await createProgress({
      io: this.outside.io,
      clock: this.outside.clock,
      style: new Chalk({ level: colorLevel(this.outside.env, this.outside.io.errTty) }),
      mode: this.globals.quiet ? 'silent' : this.animates ? 'live' : 'plain',
      title,
    });
    try {
      return await work(progress);
    } finally {
      await progress.stop();
    }
  }

  /** Asks before something is destroyed; without a terminal, and with `--yes`, the command itself is the consent. */
  async confirmed(question: string, yes: boolean): Promise<void> {
    if (yes || this.globals.json || this.outside.confirm === undefined) return;
    if (!(await this.outside.confirm(question))) {
      throw new UserError('not_confirmed', 'nothing was changed: the question was not answered with yes', {
        hint: 'repeat the command with --yes',
      });
    }
  }
}
