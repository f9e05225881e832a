import { differenceRange } from '../plan/difference.ts';
import { confidenceOf, pathText } from '../rows.ts';
import { finding, ignoredBy, type Rule } from './rule.ts';

/** In place for the engine, yet it restarts or removes what a person works in. */
export const rule: Rule = {
  id: 'claim/disruptive-update',
  check: (context) =>
    context.claim.flatMap((analysis) =>
      analysis.outcomes
        .filter(({ action }) => action === 'update')
        .flatMap((outcome) =>
          outcome.disruptive.map(({ difference, why }) => {
            const trace = analysis.tracer.items(outcome.module, difference.first, difference.second);
            return finding('claim/disruptive-update', {
              address: outcome.address,
              attribute: pathText(difference),
              range: differenceRange(difference) ?? outcome.decl.block.headRange,
              message: `\`${pathText(difference)}\` of \`${outcome.address}\` is updated in place at the claim, which disturbs its user${whyText(why)}`,
              confidence: confidenceOf(difference.doubt),
              causes: trace.causes,
              chain: trace.chain,
              ignored: ignoredBy(context, outcome.decl),
            });
          }),
        ),
    ),
};

/** What the table says beyond the names of the attributes. */
function whyText(why: string): string {
  const said = /[:(]\s*([^)]*)/.exec(why)?.[1]?.trim() ?? '';
  return said === '' ? '' : ` (${said})`;
}
