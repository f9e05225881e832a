import { finding, type Rule } from './rule.ts';

/** A module whose source is not here: what is in it is not looked at, and its outputs are guessed from its inputs. */
export const rule: Rule = {
  id: 'module/opaque',
  check: ({ modules }) =>
    modules.flatMap(({ calls }) =>
      [...calls.values()]
        .filter(({ module }) => module === undefined)
        .map((call) =>
          finding('module/opaque', {
            address: `module.${call.name}`,
            attribute: '',
            range: call.block.headRange,
            message: `module "${call.name}" (${call.source ?? 'no source'}) is not downloaded: run \`init\` in the template folder to have it looked at`,
          }),
        ),
    ),
};
