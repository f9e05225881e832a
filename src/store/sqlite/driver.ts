import { setImmediate as turn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { systemClock } from '../../kit/clock.ts';
import { BugError } from '../../kit/errors.ts';
import { isBusy, storeError } from './errors.ts';

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 25;
const MOST_STATEMENTS = 500;
/** Waiting in a crowd ends after this many times the timeout. */
const CROWD_FACTOR = 18;

/**
 * Repeats `attempt` while another process holds the lock, up to `timeoutMs` of real time. The wait is asynchronous, so progress,
 * signals and other connections of this process go on meanwhile; SQLite's own busy handler would stop the whole process.
 *
 * `progress` tells a crowd from a hang: as long as what it gives changes, others get through and it is worth waiting, up to a much
 * later end. Many waiters never wake together, since each pauses for a time of its own.
 */
export async function whileBusy<T>(attempt: () => T, timeoutMs: number, progress: () => unknown = () => undefined): Promise<T> {
  const last = systemClock.monotonic() + timeoutMs * CROWD_FACTOR;
  let deadline = systemClock.monotonic() + timeoutMs;
  let seen: unknown;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      const now = systemClock.monotonic();
      const sign = progress();
      if (sign !== seen) deadline = Math.min(last, now + timeoutMs);
      seen = sign;
      if (now >= deadline) throw error;
    }
    await systemClock.sleep(pause * (0.5 + Math.random()));
  }
}

/** After so long without a look at the network, whoever wants the connection waits a turn of the event loop. */
const BREATH_MS = 20;

/**
 * One connection, used by one query or transaction at a time. Statements block, and between them only promises are awaited, so a crowd that hands the
 * connection on would keep a server from its sockets and timers for as long as there is a crowd.
 */
class Turnstile {
  #breathedAt = systemClock.monotonic();
  #last: Promise<void> = Promise.resolve();
  #leave: () => void = () => undefined;

  async enter(): Promise<void> {
    const before = this.#last;
    let leave: () => void = () => undefined;
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    this.#leave = leave;
    if (systemClock.monotonic() - this.#breathedAt < BREATH_MS) return;
    await turn();
    this.#breathedAt = systemClock.monotonic();
  }

  leave(): void {
    this.#leave();
  }
}

/** Statements are prepared when first used and kept, since a command runs few of them but some of them often. */
class SqliteConnection implements DatabaseConnection {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const statement = this.#prepare(query.sql);
      if (statement.reader) return Promise.resolve({ rows: statement.all(...query.parameters) as R[] });
      const { changes } = statement.run(...query.parameters);
      return Promise.resolve({ rows: [], numAffectedRows: BigInt(changes) });
    } catch (error) {
      return Promise.reject(storeError(error, this.#db.name));
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new BugError('the store does not stream');
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear();
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/**
 * Kysely's driver for better-sqlite3. A write transaction is BEGIN IMMEDIATE: a deferred one that upgrades later is refused at once
 * when another process wrote in between, whatever the timeout. A read-only one is a deferred snapshot that blocks nobody.
 */
class SqliteDriver implements Driver {
  readonly #db: Database.Database;
  readonly #busyTimeoutMs: number;
  readonly #connection: SqliteConnection;
  readonly #turnstile = new Turnstile();

  constructor(db: Database.Database, busyTimeoutMs: number) {
    this.#db = db;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#connection = new SqliteConnection(db);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turnstile.enter();
    return this.#connection;
  }

  async beginTransaction(_connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    try {
      if (settings.accessMode === 'read only') this.#db.exec('begin');
      else await this.#beginImmediate();
    } catch (error) {
      throw storeError(error, this.#db.name);
    }
  }

  commitTransaction(): Promise<void> {
    return this.#end('commit');
  }

  rollbackTransaction(): Promise<void> {
    // SQLite has already rolled back by itself after a full disk or an I/O error.
    return this.#db.inTransaction ? this.#end('rollback') : Promise.resolve();
  }

  releaseConnection(): Promise<void> {
    this.#turnstile.leave();
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    this.#db.close();
    return Promise.resolve();
  }

  async #beginImmediate(): Promise<void> {
    this.#db.pragma('busy_timeout = 0');
    try {
      await whileBusy(
        () => this.#db.exec('begin immediate'),
        this.#busyTimeoutMs,
        () => this.#commitsOfOthers(),
      );
    } finally {
      this.#db.pragma(`busy_timeout = ${String(this.#busyTimeoutMs)}`);
    }
  }

  /** A number that changes when another connection has committed. */
  #commitsOfOthers(): unknown {
    try {
      return this.#db.pragma('data_version', { simple: true });
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  #end(statement: 'commit' | 'rollback'): Promise<void> {
    try {
      this.#db.exec(statement);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(storeError(error, this.#db.name));
    }
  }
}

/** The SQLite dialect over one open database. */
export function sqliteDialect(db: Database.Database, busyTimeoutMs: number): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(db, busyTimeoutMs),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
