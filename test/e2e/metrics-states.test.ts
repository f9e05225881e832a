import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import type { WorkspaceRow } from '../support/json.ts';
import { parseExposition, type Exposition } from '../support/prometheus.ts';
import { failing, parameterised, plain, rebuilding } from '../support/templates.ts';

const of = (template: string) => ({ template_name: template, preset_name: 'Standard', organization_name: 'default' });
const PLAIN = of('plain');

/** Making it takes as long as the file `building` is there, destroying it as long as `deleting` is, and fails while `stuck` is. */
const slowly = (folder: string): string => `${plain(1)}
resource "terraform_data" "step" {
  input = "${folder}"
  provisioner "local-exec" { command = "touch ${folder}/begun; while test -e ${folder}/building; do sleep 0.1; done" }
  provisioner "local-exec" {
    when    = destroy
    command = "touch \${self.input}/ending; while test -e \${self.input}/deleting; do sleep 0.1; done; test ! -e \${self.input}/stuck"
  }
}
`;

/** Each state that a pool can be in, brought about on the real engine and scraped. */
describe('metrics of the states of a pool', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = makeSandbox();
  });
  afterEach(async () => {
    await box.dispose();
  });
  const scrape = async (): Promise<Exposition> => parseExposition(`${await box.ok('metrics')}\n`);
  const read = async (name: string, labels: Readonly<Record<string, string>> = PLAIN): Promise<number | undefined> =>
    (await scrape()).value(name, labels);
  const has = (name: string): true | undefined => (existsSync(join(box.folder, name)) ? true : undefined);
  const put = (name: string): void => {
    writeFileSync(join(box.folder, name), '');
  };
  const take = (name: string): void => {
    rmSync(join(box.folder, name));
  };
  const sql = (statement: string): void => {
    const db = new Database(join(box.home, 'prebuilds.db'));
    db.exec(statement);
    db.close();
  };
  const stock = async (): Promise<string> => {
    const [row] = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    return row?.name ?? '';
  };

  it('building, deleting, and a destruction that failed', async () => {
    await box.ok('template', 'push', box.template('plain', slowly(box.folder)));
    put('building');
    const making = box.start('reconcile');
    await until('the engine to make it', () => has('begun'));
    const built = await scrape();
    expect(built.value('prebuilds_pool_building', PLAIN)).toBe(1);
    expect(built.value('prebuilds_live_builds', { state: 'running' })).toBe(1);
    expect(built.value('coderd_prebuilt_workspaces_running', PLAIN)).toBe(0);
    const made = exited(making);
    take('building');
    expect(await made).toBe(0);
    put('deleting');
    put('stuck');
    const ending = box.start('drain', 'plain');
    await until('the engine to destroy it', () => has('ending'));
    const ended = await scrape();
    expect(ended.value('prebuilds_pool_deleting', PLAIN)).toBe(1);
    expect(ended.value('prebuilds_pool_draining', PLAIN)).toBe(1);
    expect(ended.value('prebuilds_failed_deletes', PLAIN)).toBe(0);
    const over = exited(ending);
    take('deleting');
    await over;
    expect(await read('prebuilds_failed_deletes')).toBe(1);
    take('stuck');
    sql("update workspace set next_try_at = 0 where phase = 'deleting'");
    await box.ok('reconcile');
    expect(await read('prebuilds_failed_deletes')).toBe(0);
    expect(await read('prebuilds_pool_deleting')).toBe(0);
  });

  it('held, expired, and preset values that a later version of the rules refuses', async () => {
    await box.ok('template', 'push', box.template('plain', plain(1)));
    await box.ok('template', 'push', box.template('params', parameterised(0)));
    await box.ok('reconcile');
    const name = await stock();
    await box.ok('hold', name);
    const held = await scrape();
    expect(held.value('prebuilds_pool_held', PLAIN)).toBe(1);
    expect(held.value('coderd_prebuilt_workspaces_eligible', PLAIN)).toBe(0);
    await box.ok('unhold', name);
    expect(await read('prebuilds_pool_held')).toBe(0);
    // A pause keeps the expired one for the look.
    await box.ok('pause');
    sql('update preset set ttl_ms = 1');
    const expired = await scrape();
    expect(expired.value('prebuilds_pool_expired', PLAIN)).toBe(1);
    expect(expired.value('coderd_prebuilt_workspaces_eligible', PLAIN)).toBe(0);
    expect(expired.value('coderd_prebuilt_workspaces_preset_validation_failed', of('params'))).toBeUndefined();
    sql(`update preset set parameters = '{"cpus":"99"}' where parameters <> '{}'`);
    expect(await read('coderd_prebuilt_workspaces_preset_validation_failed', of('params'))).toBe(1);
  });

  it('unsafe, failed, and claims that wait and give up', async () => {
    box.config('backoff:\n  base: 1h\n');
    await box.ok('template', 'push', box.template('rebuilding', rebuilding(1)));
    await box.ok('template', 'push', box.template('broken', failing(1)));
    await box.run('reconcile');
    const after = await scrape();
    expect(after.value('prebuilds_pool_unsafe', of('rebuilding'))).toBe(1);
    expect(after.value('prebuilds_pool_failed', of('broken'))).toBe(1);
    expect(after.value('prebuilds_pool_failed', of('rebuilding'))).toBe(0);
    await box.ok('claim', 'broken', '--name', 'later', '--detach');
    expect(await read('prebuilds_claims_waiting', of('broken'))).toBe(1);
    await box.ok('delete', 'later');
    expect(await read('prebuilds_claims_waiting', of('broken'))).toBe(0);
    expect(await read('prebuilds_claims_unserved_total', { ...of('broken'), outcome: 'canceled' })).toBe(1);
    await box.ok('prune', '--failed');
    expect(await read('prebuilds_pool_failed', of('broken'))).toBe(0);
  });

  it('lost', async () => {
    const dead = join(box.folder, 'dead');
    box.config(
      `rehearsal: false\nhealth_interval: 1s\nhealth_failures: 1\nprobe:\n  command: [sh, -c, 'test ! -e "${dead}-$PREBUILDS_WORKSPACE_NAME"']\n`,
    );
    await box.ok('template', 'push', box.template('plain', plain(3)));
    await box.ok('reconcile');
    expect(await read('prebuilds_lost_total')).toBe(0);
    const victim = (await stock()).replace('prebuilds/', '');
    put(`dead-${victim}`);
    await until('the check that finds it', async () => {
      await box.ok('reconcile');
      return (await read('prebuilds_lost_total')) === 1 ? true : undefined;
    });
    expect(await read('coderd_prebuilt_workspaces_failed_total')).toBe(0);
  });
});
