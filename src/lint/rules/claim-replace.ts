import { because, conditionOf, replacements, subject, type Rule } from './rule.ts';

/** An attribute that forces replacement follows what a claim changes, and nothing keeps its old value. */
export const rule: Rule = {
  id: 'claim/replace',
  check: (context) =>
    replacements(
      context,
      'claim/replace',
      (row) => `${subject(row)} forces its replacement at the claim: it follows ${because(row)}${conditionOf(row)}`,
    ),
};
