import type { PeopleApi } from '../../api/people.ts';
import type { Group } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { groupJson } from '../render/json.ts';
import { clean, facts, organizationCells } from '../render/text.ts';

/** `group create NAME [--quota N]`. */
export const groupCreate: Handler = async (context, [name = ''], options) => {
  const { people } = await context.app();
  const group = await people.createGroup(name, options.number('quota') ?? 0);
  context.answer(groupJson(group), () => clean(`group ${group.name} made, quota ${String(group.quotaAllowance)}`));
  await remindOfPools(context, people, group);
  return undefined;
};

/** The first quota stops every pool whose template has a cost, until the pools' own user gets one too (Coder 5). */
async function remindOfPools(context: Context, people: PeopleApi, group: Group): Promise<void> {
  if (group.quotaAllowance === 0) return;
  const { quotas } = await people.user('prebuilds');
  const pools = quotas.find(({ organization }) => organization === group.organization);
  if (pools?.budget !== 0) return;
  context.note(
    'quotas are on, and the user prebuilds has none: pools whose template has a cost make nothing until it is in a group that has one',
  );
}

/** `group list`. */
export const groupList: Handler = async (context) => {
  const groups = await (await context.app()).people.groups();
  const organization = organizationCells(groups);
  context.answer(groups.map(groupJson), () =>
    context.table(
      [{ head: 'ORGANIZATION' }, { head: 'GROUP' }, { head: 'QUOTA', right: true }, { head: 'MEMBERS' }],
      groups.map((group) => [organization(group.organization), group.name, String(group.quotaAllowance), membersOf(group)]),
    ),
  );
  return undefined;
};

const membersOf = (group: Group): string => (group.isEveryone ? 'everybody' : group.members.join(', '));

/** `group show NAME`. */
export const groupShow: Handler = async (context, [name = '']) => {
  answerGroup(context, await (await context.app()).people.group(name));
  return undefined;
};

/** `group edit NAME --quota N`. */
export const groupEdit: Handler = async (context, [name = ''], options) => {
  const { people } = await context.app();
  const group = await people.editGroup(name, options.number('quota') ?? 0);
  answerGroup(context, group);
  await remindOfPools(context, people, group);
  return undefined;
};

/** `group add NAME USER...`. */
export const groupAdd: Handler = async (context, [name = '', ...add]) => {
  answerGroup(context, await (await context.app()).people.changeMembers(name, { add }));
  return undefined;
};

/** `group remove NAME USER...`. */
export const groupRemove: Handler = async (context, [name = '', ...remove]) => {
  answerGroup(context, await (await context.app()).people.changeMembers(name, { remove }));
  return undefined;
};

/** `group delete NAME`. */
export const groupDelete: Handler = async (context, [name = ''], options) => {
  await context.confirmed(`Delete group ${name}?`, options.flag('yes'));
  await (await context.app()).people.deleteGroup(name);
  context.answer({ deleted: name }, () => clean(`group ${name} deleted`));
  return undefined;
};

function answerGroup(context: Context, group: Group): void {
  context.answer(groupJson(group), () =>
    facts([
      ['Group', context.style.bold(clean(group.name))],
      ['Organization', group.organization === 'default' ? undefined : clean(group.organization)],
      ['Quota', String(group.quotaAllowance)],
      ['Members', clean(membersOf(group)) || 'nobody'],
    ]),
  );
}
