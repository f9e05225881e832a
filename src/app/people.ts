import { checkName, checkUsername } from '../domain/names.ts';
import { EVERYONE } from '../domain/quota.ts';
import type { Group, Organization, Person } from '../domain/types.ts';
import { ConflictError, UserError } from '../kit/errors.ts';
import { actorOf, type Context } from './context.ts';
import { findCaller } from './identity.ts';
import { organizationOf, organizationsIn } from './organization.ts';
import type { PeopleApi, QuotaView, UserDetail } from '../api/people.ts';

/** The administrator's side of people. */
export function createPeopleApi(context: Context): PeopleApi {
  const { store } = context;
  const group = (name: string): Promise<Group> => findGroup(context, name);
  const changed = async (id: string): Promise<Group> => known(await groupsIn(context), id);
  return {
    groups: () => groupsIn(context),
    group,
    createGroup: async (name, quotaAllowance) => {
      checkName('group', name);
      const { id } = await organizationOf(context);
      return store.createGroup({ organizationId: id, name, quotaAllowance }, await actorOf(context));
    },
    editGroup: async (name, quotaAllowance) => {
      const { id } = await group(name);
      await store.setAllowance(id, quotaAllowance, await actorOf(context));
      return changed(id);
    },
    changeMembers: async (name, { add = [], remove = [] }) => {
      const { id } = refuseEveryone(await group(name));
      const [added, removed] = [await peopleOf(context, add), await peopleOf(context, remove)];
      await store.changeMembers(id, { add: added, remove: removed }, await actorOf(context));
      return changed(id);
    },
    deleteGroup: async (name) => {
      await store.deleteGroup(refuseEveryone(await group(name)).id, await actorOf(context));
    },
    users: () => listUsers(context),
    user: (name) => userDetail(context, name),
    createUser: async (input) => {
      checkUsername(input.username);
      const there = await store.findPerson(input.username);
      if (there === undefined) return store.ensurePerson(input);
      throw new ConflictError('user_exists', `there is a user "${there.username}" already`, {
        hint: 'see `prebuilds user list`',
      });
    },
    quota: async (user) => {
      const person = user === undefined ? await findCaller(store, context.caller) : await findPerson(context, user);
      return quotaView(context, person, await organizationOf(context));
    },
    organizations: async () => {
      const [all, templates, groups] = [await store.listOrganizations(), await store.listTemplates(), await store.listGroups()];
      return all.map((organization) => ({
        organization,
        templates: templates.filter((one) => one.organizationId === organization.id).length,
        groups: groups.filter((one) => one.organization === organization.name).length,
      }));
    },
    createOrganization: async (name) => {
      checkName('organisation', name);
      return store.createOrganization(name, await actorOf(context));
    },
  };
}

const groupsIn = async (context: Context): Promise<readonly Group[]> =>
  context.store.listGroups(context.organization === undefined ? undefined : (await organizationOf(context)).id);

async function findGroup(context: Context, name: string): Promise<Group> {
  const all = await groupsIn(context);
  const [only, ...others] = all.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    const names = [...new Set(all.map((one) => one.name))].join(', ');
    throw new UserError('unknown_group', `there is no group "${name}"`, { hint: `known: ${names}` });
  }
  const where = [only, ...others].map((one) => one.organization).join(', ');
  throw new UserError('ambiguous_group', `several organisations have a group "${only.name}": ${where}`, {
    hint: 'say which with --org NAME or PREBUILDS_ORG',
  });
}

function known(groups: readonly Group[], id: string): Group {
  const found = groups.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new ConflictError('group_deleted', 'the group was deleted meanwhile', { hint: 'see `prebuilds group list`' });
}

function refuseEveryone(group: Group): Group {
  if (!group.isEveryone) return group;
  throw new UserError('everyone', `everybody is in ${EVERYONE}: only its quota can be changed`, {
    hint: `prebuilds group edit ${EVERYONE} --quota N`,
  });
}

async function findPerson(context: Context, username: string): Promise<Person> {
  const person = await context.store.findPerson(username);
  if (person !== undefined) return person;
  throw new UserError('unknown_user', `there is no user "${username}"`, {
    hint: `make it with \`prebuilds user create ${username}\`; somebody who claims is made by the claim`,
  });
}

/** All of them are looked up before the first is added. */
async function peopleOf(context: Context, usernames: readonly string[]): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (const username of usernames) people.push(await findPerson(context, username));
  return people;
}

async function listUsers(context: Context) {
  const [people, groups] = [await context.store.listPeople(), await groupsIn(context)];
  return people.map((person) => ({
    person,
    groups: groups.filter((one) => one.members.includes(person.username)).map((one) => one.name),
  }));
}

async function userDetail(context: Context, name: string): Promise<UserDetail> {
  const person = await findPerson(context, name);
  const quotas: QuotaView[] = [];
  for (const organization of await organizationsIn(context)) quotas.push(await quotaView(context, person, organization));
  const workspaces = await context.store.listWorkspaces({ ownerId: person.id });
  return { person, quotas, workspaces };
}

async function quotaView(context: Context, person: Person, organization: Organization): Promise<QuotaView> {
  const { budget, workspaces } = await context.store.quotaOf(person.id, organization.id);
  return {
    user: person.username,
    organization: organization.name,
    groups: [EVERYONE, ...(await context.store.groupNames(person.id, organization.id))],
    budget,
    consumed: workspaces.reduce((sum, { charged }) => sum + charged, 0),
    held: workspaces.reduce((sum, { held }) => sum + held, 0),
    workspaces: workspaces.map(({ name, charged, held }) => ({ name, charged, held })),
  };
}
