import { initial } from '../../src/store/sqlite/migrations/0001-initial.ts';
import { policy } from '../../src/store/sqlite/migrations/0002-policy.ts';
import { SCHEMA_NUMBER } from '../../src/store/sqlite/migrations/index.ts';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemIds } from '../../src/kit/ids.ts';
import { storeError } from '../../src/store/sqlite/errors.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { givenPrebuild, givenTemplate, testClock } from './support.ts';

describe('the SQLite file', () => {
  let folder: string;
  let path: string;
  const opened: { close(): unknown }[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prebuilds-sqlite-'));
    path = join(folder, 'store.db');
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(busyTimeoutMs?: number): Promise<Store> {
    const store = await openSqliteStore(path, { clock: testClock(), ids: systemIds, busyTimeoutMs });
    opened.push(store);
    return store;
  }
  function raw(): Database.Database {
    const db = new Database(path);
    opened.push(db);
    return db;
  }

  it('is private, with its log files, and made private again', async () => {
    const store = await open();
    await store.ensurePerson({ username: 'ann' });
    for (const suffix of ['', '-wal', '-shm']) expect((await stat(path + suffix)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o644);
    await open();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps a write-ahead log, the default organisation and its schema number', async () => {
    await open();
    const db = raw();
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.prepare('select name from organization').pluck().all()).toEqual(['default']);
    expect(db.prepare("select value from meta where key = 'schema'").pluck().get()).toBe(String(SCHEMA_NUMBER));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
  });

  it('keeps what was written when it is opened again', async () => {
    const first = await open();
    const ann = await first.ensurePerson({ username: 'ann' });
    await first.close();
    opened.splice(0);
    expect(await (await open()).findPerson('ann')).toEqual(ann);
  });

  it('goes on counting where schema 1 left off, and gives its organisation the group Everyone', async () => {
    const old = raw();
    old.exec(initial);
    old.exec("insert into meta values ('schema', '1')");
    old.exec(`insert into counter values ('created_total', '{"preset_name":"small","template_name":"docker"}', 41)`);
    const store = await open();
    const given = await givenTemplate(store);
    await givenPrebuild(store, given.preset);
    const labels = { organization_name: 'default', preset_name: 'small', template_name: 'docker' };
    expect(await store.counters()).toContainEqual({ name: 'created_total', labels, value: 42 });
    expect(await store.listGroups()).toMatchObject([{ name: 'Everyone', organization: 'default', quotaAllowance: 0 }]);
  });

  it('brings a store of schema 2 to the newest one and keeps what it counted', async () => {
    const db = raw();
    for (const sql of [initial, policy]) db.exec(sql);
    db.exec("insert into meta (key, value) values ('schema', '2')");
    db.exec(`insert into counter (name, labels, value) values ('created_total', '{"template_name":"docker"}', 4)`);
    const store = await open();
    await store.recordLook(10);
    expect(await store.measurements()).toMatchObject({ histograms: [{ name: 'reconcile_duration', count: 1 }] });
    expect(await store.counters()).toEqual([{ name: 'created_total', labels: { template_name: 'docker' }, value: 4 }]);
  });

  it('is made by one of several that open it at the same time', async () => {
    const stores = await Promise.all([open(), open(), open(), open()]);
    const people = await Promise.all(stores.map((store) => store.ensurePerson({ username: 'ann' })));
    expect(new Set(people.map((person) => person.id)).size).toBe(1);
  });

  it('refuses a newer schema and changes nothing', async () => {
    await open();
    raw().exec("update meta set value = '99' where key = 'schema'");
    await expect(open()).rejects.toMatchObject({ code: 'store_newer_schema', exitCode: 4 });
    await expect(open()).rejects.toThrow(new RegExp(`schema 99.*knows ${String(SCHEMA_NUMBER)}`));
    expect(raw().prepare("select value from meta where key = 'schema'").pluck().get()).toBe('99');
  });

  it('refuses a file that is no database, and a database of something else', async () => {
    await writeFile(path, 'this is a letter to a friend, not a database at all\n'.repeat(50));
    await expect(open()).rejects.toMatchObject({ code: 'store_corrupt', exitCode: 4 });
    await rm(path);
    raw().exec('create table recipe (name text)');
    await expect(open()).rejects.toMatchObject({ code: 'store_corrupt' });
  });

  it('refuses a folder that does not exist', async () => {
    path = join(folder, 'missing', 'store.db');
    await expect(open()).rejects.toMatchObject({ code: 'store_unusable', exitCode: 4 });
  });

  it('says so when another process keeps the lock, still reads, and goes on afterwards', async () => {
    const store = await open(30);
    const db = raw();
    db.exec('begin immediate');
    await expect(store.ensurePerson({ username: 'ann' })).rejects.toMatchObject({ code: 'store_locked', exitCode: 4 });
    expect(await store.listTemplates()).toEqual([]);
    db.exec('rollback');
    expect(await store.ensurePerson({ username: 'ann' })).toMatchObject({ username: 'ann' });
  });

  it('waits for a lock without stopping the process', async () => {
    const store = await open(5000);
    const db = raw();
    db.exec('begin immediate');
    const waiting = store.ensurePerson({ username: 'ann' });
    // Lets the write try and fail at least once before the lock is given back.
    await stat(path);
    db.exec('rollback');
    expect(await waiting).toMatchObject({ username: 'ann' });
  });

  it('takes turns on one connection', async () => {
    const store = await open();
    const names = Array.from({ length: 20 }, (_, n) => `user-${n}`);
    const people = await Promise.all(names.map((username) => store.ensurePerson({ username })));
    expect(people.map((person) => person.username)).toEqual(names);
  });

  it('reports data that this tool did not write', async () => {
    const store = await open();
    raw().exec(`insert into counter (name, labels, value) values ('created_total', '{not json', 1)`);
    await expect(store.counters()).rejects.toMatchObject({ code: 'store_corrupt' });
    raw().exec(`update counter set labels = '[1]'`);
    await expect(store.counters()).rejects.toMatchObject({ code: 'store_corrupt' });
  });
});

describe('store errors', () => {
  const failure = (code: string) => Object.assign(new Error('cause'), { code });

  it.each([
    ['SQLITE_BUSY', 'store_locked', 4],
    ['SQLITE_BUSY_SNAPSHOT', 'store_locked', 4],
    ['SQLITE_FULL', 'store_full', 4],
    ['ENOSPC', 'store_full', 4],
    ['SQLITE_NOTADB', 'store_corrupt', 4],
    ['SQLITE_CORRUPT_INDEX', 'store_corrupt', 4],
    ['SQLITE_READONLY', 'store_unusable', 4],
    ['SQLITE_IOERR_WRITE', 'store_unusable', 4],
    ['EACCES', 'store_unusable', 4],
    ['SQLITE_CONSTRAINT_CHECK', 'bug', 70],
    ['SQLITE_ERROR', 'bug', 70],
  ])('%s is %s', (code, named, exitCode) => {
    const cause = failure(code);
    const error = storeError(cause, '/home/store.db');
    expect(error).toMatchObject({ code: named, exitCode, cause });
  });

  it('leaves other errors as they are', () => {
    const error = new TypeError('other');
    expect(storeError(error, '/home/store.db')).toBe(error);
    expect(storeError('thrown text', '/home/store.db').message).toBe('thrown text');
  });
});
