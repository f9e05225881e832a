import type { Kysely } from 'kysely';
import type { Subscribers } from '../domain/hooks.ts';
import type { Clock } from '../kit/clock.ts';
import { StoreError } from '../kit/errors.ts';
import type { Ids } from '../kit/ids.ts';
import type { Schema } from './schema.ts';

/** An open store: what every query is given. */
export interface Session {
  readonly db: Kysely<Schema>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Who wants to be told of an event (spec 7.4). */
  readonly subscribers: Subscribers;
  readonly native: Native;
  /** Called after every transaction of this process that wrote. */
  readonly committed: () => void;
}

/** What no query builder offers: the database as a whole. */
export interface Native {
  copyTo(path: string): Promise<void>;
  integrityProblems(): readonly string[];
}

/** One write transaction: the lock is held, `now` was read after it was got. */
export interface Tx {
  readonly db: Kysely<Schema>;
  readonly ids: Ids;
  readonly subscribers: Subscribers;
  readonly now: number;
}

/** Runs one short write transaction (SM: "tx"); whatever throws inside rolls it back. Only `tx.db` may be used inside. */
export function write<T>(session: Session, work: (tx: Tx) => Promise<T>): Promise<T> {
  const done = session.db
    .transaction()
    .execute((db) => work({ db, ids: session.ids, subscribers: session.subscribers, now: session.clock.now() }));
  void done.then(session.committed, () => undefined);
  return done;
}

/** Runs several reads against one instant of the store, blocking nobody. */
export function readTogether<T>(session: Session, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  return session.db.transaction().setAccessMode('read only').execute(work);
}

/** The row, or StoreError not_found: ids come from the store itself, so a missing one was removed or belongs to another store. */
export function found<T>(row: T | undefined, what: string, id: string): T {
  if (row !== undefined) return row;
  throw new StoreError('not_found', `the store has no ${what} ${id}`, { hint: 'check --home' });
}
