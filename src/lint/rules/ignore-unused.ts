import type { IgnoreEntry } from '../../template/syntax/configuration.ts';
import { finding, ignoredBy, type Rule, type RuleContext } from './rule.ts';
import { declared } from './rule.ts';

/** An entry of `ignore_changes` for an attribute that is set, and that neither a claim, a parameter nor time changes. */
export const rule: Rule = {
  id: 'ignore/unused',
  check: (context) => {
    const used = usedEntries(context);
    return declared(context).flatMap(({ decl }) =>
      (decl.lifecycle.ignoreChanges?.entries ?? [])
        .filter((entry) => !used.has(entry) && isSet(entry, decl))
        .map((entry) =>
          finding('ignore/unused', {
            address: `${decl.type}.${decl.name}`,
            attribute: entry.path.filter((step) => typeof step === 'string').join('.'),
            range: entry.range,
            message: `\`${context.text(entry.range)}\` is ignored, and nothing in this template changes it`,
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

/** What the configuration leaves out is changed by the provider alone: ignoring that has its reasons. */
const isSet = (
  entry: IgnoreEntry,
  decl: { attributes: readonly { name: string }[]; blocks: readonly { type: string; labels: readonly string[] }[] },
) =>
  decl.attributes.some(({ name }) => name === entry.path[0]) ||
  decl.blocks.some(({ type, labels }) => type === entry.path[0] || (type === 'dynamic' && labels[0] === entry.path[0]));
