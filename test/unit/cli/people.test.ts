import { describe, expect, it } from 'vitest';
import type { PeopleApi, QuotaView } from '../../../src/api/people.ts';
import type { Group, Person } from '../../../src/domain/types.ts';
import { cli, workspace } from './fakes.ts';

const group: Group = {
  id: 'g1',
  organization: 'default',
  name: 'backend',
  quotaAllowance: 40,
  isEveryone: false,
  members: ['ana', 'bob'],
};
const everyone: Group = { ...group, id: 'o1', name: 'Everyone', quotaAllowance: 0, isEveryone: true, members: [] };
const person: Person = { id: 'u1', username: 'ana', fullName: 'Ana Lee', email: 'ana@example.com', isSystem: false };
const view: QuotaView = {
  user: 'ana',
  organization: 'default',
  groups: ['Everyone', 'backend'],
  budget: 40,
  consumed: 12,
  held: 8,
  workspaces: [
    { name: 'api', charged: 12, held: 0 },
    { name: 'web', charged: 0, held: 8 },
  ],
};

const withPool = (budget: number): Partial<PeopleApi> => ({
  user: () => Promise.resolve({ person, quotas: [{ ...view, user: 'prebuilds', budget }], workspaces: [] }),
});

const run = (args: readonly string[], people: Partial<PeopleApi>) => cli(args, { app: { people } });
const lines = (out: string): readonly string[][] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

describe('group', () => {
  it('create passes the name and the quota, 0 unless given', async () => {
    const asked: unknown[] = [];
    const createGroup: PeopleApi['createGroup'] = (name, quotaAllowance) => {
      asked.push([name, quotaAllowance]);
      return Promise.resolve({ ...group, name, quotaAllowance });
    };
    const made = await run(['group', 'create', 'backend', '--quota', '40'], { createGroup, ...withPool(0) });
    expect(made.out).toBe('group backend made, quota 40\n');
    expect(made.err).toContain('the user prebuilds has none');
    expect((await run(['group', 'create', 'guests'], { createGroup })).code).toBe(0);
    expect(asked).toEqual([
      ['backend', 40],
      ['guests', 0],
    ]);
  });

  it('list shows quotas and members, and organisations only where there are several', async () => {
    const groups = () => Promise.resolve([everyone, group]);
    expect(lines((await run(['group', 'list'], { groups })).out)).toEqual([
      ['GROUP', 'QUOTA', 'MEMBERS'],
      ['Everyone', '0', 'everybody'],
      ['backend', '40', 'ana, bob'],
    ]);
    const several = () => Promise.resolve([everyone, { ...group, organization: 'research' }]);
    expect(lines((await run(['group', 'list'], { groups: several })).out)[2]).toEqual(['research', 'backend', '40', 'ana, bob']);
    expect((await run(['group', 'list', '--json'], { groups })).json).toEqual([
      { id: 'o1', organization: 'default', name: 'Everyone', quota: 0, everyone: true, members: [] },
      { id: 'g1', organization: 'default', name: 'backend', quota: 40, everyone: false, members: ['ana', 'bob'] },
    ]);
  });

  it('edit needs a quota, which is a whole number', async () => {
    const editGroup: PeopleApi['editGroup'] = (name, quotaAllowance) => Promise.resolve({ ...group, name, quotaAllowance });
    const edited = await run(['group', 'edit', 'backend', '--quota', '7'], { editGroup, ...withPool(5) });
    expect(edited.err).toBe('');
    expect(lines(edited.out)).toEqual([
      ['Group', 'backend'],
      ['Quota', '7'],
      ['Members', 'ana, bob'],
    ]);
    expect((await run(['group', 'edit', 'backend'], {})).code).toBe(2);
    for (const quota of ['-1', '1.5', 'many']) {
      const refused = await run(['group', 'edit', 'backend', `--quota=${quota}`], {});
      expect(refused.code).toBe(2);
      expect(refused.err).toContain('Write a whole number from 0 on');
    }
  });

  it('add and remove take several users', async () => {
    const asked: unknown[] = [];
    const changeMembers: PeopleApi['changeMembers'] = (name, change) => {
      asked.push([name, change]);
      return Promise.resolve(group);
    };
    await run(['group', 'add', 'backend', 'ana', 'bob'], { changeMembers });
    await run(['group', 'remove', 'backend', 'bob'], { changeMembers });
    expect(asked).toEqual([
      ['backend', { add: ['ana', 'bob'] }],
      ['backend', { remove: ['bob'] }],
    ]);
    expect((await run(['group', 'add', 'backend'], {})).code).toBe(2);
  });

  it('show says who is in it; delete asks first', async () => {
    const nobody = () => Promise.resolve({ ...group, members: [] });
    expect((await run(['group', 'show', 'backend'], { group: nobody })).out).toContain('Members  nobody');
    const confirm = () => Promise.resolve(false);
    expect((await cli(['group', 'delete', 'backend'], { app: { people: {} }, confirm })).code).toBe(2);
    const deleteGroup = () => Promise.resolve();
    expect((await run(['group', 'delete', 'backend', '--yes'], { deleteGroup })).out).toBe('group backend deleted\n');
  });
});

describe('quota', () => {
  it('shows budget, consumption and what builds hold, by workspace', async () => {
    const asked: unknown[] = [];
    const quota: PeopleApi['quota'] = (user) => {
      asked.push(user);
      return Promise.resolve(view);
    };
    expect(lines((await run(['quota'], { quota })).out)).toEqual([
      ['User', 'ana'],
      ['Groups', 'Everyone, backend'],
      ['Budget', '40 a day'],
      ['Consumed', '12 a day'],
      ['Held', '8 a day, by running builds'],
      [''],
      ['WORKSPACE', 'COST', 'HELD'],
      ['api', '12'],
      ['web', '0', '8'],
    ]);
    expect((await run(['quota', 'ana', '--json'], { quota })).json).toEqual(view);
    expect(asked).toEqual([undefined, 'ana']);
  });

  it('says that there is no limit', async () => {
    const quota = () => Promise.resolve({ ...view, budget: undefined, consumed: 0, held: 0, workspaces: [] });
    expect((await run(['quota'], { quota })).out).toContain('Budget    no limit: no group has a quota');
    expect((await run(['quota', '--json'], { quota })).json).toMatchObject({ budget: null });
  });
});

describe('user', () => {
  it('list, show and create', async () => {
    const users = () => Promise.resolve([{ person, groups: ['backend'] }]);
    expect(lines((await run(['user', 'list'], { users })).out)[1]).toEqual(['ana', 'Ana Lee', 'ana@example.com', 'backend']);
    const user = () => Promise.resolve({ person, quotas: [view], workspaces: [{ ...workspace, dailyCost: 12 }] });
    const shown = (await run(['user', 'show', 'ana'], { user })).out;
    expect(shown).toContain('Budget    40 a day');
    expect(lines(shown).at(-1)).toEqual(['api', 'ready', '12']);
    expect((await run(['user', 'show', 'ana', '--json'], { user })).json).toMatchObject({
      username: 'ana',
      quotas: [{ budget: 40 }],
      workspaces: [{ name: 'ana/api', dailyCost: 12 }],
    });
    let asked: unknown;
    const createUser: PeopleApi['createUser'] = (input) => {
      asked = input;
      return Promise.resolve(person);
    };
    const made = await run(['user', 'create', 'ana', '--full-name', 'Ana Lee', '--email', 'ana@example.com'], { createUser });
    expect(made.out).toBe('user ana made\n');
    expect(asked).toEqual({ username: 'ana', fullName: 'Ana Lee', email: 'ana@example.com' });
  });
});

describe('organization', () => {
  it('list and create', async () => {
    const organizations = () => Promise.resolve([{ organization: { id: 'o1', name: 'default' }, templates: 2, groups: 1 }]);
    expect(lines((await run(['organization', 'list'], { organizations })).out)[1]).toEqual(['default', '2', '1']);
    const createOrganization = (name: string) => Promise.resolve({ id: 'o2', name });
    expect((await run(['organization', 'create', 'research'], { createOrganization })).out).toContain('--org research');
  });

  it.each([
    [['group', 'list', '--org', 'research'], {}, 'research'],
    [['--org', 'research', 'group', 'list'], { PREBUILDS_ORG: 'other' }, 'research'],
    [['group', 'list'], { PREBUILDS_ORG: 'other' }, 'other'],
    [['group', 'list'], { PREBUILDS_ORG: '' }, undefined],
  ])('%j with %j opens the application for %j', async (args, env, organization) => {
    const { opened } = await cli(args, { app: { people: { groups: () => Promise.resolve([]) } }, env });
    expect(opened?.organization).toBe(organization);
  });
});

describe('completion of people', () => {
  it.each([
    [['group', 'show', 'b'], ['backend']],
    [['group', 'add', 'backend', 'a'], ['ana']],
    [['group', 'add', 'backend', 'bob', 'a'], ['ana']],
    [['quota', ''], ['ana']],
    [['claim', 'docker', '--owner', ''], ['ana']],
    [['claim', 'docker', '--org', ''], ['default']],
  ])('%j offers %j', async (words, offered) => {
    const { out } = await run(['__complete', '--', ...words], {
      groups: () => Promise.resolve([everyone, group]),
      users: () => Promise.resolve([{ person, groups: [] }]),
      organizations: () => Promise.resolve([{ organization: { id: 'o1', name: 'default' }, templates: 0, groups: 1 }]),
    });
    expect(out.trimEnd().split('\n')).toEqual(offered);
  });
});
