import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Detail, WorkspaceRow } from '../support/json.ts';
import { exited, killHard, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { plain, slow } from '../support/templates.ts';

/** Run folders of apply runs in which the engine has begun to make something. */
function startedApplies(box: Sandbox, step: string): readonly string[] {
  const root = join(box.home, 'workspaces');
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((id) => {
    const runs = join(root, id, 'runs');
    const folders = existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name)) : [];
    return folders.filter((folder) => {
      const out = join(folder, 'stdout');
      return folder.includes('-apply-') && existsSync(out) && hasStart(readFileSync(out, 'utf8'), step);
    });
  });
}

const hasStart = (text: string, step: string): boolean =>
  text.split('\n').some((line) => line.includes('"type":"apply_start"') && line.includes(step));

const list = async (box: Sandbox, search: string): Promise<readonly WorkspaceRow[]> =>
  (await box.json('list', '--search', search)) as readonly WorkspaceRow[];

const lines = (box: Sandbox, id: string, file: string): number => {
  const path = join(box.home, 'workspaces', id, 'work', file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').length : 0;
};

describe('kill -9 of the tool', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('slow', slow(1, 3, 3)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('during a create: the engine finishes alone, the next reconcile adopts it, nothing is made twice', async () => {
    const child = box.start('reconcile');
    await until('the engine to start the machine', () =>
      startedApplies(box, 'terraform_data.machine').length > 0 ? true : undefined,
    );
    await killHard(child);
    const report = (await box.json('reconcile')) as { repaired: number; failed: number };
    expect(report).toMatchObject({ repaired: 1, failed: 0 });
    const ready = await list(box, 'owner:prebuilds status:ready');
    expect(ready).toHaveLength(1);
    expect(await list(box, 'owner:prebuilds')).toHaveLength(1);
    expect(lines(box, ready[0]?.id ?? '', 'made.txt')).toBe(1);
  });

  it('during the apply of a claim: it is rolled forward to the same claimant', async () => {
    const [prebuild] = await list(box, 'owner:prebuilds status:ready');
    const child = box.start('claim', 'slow', '--name', 'dev');
    await until('the claim to start its apply', () => (startedApplies(box, 'handover').length > 0 ? true : undefined));
    await killHard(child);
    await box.ok('reconcile', '--pool', 'slow');
    const detail = (await box.json('show', 'dev')) as Detail;
    expect(detail).toMatchObject({ id: prebuild?.id, owner: 'anna', status: 'ready' });
    expect(lines(box, detail.id, 'claimed.txt')).toBe(1);
    expect(await list(box, 'owner:prebuilds status:ready')).toHaveLength(1);
  });

  it('pressing the up arrow after a lost terminal joins the same claim', async () => {
    const before = startedApplies(box, 'handover').length;
    const child = box.start('claim', 'slow', '--name', 'second');
    await until('the claim to start its apply', () => (startedApplies(box, 'handover').length > before ? true : undefined));
    await killHard(child);
    const answer = (await box.json('claim', 'slow', '--name', 'second')) as Answer;
    expect(answer.workspace).toMatchObject({ name: 'anna/second', status: 'ready' });
    expect(lines(box, answer.workspace.id, 'claimed.txt')).toBe(1);
  });

  it('Ctrl-C during an apply detaches with one line, and the workspace is there afterwards', async () => {
    await box.ok('reconcile');
    const before = startedApplies(box, 'handover').length;
    const child = box.start('claim', 'slow', '--name', 'third');
    await until('the claim to start its apply', () => (startedApplies(box, 'handover').length > before ? true : undefined));
    child.kill('SIGINT');
    expect(await exited(child)).toBe(130);
    await box.ok('reconcile');
    expect((await box.json('show', 'third')) as Detail).toMatchObject({ status: 'ready', owner: 'anna' });
  });
});

describe('kill -9 of the engine', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('backoff:\n  base: 1ms\n  cap: 2ms\n');
    await box.ok('template', 'push', box.template('slow', slow(1, 3, 0)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('during a create: the prebuild is destroyed and replaced, and what may remain is listed until a person resolves it', async () => {
    const child = box.start('reconcile');
    const folder = await until('the engine to start the machine', () => startedApplies(box, 'terraform_data.machine')[0]);
    process.kill(Number(readFileSync(join(folder, 'engine'), 'utf8').split(' ')[0]), 'SIGKILL');
    expect(await exited(child)).toBe(3);
    await box.ok('reconcile');
    const ready = await list(box, 'owner:prebuilds status:ready');
    const waiting = await list(box, 'owner:prebuilds status:deleting');
    expect(ready).toHaveLength(1);
    expect(waiting).toHaveLength(1);
    expect(ready[0]?.id).not.toBe(waiting[0]?.id);
    const doctor = await box.run('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('terraform_data.machine');
    await box.ok('delete', waiting[0]?.name ?? '', '--force');
    expect(await list(box, 'owner:prebuilds status:deleting')).toEqual([]);
  });

  it('during the apply of a claim: it is planned and applied anew, and what the first one may have left is listed', async () => {
    // Nothing ends while the handover is being made, so no state is written that has it.
    const last = slow(1, 0, 3).replace('resource "terraform_data" "handover" {', '$&\n  depends_on = [coder_metadata.owner]');
    await box.ok('template', 'push', box.template('last', last));
    await box.ok('reconcile', '--pool', 'last');
    const [prebuild] = await list(box, 'owner:prebuilds status:ready template:last');
    const child = box.start('claim', 'last', '--name', 'again');
    const folder = await until('the claim to start its apply', () => startedApplies(box, 'handover')[0]);
    process.kill(Number(readFileSync(join(folder, 'engine'), 'utf8').split(' ')[0]), 'SIGKILL');
    expect(await exited(child)).toBe(0);
    expect((await box.json('show', 'again')) as Detail).toMatchObject({ id: prebuild?.id, owner: 'anna', status: 'ready' });
    expect((await box.run('doctor')).stdout).toContain('terraform_data.handover[0] of anna/again may exist');
    expect(await box.ok('status')).toContain('1 object may exist outside the states');
    expect(await box.ok('metrics')).toContain('prebuilds_open_suspects 1\n');
    expect(await box.ok('why', 'again')).toContain('prebuilds sweep --absent anna/again');
    expect(await box.ok('sweep', '--absent', 'again')).toContain('terraform_data.handover[0] is no longer suspected');
    expect(await box.ok('status')).not.toContain('outside the states');
    await box.ok('delete', 'again');
  });

  it('a state that was emptied is restored from its newest copy before anything is planned', async () => {
    const [ready] = await list(box, 'owner:prebuilds status:ready');
    const state = join(box.home, 'workspaces', ready?.id ?? '', 'work', 'terraform.tfstate');
    const agent = /"token": "[0-9a-f-]{36}"/.exec(readFileSync(state, 'utf8'))?.[0];
    writeFileSync(state, '');
    const answer = (await box.json('claim', 'slow', '--name', 'restored')) as Answer;
    expect(answer).toMatchObject({ servedAs: 'warm', workspace: { id: ready?.id } });
    expect(agent).toBeDefined();
    expect(readFileSync(state, 'utf8')).toContain(agent);
    expect(lines(box, answer.workspace.id, 'made.txt')).toBe(1);
  });
});

describe('overlapping calls', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    box.config('jobs: 4\n');
    await box.ok('template', 'push', box.template('plain', plain(6)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('three reconciles at once make exactly the desired number', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => box.run('reconcile')));
    expect(answers.map((answer) => answer.code)).toEqual([0, 0, 0]);
    await box.ok('reconcile');
    expect(await list(box, 'owner:prebuilds')).toHaveLength(6);
    expect(await list(box, 'owner:prebuilds status:ready')).toHaveLength(6);
  });

  it('ten claims and three reconciles at once: everybody gets a workspace of their own', async () => {
    const claims = Array.from({ length: 10 }, (_, n) => box.run('claim', 'plain', '--name', `dev-${String(n)}`, '--json'));
    const passes = [1, 2, 3].map(() => box.run('reconcile'));
    const served = await Promise.all(claims);
    expect(served.filter(({ code }) => code !== 0)).toEqual([]);
    expect((await Promise.all(passes)).filter(({ code }) => code !== 0)).toEqual([]);
    const answers = served.map((answer) => JSON.parse(answer.stdout) as Answer);
    expect(new Set(answers.map((answer) => answer.workspace.id)).size).toBe(10);
    expect(answers.filter((answer) => answer.servedAs === 'warm').length).toBeGreaterThanOrEqual(6);
    await box.ok('reconcile');
    expect(await list(box, 'owner:prebuilds status:ready')).toHaveLength(6);
  });
});
