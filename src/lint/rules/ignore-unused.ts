import type { Expr } from '../../template/syntax/ast.ts';
import type { IgnoreEntry, ResourceDecl } from '../../template/syntax/configuration.ts';
import { rootName, traversalsOf } from '../eval/references.ts';
import { exprsInBlock } from '../plan/reach.ts';
import { isStateful } from '../rows.ts';
import { declared, finding, ignoredBy, type Rule, type RuleContext } from './rule.ts';

/** An entry of `ignore_changes` for an attribute that is set, and that neither a claim, a parameter nor time changes. */
export const rule: Rule = {
  id: 'ignore/unused',
  check: (context) => {
    const used = usedEntries(context);
    return declared(context).flatMap(({ decl }) =>
      (decl.lifecycle.ignoreChanges?.entries ?? [])
        .filter((entry) => !used.has(entry) && !isStateful(decl.type) && isSettled(entry, decl))
        .map((entry) =>
          finding('ignore/unused', {
            address: `${decl.type}.${decl.name}`,
            attribute: entry.path.filter((step) => typeof step === 'string').join('.'),
            range: entry.range,
            message: `\`${context.text(entry.range)}\` is ignored, and nothing at a claim changes it`,
            ignored: ignoredBy(context, decl),
          }),
        ),
    );
  },
};

function usedEntries(context: RuleContext): ReadonlySet<IgnoreEntry> {
  const used = new Set<IgnoreEntry>();
  for (const { outcomes } of [...context.claim, ...context.parameter, ...context.drift]) {
    for (const { covered } of outcomes) for (const { by } of covered) if (by !== 'all') used.add(by);
  }
  return used;
}

/**
 * Set by an expression that only a template update changes. What the configuration leaves out, a result of another resource, and what
 * follows stopping and starting change without a claim: ignoring them has its reasons.
 */
function isSettled(entry: IgnoreEntry, decl: ResourceDecl): boolean {
  const exprs = [
    ...decl.attributes.filter(({ name }) => name === entry.path[0]).map(({ expr }) => expr),
    ...decl.blocks.filter(({ type, labels }) => type === entry.path[0] || labels[0] === entry.path[0]).flatMap(exprsInBlock),
  ];
  return exprs.length > 0 && exprs.flatMap((expr) => traversalsOf(expr)).every(isPlain);
}

const PLAIN_ROOTS = new Set(['var', 'each', 'count', 'path', 'terraform']);

function isPlain(traversal: Expr): boolean {
  const root = rootName(traversal) ?? '';
  if (PLAIN_ROOTS.has(root)) return true;
  return root === 'data' && traversal.kind === 'attr' && !['start_count', 'transition'].includes(traversal.name);
}
