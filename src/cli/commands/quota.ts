import type { QuotaView } from '../../api/people.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { quotaJson } from '../render/json.ts';
import { clean, facts, sections } from '../render/text.ts';

/** `quota [USER]`. */
export const quota: Handler = async (context, [user]) => {
  const view = await (await context.app()).people.quota(user);
  context.answer(quotaJson(view), () =>
    sections(facts([['User', clean(view.user)], ...quotaFacts(view)]), costTable(context, view)),
  );
  return undefined;
};

/** Groups, budget and consumption as `label  value` lines. */
export const quotaFacts = (view: QuotaView): readonly (readonly [string, string | undefined])[] => [
  ['Organization', view.organization === 'default' ? undefined : clean(view.organization)],
  ['Groups', clean(view.groups.join(', '))],
  ['Budget', view.budget === undefined ? 'no limit: no group has a quota' : `${String(view.budget)} a day`],
  ['Consumed', `${String(view.consumed)} a day`],
  ['Held', view.held === 0 ? undefined : `${String(view.held)} a day, by running builds`],
];

/** What each workspace costs; empty when none costs anything. */
export const costTable = (context: Context, view: QuotaView): string =>
  context.table(
    [{ head: 'WORKSPACE' }, { head: 'COST', right: true }, { head: 'HELD', right: true }],
    view.workspaces.map(({ name, charged, held }) => [name, String(charged), held === 0 ? '' : String(held)]),
  );
