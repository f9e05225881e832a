import { because, replacements, subject, type Rule } from './rule.ts';

/** Only because an agent is rebuilt: its token and init script are not known at the plan of the claim. */
export const rule: Rule = {
  id: 'claim/replace-via-agent',
  check: (context) =>
    replacements(
      context,
      'claim/replace-via-agent',
      (row) => `${subject(row)} forces its replacement at the claim, only because an agent is rebuilt for ${because(row)}`,
    ),
};
