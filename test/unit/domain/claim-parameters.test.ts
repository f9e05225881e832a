import { describe, expect, it } from 'vitest';
import { resolveParameters } from '../../../src/domain/parameters.ts';
import type { Parameter } from '../../../src/domain/types.ts';

type Result = 'keeps what was built' | 'takes the value' | 'is an error naming the preset' | 'is built cold';

/**
 * Spec 4.6 for one parameter: mutable, ephemeral, set by the preset, and the value asked for at the claim: none, the one that was built,
 * or another one.
 */
const TABLE: readonly (readonly [boolean, boolean, boolean, 'none' | 'equal' | 'different', Result])[] = [
  // mutable, ephemeral, in the preset, asked, result
  [true, false, false, 'none', 'keeps what was built'],
  [true, false, false, 'equal', 'keeps what was built'],
  [true, false, false, 'different', 'takes the value'],
  [true, false, true, 'none', 'keeps what was built'],
  [true, false, true, 'equal', 'keeps what was built'],
  [true, false, true, 'different', 'is an error naming the preset'],
  [false, false, false, 'none', 'keeps what was built'],
  [false, false, false, 'equal', 'keeps what was built'],
  [false, false, false, 'different', 'is built cold'],
  [false, false, true, 'none', 'keeps what was built'],
  [false, false, true, 'equal', 'keeps what was built'],
  [false, false, true, 'different', 'is an error naming the preset'],
  [true, true, false, 'none', 'keeps what was built'],
  [true, true, false, 'equal', 'keeps what was built'],
  [true, true, false, 'different', 'takes the value'],
  [true, true, true, 'none', 'keeps what was built'],
  [true, true, true, 'equal', 'keeps what was built'],
  [true, true, true, 'different', 'is an error naming the preset'],
];

const aParameter = (facts: Partial<Parameter>): Parameter => ({
  name: 'p',
  displayName: '',
  description: '',
  type: 'string',
  mutable: true,
  ephemeral: false,
  defaultValue: 'default',
  options: [],
  validations: [],
  ...facts,
});

function claim(mutable: boolean, ephemeral: boolean, inPreset: boolean, asked: string, more: Partial<Parameter> = {}) {
  const built = inPreset ? 'pinned' : 'default';
  const preset = { name: 'large', parameters: inPreset ? { p: 'pinned' } : {} };
  const given = asked === 'none' ? {} : { p: asked === 'equal' ? built : 'other' };
  return {
    built,
    ...resolveParameters({ parameters: [aParameter({ mutable, ephemeral, ...more })], preset, given, mode: 'claim' }),
  };
}

function resultOf({ built, values, problems, poolMismatch }: ReturnType<typeof claim>): Result | undefined {
  if (problems.length > 0) return problems[0]?.includes('preset "large"') === true ? 'is an error naming the preset' : undefined;
  if (poolMismatch !== undefined) return poolMismatch.includes('"p"') ? 'is built cold' : undefined;
  return values['p'] === built ? 'keeps what was built' : values['p'] === 'other' ? 'takes the value' : undefined;
}

describe('a parameter at a claim (spec 4.6)', () => {
  it.each(TABLE)('mutable %s, ephemeral %s, in the preset %s, asked %s: %s', (mutable, ephemeral, inPreset, asked, result) => {
    const found = claim(mutable, ephemeral, inPreset, asked);
    expect(resultOf(found)).toBe(result);
    // A cold build is made with what was asked for.
    if (result === 'is built cold') expect(found.values).toEqual({ p: 'other' });
  });

  it.each(TABLE.filter(([, , , asked]) => asked === 'different'))(
    'is checked by the template’s own rules before any stock is taken: mutable %s, ephemeral %s, in the preset %s',
    (mutable, ephemeral, inPreset) => {
      const options = [inPreset ? 'pinned' : 'default'].map((value) => ({ name: value, value }));
      expect(claim(mutable, ephemeral, inPreset, 'different', { options }).problems).toHaveLength(1);
    },
  );

  it('is asked for when it is required and nobody sets it', () => {
    const request = { preset: undefined, given: {}, mode: 'claim' } as const;
    const { problems } = resolveParameters({ ...request, parameters: [aParameter({ defaultValue: undefined })] });
    expect(problems).toEqual(['parameter "p" is required: give it with --param p=VALUE']);
  });

  it('that depends on the owner is left to the plan of the claim: no rule of the pool’s is applied, no default of the pool’s is kept', () => {
    const parameters = [aParameter({ defaultValue: 'prebuilds', options: [{ name: 'prebuilds', value: 'prebuilds' }] })];
    const request = { parameters, preset: undefined, mode: 'claim', ownerDependent: ['p'] } as const;
    expect(resolveParameters({ ...request, given: { p: 'ana' } })).toEqual({
      values: { p: 'ana' },
      problems: [],
      poolMismatch: undefined,
    });
    expect(resolveParameters({ ...request, given: {} })).toEqual({ values: {}, problems: [], poolMismatch: undefined });
    expect(resolveParameters({ ...request, ownerDependent: [], given: { p: 'ana' } }).problems).toHaveLength(1);
    const required = [aParameter({ defaultValue: undefined })];
    expect(resolveParameters({ ...request, parameters: required, given: {} }).problems).toHaveLength(1);
  });
});
