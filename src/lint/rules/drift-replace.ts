import { because, replacements, subject, type Rule } from './rule.ts';

/** Something that changes with time reaches an attribute that forces replacement: the claim is the next plan. */
export const rule: Rule = {
  id: 'drift/replace',
  check: (context) =>
    replacements(
      context,
      'drift/replace',
      (row) => `${subject(row)} forces its replacement at a later plan, a claim included: ${because(row)} changes with time`,
    ),
};
