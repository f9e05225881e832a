import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Schema, WorkspaceRow } from '../../schema.ts';

type Db = Kysely<Schema>;
type Marks = Pick<WorkspaceRow, 'id' | 'row_version' | 'health_at' | 'health_failures' | 'daily_cost'>;

export interface Whole<T> {
  readonly row: Marks;
  readonly value: T;
}

/** `only` narrows what is read this time. */
export type KeptReader<T> = (db: Db, only?: RawBuilder<boolean>) => Promise<readonly T[]>;

/**
 * A reader of workspaces, oldest first, that keeps what it read: the next time only those are read whole that changed since, by this process or
 * another. A server looks at thousands after each claim, of which a few are different. Not inside of a transaction that writes, which may be undone.
 */
export function createKeptReader<T>(
  which: RawBuilder<boolean>,
  /** Reads those of which this is true, oldest first. */
  readWhole: (db: Db, where: RawBuilder<boolean>) => Promise<readonly Whole<T>[]>,
): KeptReader<T> {
  let known: ReadonlyMap<string, Kept<T>> = new Map();
  return async (db, only) => {
    const where = only === undefined ? which : sql<boolean>`${which} and ${only}`;
    if (known.size === 0) {
      const all = keep(await readWhole(db, where));
      known = all;
      return valuesOf(all);
    }
    const marks = await readMarks(db, where);
    const changed = marks.filter((row) => known.get(row.id)?.mark !== markOf(row)).map(({ id }) => id);
    const fresh = changed.length === 0 ? new Map<string, Kept<T>>() : keep(await readWhole(db, isOneOf(changed)));
    const seen = new Map<string, Kept<T>>();
    for (const { id } of marks) {
      const one = fresh.get(id) ?? known.get(id);
      if (one !== undefined) seen.set(id, one);
    }
    // What is gone is forgotten when all are looked at.
    known = only === undefined ? seen : new Map([...known, ...fresh]);
    return valuesOf(seen);
  };
}

const keep = <T>(rows: readonly Whole<T>[]): ReadonlyMap<string, Kept<T>> =>
  new Map(rows.map(({ row, value }) => [row.id, { mark: markOf(row), value }]));

const valuesOf = <T>(kept: ReadonlyMap<string, Kept<T>>): readonly T[] => [...kept.values()].map(({ value }) => value);

interface Kept<T> {
  readonly mark: string;
  readonly value: T;
}

/** The ids are one value of the statement, however many there are. */
const isOneOf = (ids: readonly string[]): RawBuilder<boolean> =>
  sql<boolean>`workspace.id in (select value from json_each(${JSON.stringify(ids)}))`;

/** Differs when the row does: the row version, and the columns that are written without a new one. */
const markOf = ({ row_version, health_at, health_failures, daily_cost }: Marks): string =>
  [row_version, health_at, health_failures, daily_cost].join();

const readMarks = (db: Db, which: RawBuilder<boolean>): Promise<readonly Marks[]> =>
  db
    .selectFrom('workspace')
    .select(['id', 'row_version', 'health_at', 'health_failures', 'daily_cost'])
    .where(which)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
