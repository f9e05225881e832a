import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import type { Answer, PoolRow, WorkspaceRow } from '../support/json.ts';
import { costing } from '../support/templates.ts';

interface Quota {
  readonly budget: number | null;
  readonly consumed: number;
  readonly held: number;
  readonly workspaces: readonly { readonly name: string; readonly charged: number }[];
}

const quotaOf = async (box: Sandbox, user: string): Promise<Quota> => (await box.json('quota', user)) as Quota;
const poolOf = async (box: Sandbox): Promise<PoolRow | undefined> =>
  ((await box.json('status', 'costing')) as { pools: readonly PoolRow[] }).pools[0];
const eligibleOf = async (box: Sandbox): Promise<number | undefined> => (await poolOf(box))?.eligible;
const all = async (box: Sandbox): Promise<readonly WorkspaceRow[]> => (await box.json('list')) as readonly WorkspaceRow[];

const groupsIn = (box: Sandbox, id: string): unknown => {
  const file = join(box.home, 'workspaces', id, 'work', 'terraform.tfstate');
  return (JSON.parse(readFileSync(file, 'utf8')) as { outputs: { groups: { value: unknown } } }).outputs.groups.value;
};

describe('quotas on the real engine', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('costing', costing(2, 8)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('a pool over budget fails with INSUFFICIENT_QUOTA, held and not counted', async () => {
    await box.ok('group', 'create', 'pools', '--quota', '10');
    await box.ok('group', 'add', 'pools', 'prebuilds');
    await box.run('reconcile');
    const error = 'INSUFFICIENT_QUOTA: over the quota of prebuilds: this would cost 10 a day, and 10 of 10 are used';
    expect(await poolOf(box)).toMatchObject({ eligible: 1, failures: 0, breaker: 'holding', lastError: error });
    const events = (await box.json('events')) as readonly { kind: string; reason: string; data: { errorClass?: string } }[];
    const refused = events.filter(({ kind }) => kind === 'build.failed');
    // One more try is made when the first prebuild becomes ready in between.
    expect(refused.length).toBeGreaterThan(0);
    for (const event of refused)
      expect(event).toMatchObject({ reason: error, data: { stage: 'create', errorClass: 'capacity' } });
    expect(await quotaOf(box, 'prebuilds')).toMatchObject({ budget: 10, consumed: 10, held: 0 });
  });

  it('a higher allowance lets it go on', async () => {
    await box.ok('group', 'edit', 'pools', '--quota', '20');
    await box.ok('retry', 'costing');
    await box.ok('reconcile');
    expect(await eligibleOf(box)).toBe(2);
    expect(await quotaOf(box, 'prebuilds')).toMatchObject({ budget: 20, consumed: 20, held: 0 });
    const [prebuild] = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    expect(groupsIn(box, prebuild?.id ?? '')).toBe('Everyone pools');
  });

  it('a claim over budget is exit 5 with the numbers, and no stock is touched', async () => {
    const before = await all(box);
    const answer = await box.run('claim', 'costing', '--name', 'dev');
    expect(answer.code).toBe(5);
    expect(answer.stderr.split('\n')[0]).toBe('error: over the quota of anna: this would cost 10 a day, and 0 of 0 are used');
    expect(await all(box)).toEqual(before);
    expect(await eligibleOf(box)).toBe(2);
    const cold = await box.run('create', 'costing', '--name', 'dev', '--no-pool');
    expect(cold.code).toBe(5);
    expect(await all(box)).toEqual(before);
    expect(await quotaOf(box, 'anna')).toMatchObject({ budget: 0, consumed: 0, held: 0 });
  });

  it('a claim within the budget moves the charge to the claimant, whose groups the template sees', async () => {
    await box.ok('group', 'create', 'backend', '--quota', '15');
    await box.ok('group', 'add', 'backend', 'anna');
    const answer = (await box.json('claim', 'costing', '--name', 'dev')) as Answer;
    expect(answer.servedAs).toBe('warm');
    expect(groupsIn(box, answer.workspace.id)).toBe('Everyone backend');
    expect(await quotaOf(box, 'anna')).toMatchObject({
      budget: 15,
      consumed: 10,
      held: 0,
      workspaces: [{ name: 'dev', charged: 10 }],
    });
    expect(await quotaOf(box, 'prebuilds')).toMatchObject({ consumed: 10, held: 0 });
    expect((await box.run('claim', 'costing', '--name', 'second')).code).toBe(5);
    expect(await eligibleOf(box)).toBe(1);
  });

  it('a stop lowers the cost; a start over budget is exit 5 and the workspace stays stopped', async () => {
    await box.ok('stop', 'dev');
    expect(await quotaOf(box, 'anna')).toMatchObject({ consumed: 2 });
    await box.ok('group', 'edit', 'backend', '--quota', '9');
    const answer = await box.run('start', 'dev');
    expect(answer.code).toBe(5);
    expect(answer.stderr).toContain('this would cost 10 a day instead of 2, and 2 of 9 are used');
    expect(await box.json('show', 'dev')).toMatchObject({ status: 'stopped' });
    expect(await quotaOf(box, 'anna')).toMatchObject({ consumed: 2, held: 0 });
    await box.ok('group', 'edit', 'backend', '--quota', '10');
    await box.ok('start', 'dev');
    expect(await quotaOf(box, 'anna')).toMatchObject({ consumed: 10, held: 0 });
  });

  it('an update over budget leaves the workspace ready on its version', async () => {
    await box.ok('template', 'push', box.template('costing', costing(1, 9)));
    const answer = await box.run('update', 'dev');
    expect(answer.code).toBe(5);
    expect(await box.json('show', 'dev')).toMatchObject({ status: 'ready', version: 1 });
    expect(await quotaOf(box, 'anna')).toMatchObject({ consumed: 10, held: 0 });
  });

  it('a workspace that costs more than the budget by now may still be stopped, and a delete frees its cost', async () => {
    await box.ok('group', 'edit', 'backend', '--quota', '1');
    await box.ok('stop', 'dev');
    const { id } = (await box.json('show', 'dev')) as WorkspaceRow;
    await box.ok('delete', 'dev');
    expect(existsSync(join(box.home, 'workspaces', id))).toBe(false);
    expect(await quotaOf(box, 'anna')).toMatchObject({ consumed: 0, held: 0, workspaces: [] });
  });

  it('without any allowance there are no quotas', async () => {
    for (const group of ['backend', 'pools']) await box.ok('group', 'delete', group, '--yes');
    await box.ok('claim', 'costing', '--name', 'free');
    expect(await quotaOf(box, 'anna')).toMatchObject({ budget: null, consumed: 11 });
  });
});

describe('organisations on the real engine', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = makeSandbox();
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('keep templates of one name apart, and ask which is meant only where it is not clear', async () => {
    await box.ok('organization', 'create', 'research');
    await box.ok('template', 'push', box.template('costing', costing(0, 8)));
    expect(await box.ok('template', 'list')).not.toContain('ORGANIZATION');
    await box.ok('template', 'push', box.template('costing', costing(1, 8)), '--org', 'research');
    expect(await box.ok('template', 'list')).toContain('research');
    const unclear = await box.run('claim', 'costing', '--name', 'one');
    expect(unclear.code).toBe(2);
    expect(unclear.stderr).toContain('several organisations have a template "costing": default, research');
    expect(unclear.stderr).toContain('--org NAME or PREBUILDS_ORG');
    await box.ok('reconcile');
    const warm = (await box.json('claim', 'costing', '--name', 'one', '--org', 'research')) as Answer;
    expect(warm.servedAs).toBe('warm');
    const cold = (await box.json('claim', 'costing', '--name', 'two', '--org', 'default')) as Answer;
    expect(cold.servedAs).toBe('cold');
    expect(await box.json('list', '--search', 'org:research')).toMatchObject([{ name: 'anna/one', organization: 'research' }]);
    expect(await box.json('template', 'list', '--org', 'research')).toMatchObject([{ organization: 'research' }]);
    expect(await box.json('list', '--org', 'research')).toMatchObject([{ name: 'anna/one' }]);
    const shown = (await box.json('status', '--org', 'research')) as { pools: { organization: string }[] };
    expect(shown.pools.map(({ organization }) => organization)).toEqual(['research']);
    for (const command of ['claim costing', 'template list', 'group list', 'list', 'status']) {
      const unknown = await box.run(...command.split(' '), '--org', 'nowhere');
      expect([unknown.code, unknown.stderr.split('\n')[0]]).toEqual([2, 'error: there is no organisation "nowhere"']);
    }
  });

  it('have quotas of their own', async () => {
    await box.ok('group', 'edit', 'Everyone', '--quota', '5', '--org', 'research');
    expect((await box.run('group', 'edit', 'Everyone', '--quota', '5')).stderr).toContain('several organisations have a group');
    expect((await box.run('create', 'costing', '--name', 'three', '--org', 'research')).code).toBe(5);
    expect((await box.run('create', 'costing', '--name', 'three', '--org', 'default')).code).toBe(0);
    const { quotas } = (await box.json('user', 'show', 'anna')) as { quotas: readonly Quota[] };
    expect(quotas.map(({ budget, consumed }) => [budget, consumed])).toEqual([
      [null, 20],
      [5, 10],
    ]);
  });
});
