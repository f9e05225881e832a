import { because, replacements, subject, type Rule } from './rule.ts';

/** Follows from the replacement of another resource: gone when that one is mended. */
export const rule: Rule = {
  id: 'claim/replace-cascade',
  check: (context) =>
    replacements(
      context,
      'claim/replace-cascade',
      (row) => `${subject(row)} forces its replacement at the claim because something it reads is rebuilt for ${because(row)}`,
    ),
};
