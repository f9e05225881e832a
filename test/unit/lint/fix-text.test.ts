import { expect, it } from 'vitest';
import { habitsOf } from '../../../src/lint/fix-text.ts';

it.each([
  ['a {\n  b = 1\n  c = 2\n}\n', '  '],
  ['a {\n\tb = 1\n}\n', '\t'],
  ['a {\n  b = <<E\n\tof a script\nE\n  c = 2\n}\n', '  '],
  ['', '  '],
])('reads the indentation of %j as %j', (source, unit) => {
  expect(habitsOf(source).unit).toBe(unit);
});
