import type { Command } from 'commander';
import type { Attach } from '../handler.ts';
import { allowance } from '../options.ts';
import { withExamples } from './examples.ts';

const QUOTA = ['--quota <number>', 'what each member may cost a day, in units of coder_metadata.daily_cost'] as const;

/** `group ...`, `user ...`, `quota`, `organization ...`. */
export function addPeopleCommands(program: Command, attach: Attach): void {
  const group = program.command('group').description('groups of users, and what they may cost a day');
  withExamples(group, 'group create backend --quota 40', 'group list');
  addGroups(group, attach);
  addMembers(group, attach);
  addUsers(program, attach);
  addOrganizations(program, attach);

  const quota = program
    .command('quota')
    .description('budget and consumption of a user, by workspace')
    .argument('[user]', 'name of the user (default: you)');
  withExamples(quota, 'quota', 'quota prebuilds --json');
  attach(quota, async () => (await import('../commands/quota.ts')).quota);
}

function addGroups(group: Command, attach: Attach): void {
  const create = group
    .command('create')
    .description('make a group')
    .argument('<name>', 'name of the new group')
    .option(...QUOTA, allowance, 0);
  withExamples(create, 'group create backend --quota 40', 'group create guests');
  attach(create, async () => (await import('../commands/group.ts')).groupCreate);

  const list = group.command('list').description('groups with their quotas');
  withExamples(list, 'group list', 'group list --json');
  attach(list, async () => (await import('../commands/group.ts')).groupList);

  const show = group.command('show').description('quota and members of a group').argument('<group>', 'name of the group');
  withExamples(show, 'group show backend', 'group show Everyone --json');
  attach(show, async () => (await import('../commands/group.ts')).groupShow);

  const edit = group
    .command('edit')
    .description('change the quota of a group; what exists already stays')
    .argument('<group>', 'name of the group')
    .requiredOption(...QUOTA, allowance);
  withExamples(edit, 'group edit backend --quota 60', 'group edit Everyone --quota 10');
  attach(edit, async () => (await import('../commands/group.ts')).groupEdit);

  const remove = group
    .command('delete')
    .description('delete a group; its members and their workspaces stay')
    .argument('<group>', 'name of the group')
    .option('-y, --yes', 'do not ask');
  withExamples(remove, 'group delete backend', 'group delete backend --yes');
  attach(remove, async () => (await import('../commands/group.ts')).groupDelete);
}

function addMembers(group: Command, attach: Attach): void {
  const add = group
    .command('add')
    .description('add users to a group; `prebuilds` is the user that owns the pools')
    .argument('<group>', 'name of the group')
    .argument('<user...>', 'names of users');
  withExamples(add, 'group add backend ana bob', 'group add pools prebuilds');
  attach(add, async () => (await import('../commands/group.ts')).groupAdd);

  const remove = group
    .command('remove')
    .description('take users out of a group')
    .argument('<group>', 'name of the group')
    .argument('<user...>', 'names of users');
  withExamples(remove, 'group remove backend bob', 'group remove backend ana bob --json');
  attach(remove, async () => (await import('../commands/group.ts')).groupRemove);
}

function addUsers(program: Command, attach: Attach): void {
  const user = program.command('user').description('users: whoever owns workspaces, or may');
  withExamples(user, 'user list', 'user show ana');

  const list = user.command('list').description('users with their groups');
  withExamples(list, 'user list', 'user list --json');
  attach(list, async () => (await import('../commands/user.ts')).userList);

  const show = user.command('show').description('groups, budget and workspaces of a user').argument('<user>', 'name of the user');
  withExamples(show, 'user show ana', 'user show prebuilds --json');
  attach(show, async () => (await import('../commands/user.ts')).userShow);

  const create = user
    .command('create')
    .description('make a user before the first claim, to add it to groups')
    .argument('<name>', 'name of the new user')
    .option('--full-name <text>', 'full name')
    .option('--email <address>', 'email address');
  withExamples(create, 'user create ana', 'user create ana --full-name "Ana Lee" --email ana@example.com');
  attach(create, async () => (await import('../commands/user.ts')).userCreate);
}

function addOrganizations(program: Command, attach: Attach): void {
  const organization = program
    .command('organization')
    .description('namespaces of templates and groups; --org NAME or PREBUILDS_ORG says which is meant');
  withExamples(organization, 'organization create research', 'organization list');

  const create = organization
    .command('create')
    .description('make an organisation')
    .argument('<name>', 'name of the new organisation');
  withExamples(create, 'organization create research', 'organization create research --json');
  attach(create, async () => (await import('../commands/organization.ts')).organizationCreate);

  const list = organization.command('list').description('organisations with their templates and groups');
  withExamples(list, 'organization list', 'organization list --json');
  attach(list, async () => (await import('../commands/organization.ts')).organizationList);
}
