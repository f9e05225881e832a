import { because, replacements, subject, type Rule } from './rule.ts';

/** A resource that holds data would be replaced, whatever the way: what is on it is lost. */
export const rule: Rule = {
  id: 'claim/replace-data',
  check: (context) =>
    replacements(
      context,
      'claim/replace-data',
      (row) => `${subject(row)} forces its replacement at the claim, and what it holds is lost: it follows ${because(row)}`,
    ),
};
