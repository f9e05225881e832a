import type { ResourceDecl } from '../../template/syntax/configuration.ts';
import { evaluateSafely } from '../eval/expressions.ts';
import type { ModuleInstance } from '../eval/module.ts';
import type { Finding } from '../model.ts';
import type { Analysis } from '../plan/analysis.ts';
import { confidenceOf } from '../rows.ts';
import { boolOf } from '../value.ts';
import { finding, ignoredBy, type Rule, type RuleContext } from './rule.ts';

const ID = 'claim/prevent-destroy';

/** A replacement or destruction that `prevent_destroy` forbids, of any resource: the claim fails instead. */
export const rule: Rule = {
  id: ID,
  check: (context) => context.claim.flatMap((analysis) => [...replaced(context, analysis), ...destroyed(context, analysis)]),
};

function replaced(context: RuleContext, { outcomes, tracer }: Analysis): readonly Finding[] {
  return outcomes
    .filter(({ action, decl, module }) => action === 'replace' && forbids(decl, module))
    .flatMap((outcome) => {
      const [reason] = outcome.reasons;
      if (reason === undefined) return [];
      const trace = tracer.reason(outcome, reason);
      const cause = trace.causes[0]?.expression ?? 'something that it depends on';
      return [
        finding(ID, {
          address: outcome.address,
          attribute: reason.kind === 'difference' ? reason.path : '',
          range: outcome.decl.lifecycle.preventDestroy?.range ?? outcome.decl.block.headRange,
          message: `the claim fails: \`${outcome.address}\` would be replaced because of \`${cause}\`, and prevent_destroy forbids it`,
          confidence: confidenceOf(reason.doubt),
          causes: trace.causes,
          chain: trace.chain,
          ignored: ignoredBy(context, outcome.decl),
        }),
      ];
    });
}

function destroyed(context: RuleContext, { destroyed: gone }: Analysis): readonly Finding[] {
  return gone
    .filter(({ decl, module }) => forbids(decl, module))
    .map((one) =>
      finding(ID, {
        address: one.address,
        attribute: '',
        range: one.decl.lifecycle.preventDestroy?.range ?? one.decl.block.headRange,
        message: `the claim fails: it would destroy \`${one.address}\`, and prevent_destroy forbids it`,
        confidence: confidenceOf(one.doubt),
        ignored: ignoredBy(context, one.decl),
      }),
    );
}

function forbids({ lifecycle }: ResourceDecl, { scope }: ModuleInstance): boolean {
  const { preventDestroy } = lifecycle;
  return preventDestroy !== undefined && boolOf(evaluateSafely(preventDestroy, scope)) === true;
}
