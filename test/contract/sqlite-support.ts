import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Subscribers } from '../../src/domain/hooks.ts';
import { systemIds } from '../../src/kit/ids.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { StoreUnderTest } from './harness.ts';
import { testClock } from './support.ts';

/** A real database file in a folder of its own, open through two connections. */
export async function openSqlite(subscribers?: Subscribers): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'prebuilds-store-'));
  const path = join(folder, 'store.db');
  const clock = testClock();
  const a = await openSqliteStore(path, { clock, ids: systemIds, subscribers });
  const b = await openSqliteStore(path, { clock, ids: systemIds, subscribers });
  const raw = new Database(path);
  raw.pragma('foreign_keys = ON');
  return {
    a,
    b,
    clock,
    exec: (sql) => {
      raw.exec(sql);
    },
    rows: (sql) => raw.prepare(sql).all() as Record<string, unknown>[],
    close: async () => {
      raw.close();
      await Promise.all([a.close(), b.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
