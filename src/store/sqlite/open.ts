import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import type { Subscribers } from '../../domain/hooks.ts';
import type { Clock } from '../../kit/clock.ts';
import { StoreError } from '../../kit/errors.ts';
import type { Ids } from '../../kit/ids.ts';
import { composeStore } from '../compose.ts';
import type { Schema } from '../schema.ts';
import type { Store } from '../store.ts';
import { sqliteDialect, whileBusy } from './driver.ts';
import { storeError } from './errors.ts';
import { nativeOf } from './native.ts';
import { migrate } from './migrations/index.ts';

const BUSY_TIMEOUT_MS = 10_000;
const OWNER_ONLY = 0o600;

export interface SqliteOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Receivers of hooks (spec 7.4); none unless given. */
  readonly subscribers?: Subscribers | undefined;
  /** Called after every transaction of this process that wrote. */
  readonly committed?: (() => void) | undefined;
  /** How long a write waits for another process's transaction, in milliseconds of real time; 10 s unless given. */
  readonly busyTimeoutMs?: number | undefined;
}

/**
 * Opens the store in a SQLite file, making it (mode 0600) and bringing its schema up to date when needed (spec 7.3). The folder must
 * exist. Throws StoreError: store_locked, store_newer_schema, store_corrupt, store_full, store_unusable.
 */
export async function openSqliteStore(path: string, options: SqliteOptions): Promise<Store> {
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  let db: Database.Database | undefined;
  try {
    keepPrivate(path);
    db = new Database(path, { timeout: busyTimeoutMs });
    await prepare(db, path, busyTimeoutMs);
  } catch (error) {
    db?.close();
    throw storeError(error, path);
  }
  const kysely = new Kysely<Schema>({ dialect: sqliteDialect(db, busyTimeoutMs) });
  const subscribers = options.subscribers ?? (() => []);
  const { clock, ids, committed = () => undefined } = options;
  return composeStore({ db: kysely, clock, ids, subscribers, native: nativeOf(db), committed });
}

async function prepare(db: Database.Database, path: string, busyTimeoutMs: number): Promise<void> {
  // Turning WAL on does not wait for other connections by itself.
  const mode = await whileBusy(() => db.pragma('journal_mode = WAL', { simple: true }), busyTimeoutMs);
  if (mode !== 'wal') {
    throw new StoreError('store_unusable', `the store ${path} cannot use a write-ahead log`, {
      hint: 'put the home on a local disk',
    });
  }
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  migrate(db, path);
}

/** The log files of SQLite take over the mode of the database. An existing file is not opened here: closing it would drop SQLite's locks. */
function keepPrivate(path: string): void {
  if (!existsSync(path)) makeEmpty(path);
  if ((statSync(path).mode & 0o777) !== OWNER_ONLY) chmodSync(path, OWNER_ONLY);
}

function makeEmpty(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
