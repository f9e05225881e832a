import { because, conditionOf, replacements, subject, type Rule } from './rule.ts';

/** A parameter that the claimant may set reaches an attribute that forces replacement. */
export const rule: Rule = {
  id: 'parameter/replace',
  check: (context) =>
    replacements(
      context,
      'parameter/replace',
      (row) => `${subject(row)} forces its replacement when the claimant sets ${because(row)}${conditionOf(row)}`,
    ),
};
