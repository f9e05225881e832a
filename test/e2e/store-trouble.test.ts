import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkspaceRow } from '../support/json.ts';
import { makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { plain } from '../support/templates.ts';

/** The store as other processes and other releases leave it: one clear line, exit 4, nothing changed. */
describe('a store in trouble', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });
  const file = (): string => join(box.home, 'prebuilds.db');

  it('held by another process for longer than we wait', async () => {
    const other = new Database(file());
    other.exec('begin immediate');
    const answer = await box.run('claim', 'plain', '--name', 'held');
    other.exec('rollback');
    other.close();
    expect(answer.code).toBe(4);
    expect(answer.stderr).toMatch(/store .*locked|locked .*store|another process/);
    expect(await box.json('claim', 'plain', '--name', 'held')).toMatchObject({ servedAs: 'warm' });
  });

  it('written by a newer release', async () => {
    const newer = join(box.folder, 'newer');
    mkdirSync(newer, { mode: 0o700 });
    const db = new Database(file());
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    copyFileSync(file(), join(newer, 'prebuilds.db'));
    const copy = new Database(join(newer, 'prebuilds.db'));
    copy.exec("update meta set value = '999' where key = 'schema'");
    copy.close();
    const answer = await box.run('list', '--home', newer);
    expect(answer.code).toBe(4);
    expect(answer.stderr).toMatch(/newer/);
  });
});

/** A file system of its own, so that it can be filled; needs the right to mount one. */
const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

describe.runIf(mayMount)('a disk that is full', () => {
  it('says so with exit 4, and the claim works once there is space again', async () => {
    const box = makeSandbox();
    const disk = join(box.folder, 'disk');
    const home = join(disk, 'home');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', disk]).status).toBe(0);
    const filler = join(disk, 'filler');
    try {
      await box.ok('template', 'push', box.template('plain', plain(1)), '--home', home);
      // Its agents never run.
      writeFileSync(join(home, 'config.yaml'), 'agent_listen: off\n');
      await box.ok('reconcile', '--home', home);
      const before = (await box.json('list', '--home', home)) as readonly WorkspaceRow[];
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
      const answer = await box.run('claim', 'plain', '--name', 'full', '--home', home);
      expect(answer.code).toBe(4);
      expect(answer.stderr).toMatch(/full|no space/i);
      spawnSync('rm', [filler]);
      const claim = await box.json('claim', 'plain', '--name', 'full', '--home', home);
      expect(claim).toMatchObject({ servedAs: 'warm', workspace: { id: before[0]?.id } });
      await box.ok('delete', 'full', '--home', home, '--force');
    } finally {
      // The providers of the last command end a moment after it.
      await until('the disk to be let go', () => (spawnSync('umount', [disk]).status === 0 ? true : undefined));
      await box.dispose();
    }
  });
});
