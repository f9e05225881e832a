import type Database from 'better-sqlite3';
import { StoreError } from '../../../kit/errors.ts';
import { initial } from './0001-initial.ts';
import { policy } from './0002-policy.ts';
import { metrics } from './0003-metrics.ts';
import { agents } from './0004-agents.ts';
import { apiTokens } from './0005-api-tokens.ts';
import { poolSamples } from './0006-pool-samples.ts';
import { agentLife } from './0007-agent-life.ts';

/** Forward only, in order; the n-th brings schema n - 1 to n. */
const MIGRATIONS: readonly string[] = [initial, policy, metrics, agents, apiTokens, poolSamples, agentLife];
export const SCHEMA_NUMBER = MIGRATIONS.length;

/**
 * Brings a database to the newest schema, in one write transaction. An up-to-date one costs a single read. Throws StoreError for a
 * schema of a newer tool, or for a database that is not of this tool.
 */
export function migrate(db: Database.Database, path: string): void {
  if (readSchema(db, path) === SCHEMA_NUMBER) return;
  db.exec('begin immediate');
  try {
    // Read again: another process may have migrated while this one waited for the lock.
    const from = readSchema(db, path);
    for (const sql of MIGRATIONS.slice(from)) db.exec(sql);
    db.prepare("insert into meta (key, value) values ('schema', ?) on conflict (key) do update set value = excluded.value").run(
      String(SCHEMA_NUMBER),
    );
    db.exec('commit');
  } catch (error) {
    if (db.inTransaction) db.exec('rollback');
    throw error;
  }
}

function readSchema(db: Database.Database, path: string): number {
  const present = hasMeta(db, path);
  if (!present) return 0;
  const schema = Number(db.prepare("select value from meta where key = 'schema'").pluck().get() ?? 0);
  if (schema > SCHEMA_NUMBER) {
    throw new StoreError(
      'store_newer_schema',
      `the store ${path} has schema ${String(schema)}, and this version of prebuilds knows ${String(SCHEMA_NUMBER)}`,
      { hint: 'update prebuilds to the version that wrote it, or use another --home' },
    );
  }
  return schema;
}

function hasMeta(db: Database.Database, path: string): boolean {
  const tables = db.prepare("select name from sqlite_schema where type = 'table' limit 50").pluck().all();
  if (tables.includes('meta')) return true;
  if (tables.length === 0) return false;
  throw new StoreError('store_corrupt', `${path} is a database of something else`, { hint: 'use another --home' });
}
