import { expect, it } from 'vitest';
import { variableErrors } from '../../../src/engine/variable-errors.ts';

const TYPE = `
Error: Invalid value for input variable

  on v.json line 1:
   1: {"plain":"hunter2"}

The given value is not suitable for var.plain declared at main.tf:6,1-17: a
number is required.

`;
const RULE = `
Error: Invalid value for variable

  on v.json line 1:
   1: {"plain":1,"small":5}
    ├────────────────
    │ var.small is 5

Too big: at most 2.

This was checked by the validation rule at main.tf:10,3-13.

`;
const WARNING = `
Warning: Due to the problems above, some expressions may produce unexpected results.

`;
const BOXED = `╷
│ Error: Invalid value for input variable
│${' '}
│   on v.json line 1:
│    1: {"zones":"hunter2"}
│${' '}
│ The given value is not suitable for var.zones declared at
│ modules/vars.tf:2,1-17: list of string required.
╵
`;

it.each([
  [
    'a type',
    TYPE,
    ['main.tf:6:1: Invalid value for input variable: The given value is not suitable for var.plain: a number is required'],
  ],
  ['a validation', RULE, ['main.tf:10:3: Invalid value for variable: Too big: at most 2']],
  [
    'a box',
    BOXED,
    [
      'modules/vars.tf:2:1: Invalid value for input variable: The given value is not suitable for var.zones: list of string required',
    ],
  ],
  ['nothing', `${WARNING}\nError: Reference to undeclared resource\n\n  on main.tf line 3:\n\nNo such thing.\n`, []],
] as const)('finds %s', (_what, text, found) => {
  expect(variableErrors(text)).toEqual(found);
});

it('finds several, and never shows the value', () => {
  const found = variableErrors(`${TYPE}${WARNING}${RULE}${WARNING}`);
  expect(found).toHaveLength(2);
  expect(found.join()).not.toMatch(/hunter2|is 5|Due to/);
});
