import { confidenceOf } from '../rows.ts';
import { finding, type Rule } from './rule.ts';

/** A count or for_each that is not known at the plan of the claim: the engine refuses it, so the claim fails. */
export const rule: Rule = {
  id: 'claim/unknown-count',
  check: (context) =>
    context.claim.flatMap((analysis) =>
      analysis.unplannable.map((one) => {
        const trace = analysis.tracer.expression(one.by.expr, one.module);
        return finding('claim/unknown-count', {
          address: one.address,
          attribute: one.by.name,
          range: one.by.range,
          message: `\`${one.by.name}\` of \`${one.address}\` is not known at the plan of the claim, which therefore fails`,
          confidence: confidenceOf(one.doubt),
          causes: trace.causes,
          chain: trace.chain,
        });
      }),
    ),
};
