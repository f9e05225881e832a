import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf, judgeQuota, quotaExceeded, refusalText, type QuotaFacts } from '../../../src/domain/quota.ts';

const facts = (budget: number | undefined, elsewhere: number, before = 0): QuotaFacts => ({
  owner: 'ana',
  budget,
  elsewhere,
  before,
});

describe('budgetOf', () => {
  it.each([
    [
      'no group gives anything',
      [
        [0, true],
        [0, false],
      ],
      undefined,
    ],
    ['no groups at all', [], undefined],
    [
      'the sum of the own ones',
      [
        [10, true],
        [5, true],
        [100, false],
      ],
      15,
    ],
    [
      'none of the own ones, but others have some',
      [
        [0, true],
        [7, false],
      ],
      0,
    ],
  ] as const)('%s', (_name, groups, expected) => {
    expect(budgetOf(groups.map(([allowance, member]) => ({ allowance, member })))).toBe(expected);
  });
});

describe('judgeQuota', () => {
  it.each([
    ['without quotas everything goes', facts(undefined, 1000), 50, 50],
    ['up to the last unit', facts(40, 30), 10, 10],
    ['what it costs already is not counted twice', facts(40, 30, 8), 10, 2],
    ['the same cost stays possible over budget', facts(5, 30, 8), 8, 0],
    ['a lower cost too', facts(5, 30, 8), 3, 0],
    ['nothing costs nothing', facts(0, 0), 0, 0],
  ])('%s', (_name, given, cost, growth) => {
    expect(judgeQuota(given, cost)).toEqual({ go: true, growth });
  });

  it.each([
    ['one unit too much', facts(40, 31), 10, { budget: 40, consumed: 31, cost: 10, before: 0 }],
    ['a growth beyond the budget', facts(40, 30, 8), 11, { budget: 40, consumed: 38, cost: 11, before: 8 }],
    ['anything, in no group that gives', facts(0, 0), 1, { budget: 0, consumed: 0, cost: 1, before: 0 }],
  ])('refuses %s', (_name, given, cost, numbers) => {
    expect(judgeQuota(given, cost)).toEqual({ go: false, refusal: { owner: 'ana', ...numbers } });
  });

  it('never lets the sum grow above the budget, and never refuses what does not grow', () => {
    const n = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(n, n, n, n, (budget, elsewhere, before, cost) => {
        const verdict = judgeQuota(facts(budget, elsewhere, before), cost);
        if (cost <= before) expect(verdict).toEqual({ go: true, growth: 0 });
        else if (verdict.go) expect(elsewhere + before + verdict.growth).toBeLessThanOrEqual(budget);
        else expect(elsewhere + cost).toBeGreaterThan(budget);
      }),
    );
  });
});

describe('a refusal', () => {
  it('is one line with the numbers', () => {
    const refusal = { owner: 'ana', budget: 40, consumed: 38, cost: 11, before: 8 };
    expect(refusalText(refusal)).toBe('over the quota of ana: this would cost 11 a day instead of 8, and 38 of 40 are used');
    expect(refusalText({ ...refusal, before: 0 })).toBe('over the quota of ana: this would cost 11 a day, and 38 of 40 are used');
    expect(quotaExceeded(refusal)).toMatchObject({ exitCode: 5, code: 'quota_exceeded', details: refusal });
  });
});
