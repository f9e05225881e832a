import { finding, type Rule } from './rule.ts';

/** A preset with prebuilds that leaves a parameter open: the pool builds with its default, and a claim with another value may not match. */
export const rule: Rule = {
  id: 'parameter/unpinned',
  check: ({ choices }) =>
    choices.presets
      .filter(({ hasPrebuilds }) => hasPrebuilds)
      .flatMap((preset) =>
        choices.parameters
          .filter(({ name, ephemeral }) => !ephemeral && !preset.pinned.has(name))
          .map(({ name, mutable, range }) =>
            finding('parameter/unpinned', {
              address: `data.coder_parameter.${name}`,
              attribute: '',
              range,
              message: mutable
                ? `preset "${preset.name}" leaves parameter "${name}" open: the pool builds with its default, and a claim may change it`
                : `preset "${preset.name}" leaves parameter "${name}" open: the pool builds with its default, and a claim with another value is built cold`,
            }),
          ),
      ),
};
