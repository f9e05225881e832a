import { finding, ignoredBy, type Rule } from './rule.ts';

/** An entry of `ignore_changes` that covers a change of a resource which is replaced all the same: the new object takes the new value. */
export const rule: Rule = {
  id: 'ignore/ineffective',
  check: (context) => {
    const seen = new Set<unknown>();
    return context.claim.flatMap(({ outcomes }) =>
      outcomes
        .filter(({ action, decl }) => action === 'replace' && !decl.type.startsWith('coder_'))
        .flatMap((outcome) =>
          outcome.covered.flatMap(({ by }) => {
            if (by === 'all' || seen.has(by)) return [];
            seen.add(by);
            const name = context.text(by.range);
            return [
              finding('ignore/ineffective', {
                address: outcome.address,
                attribute: by.path.filter((step) => typeof step === 'string').join('.'),
                range: by.range,
                message: `ignoring \`${name}\` has no effect: \`${outcome.address}\` is replaced for something else`,
                ignored: ignoredBy(context, outcome.decl),
              }),
            ];
          }),
        ),
    );
  },
};
