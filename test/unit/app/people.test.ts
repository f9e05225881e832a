import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/app/context.ts';
import { inOrganization } from '../../../src/app/organization.ts';
import { createPeopleApi } from '../../../src/app/people.ts';
import type { PeopleApi } from '../../../src/api/people.ts';
import type { StoreUnderTest } from '../../contract/harness.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';
import { givenCold, givenTemplate, newVersion } from '../../contract/support.ts';

describe('groups, users and quotas by their names', () => {
  let store: StoreUnderTest;
  beforeEach(async () => {
    store = await openSqlite();
    await store.a.ensurePerson({ username: 'ana' });
  });
  afterEach(() => store.close());

  const api = (organization?: string): PeopleApi =>
    createPeopleApi({ store: store.a, env: {}, caller: { env: { PREBUILDS_OWNER: 'ana' } }, organization } as unknown as Context);

  it('adds users that exist to a group, all or none', async () => {
    await api().createGroup('backend', 10);
    await api().createUser({ username: 'bob', fullName: 'Bob', email: undefined });
    await expect(api().changeMembers('backend', { add: ['bob', 'nobody'] })).rejects.toMatchObject({
      code: 'unknown_user',
      exitCode: 2,
    });
    expect((await api().group('BACKEND')).members).toEqual([]);
    expect((await api().changeMembers('backend', { add: ['BOB', 'prebuilds'] })).members).toEqual(['bob', 'prebuilds']);
    expect((await api().users()).map(({ person, groups }) => [person.username, groups])).toEqual([
      ['ana', []],
      ['bob', ['backend']],
      ['prebuilds', ['backend']],
    ]);
  });

  it.each([
    ['a bad group name', () => api().createGroup('two words', 1), 'bad_name', 2],
    ['an unknown group', () => api().group('nothing'), 'unknown_group', 2],
    ['a member of Everyone', () => api().changeMembers('everyone', { add: ['ana'] }), 'everyone', 2],
    ['deleting Everyone', () => api().deleteGroup('Everyone'), 'everyone', 2],
    ['an unknown user', () => api().user('nobody'), 'unknown_user', 2],
    ['a user that exists', () => api().createUser({ username: 'ANA' }), 'user_exists', 5],
    ['the user of the pool', () => api().createUser({ username: 'prebuilds' }), 'user_exists', 5],
    ['a user with a slash', () => api().createUser({ username: 'a/b' }), 'bad_name', 2],
    ['an unknown organisation', () => api('nowhere').groups(), 'unknown_organization', 2],
    ['a bad organisation name', () => api().createOrganization('-'), 'bad_name', 2],
  ])('refuses %s', async (_name, ask, code, exitCode) => {
    await expect(ask()).rejects.toMatchObject({ code, exitCode });
  });

  it('finds a group of several organisations only when told where', async () => {
    await api().createOrganization('research');
    await expect(api().editGroup('Everyone', 5)).rejects.toMatchObject({ code: 'ambiguous_group' });
    await api('Research').editGroup('Everyone', 5);
    expect((await api().groups()).map(({ organization, quotaAllowance }) => [organization, quotaAllowance])).toEqual([
      ['default', 0],
      ['research', 5],
    ]);
    expect(await api('research').quota()).toMatchObject({ user: 'ana', organization: 'research', budget: 5 });
    expect(await api().quota('ana')).toMatchObject({ organization: 'default', budget: undefined });
    expect((await api().organizations()).map(({ organization, groups }) => [organization.name, groups])).toEqual([
      ['default', 1],
      ['research', 1],
    ]);
  });

  it('sums what is charged and what is held', async () => {
    const given = await givenTemplate(store.a);
    const { build } = await givenCold(store.a, given, { owner: 'ana', name: 'api' });
    await store.a.holdQuota(build.id, 7);
    expect(await api().quota()).toMatchObject({ consumed: 0, held: 7, workspaces: [{ name: 'api', charged: 0, held: 7 }] });
    expect(await api().user('ana')).toMatchObject({
      quotas: [{ groups: ['Everyone'], held: 7 }],
      workspaces: [{ name: 'api' }],
    });
  });

  it('looks for templates, and makes new ones, in the organisation asked for', async () => {
    const { actor } = await givenTemplate(store.a);
    await api().createOrganization('research');
    const research = inOrganization(store.a, 'research');
    expect(await research.findTemplate('docker')).toBeUndefined();
    const { template } = await research.importVersion(newVersion(), actor);
    expect(template.organization).toBe('research');
    expect((await research.findTemplate('docker'))?.id).toBe(template.id);
    expect(inOrganization(store.a, undefined)).toBe(store.a);
  });
});
