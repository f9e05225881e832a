import { differenceRange } from '../plan/difference.ts';
import { confidenceOf, pathText } from '../rows.ts';
import { finding, type Rule } from './rule.ts';

/** A claim changes attributes of a type that the fact table does not know: whether it is rebuilt cannot be said. */
export const rule: Rule = {
  id: 'facts/unknown-type',
  check: (context) => {
    const seen = new Set<unknown>();
    return context.claim.flatMap(({ outcomes }) =>
      outcomes.flatMap((outcome) => {
        const { decl, differences } = outcome;
        const [difference] = differences;
        if (difference === undefined || context.facts.has(decl.type) || seen.has(decl)) return [];
        seen.add(decl);
        const names = [...new Set(differences.map(pathText))].map((name) => `\`${name}\``).join(', ');
        return [
          finding('facts/unknown-type', {
            address: outcome.address,
            attribute: pathText(difference),
            range: differenceRange(difference) ?? decl.block.headRange,
            message: `a claim changes ${names} of \`${outcome.address}\`, and what that does to a ${decl.type} is not known here`,
            confidence: confidenceOf(difference.doubt),
          }),
        ];
      }),
    );
  },
};
