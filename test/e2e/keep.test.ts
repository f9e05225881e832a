import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import type { Answer, Detail, PoolRow, WorkspaceRow } from '../support/json.ts';
import { plain, slow } from '../support/templates.ts';

interface Finding {
  readonly level: string;
  readonly topic: string;
  readonly message: string;
}

const findings = async (box: Sandbox, ...args: readonly string[]) => {
  const answer = await box.run('doctor', '--json', ...args);
  return { code: answer.code, found: JSON.parse(answer.stdout) as readonly Finding[] };
};

describe('backup while a reconcile runs', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = makeSandbox();
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('restores into a home that goes on: repaired, claimed and deleted there', async () => {
    box.config('jobs: 4\n');
    await box.ok('template', 'push', box.template('slow', slow(2, 12, 0)));
    await box.ok('create', 'slow', '--name', 'mine', '--no-pool');
    const reconcile = box.start('reconcile');
    await until('two builds that apply', async () => {
      const rows = (await box.json('list', '--search', 'owner:prebuilds')) as readonly { liveBuild: { state: string } | null }[];
      return rows.filter((row) => row.liveBuild?.state === 'applying').length === 2 ? true : undefined;
    });
    const file = join(box.folder, 'pool.tar.gz');
    const report = (await box.json('backup', file)) as { busy: number; workspaces: number; file: string };
    expect(report).toMatchObject({ file, workspaces: 3 });
    expect(report.busy).toBeGreaterThan(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await exited(reconcile)).toBe(0);

    const home = join(box.folder, 'other');
    await box.ok('restore', file, '--home', home, '--no-hold');
    // A backup has no configuration, and the agents of these templates never run.
    writeFileSync(join(home, 'config.yaml'), 'agent_listen: off\n');
    expect(statSync(home).mode & 0o777).toBe(0o700);
    const again = await box.run('restore', file, '--home', home);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('is not empty') as string });
    const there = async (...args: readonly string[]) => box.json(...args, '--home', home);

    // What was in the middle of a build is finished, or destroyed and made anew; nothing waits for the processes of the first home.
    await box.run('reconcile', '--home', home);
    await box.ok('retry', 'slow', '--home', home);
    await box.ok('reconcile', '--home', home);
    expect((await there('status')) as { pools: readonly PoolRow[] }).toMatchObject({
      pools: [{ pool: 'slow/Standard', desired: 2, eligible: 2 }],
    });
    const claim = (await there('claim', 'slow', '--name', 'two', '--no-cold')) as Answer;
    expect(claim).toMatchObject({ servedAs: 'warm' });
    await box.ok('delete', 'mine', '--force', '--home', home);
    const mine = (await box.json('show', 'mine')) as Detail;
    expect(existsSync(join(home, 'workspaces', mine.id))).toBe(false);
    expect(((await there('list')) as readonly WorkspaceRow[]).map(({ name }) => name)).toContain('anna/two');
    // What was being created when the backup was taken may be real without any state: said, not forgotten.
    const { found } = await findings(box, '--home', home);
    const problems = found.filter(({ level }) => level === 'problem');
    expect(new Set(problems.map(({ topic }) => topic))).toEqual(new Set(['suspects']));
    expect(problems).toHaveLength(report.busy);

    // The first home knows nothing of all this.
    expect(existsSync(join(box.home, 'workspaces', mine.id))).toBe(true);
    for (const row of (await there('list')) as readonly WorkspaceRow[])
      await box.ok('delete', row.name, '--force', '--home', home);
  });
});

describe('retention and the doctor', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('retention: { versions: 0, runs: 1 }\n');
    for (const marker of ['1', '2', '3']) await box.ok('template', 'push', box.template('plain', plain(1, marker)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('keeps the version of a live workspace, so that it can be deleted, and removes the others', async () => {
    await box.ok('template', 'promote', 'plain', '1');
    await box.ok('create', 'plain', '--name', 'old', '--no-pool');
    await box.ok('template', 'promote', 'plain', '3');
    expect(await box.json('gc', '--dry-run')).toMatchObject({ dryRun: true, versions: [{ template: 'plain', version: 2 }] });
    expect(readdirSync(join(box.home, 'versions'))).toHaveLength(3);
    expect(await box.ok('gc')).toBe('removed version 2 of plain, 1 folder');
    expect(readdirSync(join(box.home, 'versions'))).toHaveLength(2);
    const refused = await box.run('template', 'promote', 'plain', '2');
    expect(refused.code).toBe(2);
    await box.ok('stop', 'old');
    const old = (await box.json('show', 'old')) as Detail;
    const runs = join(box.home, 'workspaces', old.id, 'runs');
    await box.ok('gc');
    expect(readdirSync(runs).every((name) => !name.startsWith('1-'))).toBe(true);
    await box.ok('delete', 'old', '--force');
    expect(await box.ok('gc')).toContain('version 1 of plain');
    expect(await box.ok('gc')).toBe('nothing is over');
  });

  it('finds what a crash leaves, and repairs it', async () => {
    await box.ok('reconcile');
    expect((await findings(box)).code).toBe(0);
    const [prebuild] = (await box.json('list')) as readonly WorkspaceRow[];
    const state = join(box.home, 'workspaces', prebuild?.id ?? '', 'work', 'terraform.tfstate');
    rmSync(state);
    mkdirSync(join(box.home, 'trash', 'half'), { recursive: true });
    const { code, found } = await findings(box);
    expect(code).toBe(1);
    const bad = (all: readonly Finding[]) => all.filter(({ level }) => level === 'problem' || level === 'repaired');
    expect(bad(found).map(({ topic }) => topic)).toEqual(['state']);
    const repaired = await findings(box, '--repair');
    expect(repaired.code).toBe(0);
    expect(bad(repaired.found).map(({ level, topic }) => [level, topic])).toEqual([
      ['repaired', 'state'],
      ['repaired', 'folders'],
    ]);
    expect(existsSync(state)).toBe(true);
    expect((await findings(box)).code).toBe(0);
    expect(await box.json('claim', 'plain', '--name', 'kept', '--no-cold')).toMatchObject({ servedAs: 'warm' });
  });

  it('closes a home that others can enter, which every other command refuses', async () => {
    chmodSync(box.home, 0o755);
    expect((await box.run('list')).code).toBe(2);
    expect((await box.run('doctor')).code).toBe(2);
    expect((await findings(box, '--repair')).found[0]).toMatchObject({ level: 'repaired', topic: 'home' });
    expect(statSync(box.home).mode & 0o777).toBe(0o700);
    await box.ok('list');
  });
});
