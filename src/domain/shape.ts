import type { Parameter } from './types.ts';

/**
 * Text that is equal exactly when two versions take the same parameters: names, types, defaults, options and validations in any order;
 * how they are described does not count. Then stock of one serves claims of the other (SM section 1).
 */
export const schemaKey = (parameters: readonly Parameter[]): string =>
  JSON.stringify(
    [...parameters]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, mutable, ephemeral, defaultValue, options, validations }) => [
        name,
        type,
        mutable,
        ephemeral,
        defaultValue ?? null,
        options.map(({ value }) => value),
        validations,
      ]),
  );
