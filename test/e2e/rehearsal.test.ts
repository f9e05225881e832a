import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import type { Answer, PoolRow, WorkspaceRow } from '../support/json.ts';
import { plain, rebuilding } from '../support/templates.ts';

interface PrebuildRow extends WorkspaceRow {
  readonly claimSafety: string;
  readonly wouldRebuild: readonly { readonly address: string; readonly paths?: readonly string[] }[];
  readonly rehearsedAt: string | null;
}

const stock = async (box: Sandbox, template: string): Promise<readonly PrebuildRow[]> =>
  (await box.json('list', '--search', `owner:prebuilds template:${template}`)) as readonly PrebuildRow[];

const status = async (box: Sandbox, pool: string): Promise<PoolRow & { unsafe: number; safe: number; degraded: boolean }> => {
  const [row] = (
    (await box.json('status', pool)) as { pools: readonly (PoolRow & { unsafe: number; safe: number; degraded: boolean })[] }
  ).pools;
  if (row === undefined) throw new Error(`no pool ${pool}`);
  return row;
};

describe('the rehearsal of a claim', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('template', 'push', box.template('rebuilding', rebuilding(1)));
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('says within the pass that fills the pool that a claim rebuilds nothing', async () => {
    const [prebuild] = await stock(box, 'plain');
    expect(prebuild).toMatchObject({ status: 'ready', claimSafety: 'safe', wouldRebuild: [] });
    expect(await box.ok('list')).toContain('claim-safe');
    expect(await box.ok('show', prebuild?.name ?? '')).toContain('claim-safe (for the parameters it was built with');
  });

  it('says what a claim would rebuild, and because of which path', async () => {
    const [prebuild] = await stock(box, 'rebuilding');
    expect(prebuild?.claimSafety).toBe('unsafe');
    expect(prebuild?.wouldRebuild.map(({ address, paths }) => [address, paths])).toEqual([
      ['terraform_data.machine', ['triggers_replace']],
    ]);
    expect(await box.ok('list')).toContain('would rebuild terraform_data.machine because of triggers_replace');
    expect(await status(box, 'rebuilding')).toMatchObject({ unsafe: 1, eligible: 1, degraded: false });
    expect(await box.ok('status')).toContain('it proves nothing for others');
  });

  it('leaves no trace but its verdict: no person, no value, no lock, the state as it was', async () => {
    const [prebuild] = await stock(box, 'rebuilding');
    const folder = join(box.home, 'workspaces', prebuild?.id ?? '');
    const run = readdirSync(join(folder, 'runs')).find((name) => name.startsWith('rehearse-'));
    expect(readdirSync(join(folder, 'runs', run ?? '')).filter((name) => /tfstate|tfplan/.test(name))).toEqual([]);
    expect(readdirSync(join(folder, 'work')).filter((name) => name.includes('lock.info'))).toEqual([]);
    expect(readFileSync(join(folder, 'work', 'terraform.tfstate'), 'utf8')).not.toContain('rehearsal');
    const db = new Database(join(box.home, 'prebuilds.db'), { readonly: true });
    expect(db.prepare("select count(*) from person where username like 'rehearsal%'").pluck().get()).toBe(0);
    expect(db.prepare("select count(*) from run where kind = 'rehearse' and consumed_at is null").pluck().get()).toBe(0);
    db.close();
  });

  it('is made once, and off where the configuration says so', async () => {
    const [before] = await stock(box, 'plain');
    await box.ok('reconcile');
    expect((await stock(box, 'plain'))[0]?.rehearsedAt).toBe(before?.rehearsedAt);
    box.config('rehearsal: false\n');
    await box.ok('claim', 'plain', '--name', 'one');
    await box.ok('reconcile');
    expect((await stock(box, 'plain')).map(({ claimSafety }) => claimSafety)).toEqual(['unknown']);
    box.config('');
    await box.ok('reconcile');
    expect((await stock(box, 'plain')).map(({ claimSafety }) => claimSafety)).toEqual(['safe']);
  });
});

describe('on_replace: refuse', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('on_replace: refuse\nrehearsal: false\n');
    await box.ok('template', 'push', box.template('rebuilding', rebuilding(1)));
    await box.ok('reconcile');
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('leaves the prebuild untouched, marks it unsafe with its paths, and builds cold', async () => {
    const [before] = await stock(box, 'rebuilding');
    const answer = (await box.json('claim', 'rebuilding', '--name', 'a')) as Answer;
    expect(answer.servedAs).toBe('cold');
    expect(answer.missReason).toContain('terraform_data.machine is replaced because of triggers_replace');
    const [after] = await stock(box, 'rebuilding');
    expect(after).toMatchObject({ id: before?.id, status: 'ready', claimSafety: 'unsafe' });
    expect(after?.wouldRebuild[0]?.paths).toEqual(['triggers_replace']);
  });

  it('shows the pool as degraded, and does not offer the stock again', async () => {
    expect(await status(box, 'rebuilding')).toMatchObject({ eligible: 0, unsafe: 1, degraded: true });
    expect(await box.ok('status')).toContain('degraded');
    const answer = await box.run('claim', 'rebuilding', '--name', 'b', '--no-cold');
    expect(answer.code).toBe(5);
    expect(answer.stderr).toContain('triggers_replace');
  });

  it('keeps the stock as it is until the setting or the version changes', async () => {
    const [before] = await stock(box, 'rebuilding');
    expect((await box.json('reconcile')) as object).toMatchObject({ created: 0, deleted: 0 });
    expect((await stock(box, 'rebuilding')).map(({ id }) => id)).toEqual([before?.id]);
    box.config('on_replace: allow\nrehearsal: false\n');
    const answer = (await box.json('claim', 'rebuilding', '--name', 'c')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect(answer.workspace.id).toBe(before?.id);
  });
});

describe('a rehearsal that takes long', () => {
  let box: Sandbox;
  let outer: Sandbox;
  /** Workspaces that are, or with `ended` that were, rehearsed. */
  const rehearsed = (ended = false): readonly unknown[] => {
    const db = new Database(join(box.home, 'prebuilds.db'), { readonly: true });
    try {
      const consumed = `consumed_at is ${ended ? 'not ' : ''}null`;
      return db.prepare(`select workspace_id from run where kind = 'rehearse' and ${consumed}`).pluck().all();
    } finally {
      db.close();
    }
  };
  beforeAll(async () => {
    const engine = process.env['PREBUILDS_ENGINE'] ?? '';
    outer = makeSandbox();
    // The real engine, but its plans from another state file never end.
    const slow = join(outer.folder, engine.split('/').at(-1) ?? 'terraform');
    writeFileSync(slow, `#!/bin/sh\ncase "$*" in *-state=*) exec sleep 600;; esac\nexec ${engine} "$@"\n`);
    chmodSync(slow, 0o755);
    box = makeSandbox({ PREBUILDS_ENGINE: slow });
    await box.ok('template', 'push', box.template('plain', plain(1)));
  });
  afterAll(async () => {
    await box.dispose();
    await outer.dispose();
  });

  it('is ended by the timeout of its pass, with nothing known', async () => {
    box.config('rehearsal: false\n');
    expect((await box.json('reconcile')) as object).toMatchObject({ created: 1, failed: 0 });
    box.config('');
    expect((await box.json('reconcile', '--timeout', '3s')) as object).toMatchObject({ created: 0, failed: 0 });
    const prebuilds = await stock(box, 'plain');
    expect(rehearsed()).toEqual([]);
    expect(rehearsed(true)).toEqual(prebuilds.map(({ id }) => id));
    expect(prebuilds).toMatchObject([{ claimSafety: 'unknown', rehearsedAt: null }]);
  });

  it('is killed when its prebuild is reserved, and the claim is served', async () => {
    const pass = box.start('reconcile');
    await until('the rehearsal to begin', () => (rehearsed().length === 1 ? true : undefined));
    const [prebuild] = await stock(box, 'plain');
    box.config('rehearsal: false\n');
    const answer = (await box.json('claim', 'plain', '--name', 'dev')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm', workspace: { id: prebuild?.id } });
    // The pool is refilled meanwhile, and the pass rehearses the new prebuild.
    await until('the rehearsal to be closed', () => (rehearsed().includes(prebuild?.id) ? undefined : true));
    pass.kill('SIGINT');
    await exited(pass);
    expect(rehearsed()).toEqual([]);
  });
});
