import { z } from 'zod';
import { flag, named, nothing, optionalText, text, whole } from '../inputs.ts';
import { route, type Routes } from '../route.ts';
import {
  group,
  newToken,
  organization,
  organizationRow,
  person,
  quotaView,
  role,
  token,
  userDetail,
  userRow,
} from '../shapes/people.ts';
import { done, list } from '../shapes/words.ts';

const allowance = whole(0, 999_999_999);
const names = z.array(text).max(1000).default([]);

export const peopleRoutes = {
  'groups.list': route({
    summary: 'Groups with their quotas and members',
    input: nothing,
    answer: list(group),
    ask: (app) => app.people.groups(),
  }),
  'groups.create': route({
    summary: 'Create a group',
    input: named.extend({ quota: allowance.default(0) }),
    answer: group,
    ask: (app, { name, quota }) => app.people.createGroup(name, quota),
  }),
  'groups.show': route({
    summary: 'A group',
    input: named,
    answer: group,
    ask: (app, { name }) => app.people.group(name),
  }),
  'groups.edit': route({
    summary: 'Set the quota of a group',
    input: named.extend({ quota: allowance }),
    answer: group,
    ask: (app, { name, quota }) => app.people.editGroup(name, quota),
  }),
  'groups.members': route({
    summary: 'Add and remove members of a group, all or none',
    input: named.extend({ add: names, remove: names }),
    answer: group,
    ask: (app, { name, add, remove }) => app.people.changeMembers(name, { add, remove }),
  }),
  'groups.delete': route({
    summary: 'Delete a group',
    input: named,
    answer: done,
    ask: async (app, { name }) => {
      await app.people.deleteGroup(name);
      return null;
    },
  }),
  'users.list': route({
    summary: 'People with their groups',
    input: nothing,
    answer: list(userRow),
    ask: (app) => app.people.users(),
  }),
  'users.create': route({
    summary: 'Make a person known',
    input: z.object({ username: text, fullName: optionalText, email: optionalText }),
    answer: person,
    ask: (app, input) => app.people.createUser(input),
  }),
  'users.show': route({
    summary: 'A person with quotas and workspaces',
    input: named,
    answer: userDetail,
    ask: (app, { name }) => app.people.user(name),
  }),
  quota: route({
    summary: 'What one costs and may cost; yours when no user is named',
    input: z.object({ user: optionalText }),
    answer: quotaView,
    ask: (app, { user }) => app.people.quota(user),
  }),
  'tokens.list': route({
    summary: 'Tokens that open something; with `all` also expired and revoked ones',
    input: z.object({ all: flag }),
    answer: list(token),
    ask: (app, { all }) => app.tokens.list({ all }),
  }),
  'tokens.create': route({
    summary: 'Make a token; its text is shown this once',
    input: z.object({ role, user: optionalText, name: optionalText, lifeMs: whole(1).optional() }),
    answer: newToken,
    ask: (app, input) => app.tokens.create(input),
  }),
  'tokens.revoke': route({
    summary: 'Make a token, by id or name, open nothing any more',
    input: named,
    answer: token,
    ask: (app, { name }) => app.tokens.revoke(name),
  }),
  'organizations.list': route({
    summary: 'Organisations',
    input: nothing,
    answer: list(organizationRow),
    ask: (app) => app.people.organizations(),
  }),
  'organizations.create': route({
    summary: 'Create an organisation',
    input: named,
    answer: organization,
    ask: (app, { name }) => app.people.createOrganization(name),
  }),
} satisfies Routes;
