import type { Finding, RuleId } from '../model.ts';
import { confidenceOf } from '../rows.ts';
import { finding, type RuleContext } from './rule.ts';

/** Findings for instances that the claim does not want any more, of one kind of expansion. */
export function lost(context: RuleContext, rule: RuleId, keyed: boolean): readonly Finding[] {
  return context.claim.flatMap((analysis) =>
    analysis.destroyed
      .filter((one) => one.keyed === keyed && !one.decl.type.startsWith('coder_'))
      .map((one) => {
        const trace = one.by === undefined ? undefined : analysis.tracer.expression(one.by.expr, one.module);
        const by = keyed ? 'its key of for_each differs' : `${one.by?.name ?? 'count'} is smaller then`;
        return finding(rule, {
          address: one.address,
          attribute: '',
          range: one.by?.range ?? one.decl.block.headRange,
          message: `\`${one.address}\` is destroyed at the claim: ${by}`,
          confidence: confidenceOf(one.doubt),
          causes: trace?.causes ?? [],
          chain: trace?.chain ?? [],
        });
      }),
  );
}
