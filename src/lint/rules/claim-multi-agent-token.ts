import { because, replacements, subject, type Rule } from './rule.ts';

/** With several agents each refresh makes new tokens; what reads one in a place that forces replacement is rebuilt. */
export const rule: Rule = {
  id: 'claim/multi-agent-token',
  check: (context) =>
    replacements(
      context,
      'claim/multi-agent-token',
      (row) =>
        `${subject(row)} forces its replacement at the claim: with several agents each token is new at every refresh (${because(row)})`,
    ),
};
