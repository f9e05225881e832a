import type { UserDetail } from '../../api/people.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { personJson, quotaJson, workspaceJson } from '../render/json.ts';
import { clean, facts, sections } from '../render/text.ts';
import { quotaFacts } from './quota.ts';

/** `user list`. */
export const userList: Handler = async (context) => {
  const users = await (await context.app()).people.users();
  context.answer(
    users.map(({ person, groups }) => ({ ...personJson(person), groups })),
    () =>
      context.table(
        [{ head: 'USER' }, { head: 'FULL NAME' }, { head: 'EMAIL' }, { head: 'GROUPS' }],
        users.map(({ person, groups }) => [person.username, person.fullName, person.email, groups.join(', ')]),
      ),
  );
  return undefined;
};

/** `user show NAME`. */
export const userShow: Handler = async (context, [name = '']) => {
  const detail = await (await context.app()).people.user(name);
  context.answer(
    { ...personJson(detail.person), quotas: detail.quotas.map(quotaJson), workspaces: detail.workspaces.map(workspaceJson) },
    () => userText(context, detail),
  );
  return undefined;
};

function userText(context: Context, { person, quotas, workspaces }: UserDetail): string {
  return sections(
    facts([
      ['User', context.style.bold(clean(person.username))],
      ['Full name', clean(person.fullName)],
      ['Email', clean(person.email)],
      ['Id', person.id],
    ]),
    ...quotas.map((view) => facts(quotaFacts(view))),
    context.table(
      [{ head: 'WORKSPACE' }, { head: 'STATUS' }, { head: 'COST', right: true }],
      workspaces.map(({ name, phase, dailyCost }) => [name, phase, dailyCost === 0 ? '' : String(dailyCost)]),
    ),
  );
}

/** `user create NAME [--full-name] [--email]`. */
export const userCreate: Handler = async (context, [username = ''], options) => {
  const person = await (
    await context.app()
  ).people.createUser({
    username,
    fullName: options.text('fullName'),
    email: options.text('email'),
  });
  context.answer(personJson(person), () => clean(`user ${person.username} made`));
  return undefined;
};
