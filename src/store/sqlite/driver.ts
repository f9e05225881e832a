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

/**
 * Repeats `attempt` while another process holds the lock, up to `timeoutMs` of real time. The wait is asynchronous, so progress,
 * signals and other connections of this process go on meanwhile; SQLite's own busy handler would stop the whole process.
 */
export async function whileBusy<T>(attempt: () => T, timeoutMs: number): Promise<T> {
  const deadline = systemClock.monotonic() + timeoutMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || systemClock.monotonic() >= deadline) throw error;
    }
    await systemClock.sleep(pause);
  }
}

/** One connection, used by one query or transaction at a time. */
class Turnstile {
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
      await whileBusy(() => this.#db.exec('begin immediate'), this.#busyTimeoutMs);
    } finally {
      this.#db.pragma(`busy_timeout = ${String(this.#busyTimeoutMs)}`);
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
