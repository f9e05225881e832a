import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listCases, readExpected } from '../../lint-truth/cases.ts';
import { compare } from '../../lint-truth/compare.ts';
import { lintFolder } from '../../lint-truth/linter.ts';

/** The linter against what the real engine said of each hand-made template; the slow suite asks the engine again. */
describe('recorded claims', () => {
  const cases = listCases(join(import.meta.dirname, '..', '..', '..', 'fixtures', 'lint', 'truth'));

  it('has a case for each rule of replacement', () => {
    expect(cases.length).toBeGreaterThanOrEqual(100);
  });

  it.each(cases)('$name', async (one) => {
    const [truth, ...others] = readExpected(one);
    const differences = compare(truth, await lintFolder(one.dir), { mayReport: one.mayReport, others });
    expect(differences.map(({ text }) => text)).toEqual([]);
  });
});
