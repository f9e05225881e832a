import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure } from '../../src/domain/backoff.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const backoff = fc.record({
  baseMs: fc.integer({ min: 1000, max: 600_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  capMs: fc.integer({ min: 600_000, max: 86_400_000 }),
});

describe('afterFailure', () => {
  it('waits at least four fifths of the base and never longer than the cap', () => {
    fc.assert(
      fc.property(backoff, fc.integer({ min: 1, max: 5000 }), random, (policy, failures, chance) => {
        const { nextTryAt } = afterFailure(
          { breaker: 'closed', failures, errorRepeats: 0 },
          'transient',
          { failuresLimit: 0, backoff: policy },
          0,
          chance,
        );
        expect(nextTryAt).toBeGreaterThanOrEqual(Math.floor(policy.baseMs * 0.8));
        expect(nextTryAt).toBeLessThanOrEqual(policy.capMs);
      }),
    );
  });

  it('with equal chance never waits less after more failures', () => {
    fc.assert(
      fc.property(backoff, fc.integer({ min: 1, max: 100 }), random, (policy, failures, chance) => {
        const wait = (n: number) =>
          afterFailure(
            { breaker: 'closed', failures: n, errorRepeats: 0 },
            'transient',
            { failuresLimit: 0, backoff: policy },
            0,
            chance,
          ).nextTryAt;
        expect(wait(failures + 1)).toBeGreaterThanOrEqual(wait(failures) ?? 0);
      }),
    );
  });
});
