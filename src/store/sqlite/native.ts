import { chmodSync, closeSync, openSync } from 'node:fs';
import type Database from 'better-sqlite3';
import type { Native } from '../session.ts';
import { storeError } from './errors.ts';

const EVERY_PAGE = 0x7fff_ffff;
const MOST_PROBLEMS = 20;

/** Copying and checking a SQLite file as a whole, while other processes use it. */
export const nativeOf = (db: Database.Database): Native => ({
  copyTo: async (path) => {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      // All pages in one step: a copy in parts starts anew whenever another process writes in between, and may never end.
      await db.backup(path, { progress: () => EVERY_PAGE });
      chmodSync(path, 0o600);
    } catch (error) {
      throw storeError(error, path);
    }
  },
  integrityProblems: () => {
    const found = db.pragma(`integrity_check(${String(MOST_PROBLEMS)})`) as readonly { integrity_check: string }[];
    const orphans = db.pragma('foreign_key_check') as readonly { table: string; rowid: number | null; parent: string }[];
    return [
      ...found.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
      ...orphans
        .slice(0, MOST_PROBLEMS)
        .map(
          ({ table, rowid, parent }) => `row ${String(rowid ?? '')} of ${table} refers to a row of ${parent} that is not there`,
        ),
    ];
  },
});
