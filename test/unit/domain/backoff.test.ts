import { describe, expect, it } from 'vitest';
import { afterFailure, deleteRetryAt } from '../../../src/domain/backoff.ts';
import type { BreakerState, ErrorClass } from '../../../src/domain/types.ts';
import { aSnapshot, MINUTE, NOW } from './model.ts';

const { policy } = aSnapshot();
const noLimit = { ...policy, failuresLimit: 0 };

describe('afterFailure', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [5, 16],
    [6, 30],
    [500, 30],
    [5000, 30],
  ])('after %i failures waits up to %i minutes', (failures, minutes) => {
    const top = afterFailure({ breaker: 'closed', failures, errorRepeats: 0 }, 'transient', noLimit, NOW, 1);
    const bottom = afterFailure({ breaker: 'closed', failures, errorRepeats: 0 }, 'transient', noLimit, NOW, 0);
    expect(top).toEqual({ breaker: 'backing_off', nextTryAt: NOW + minutes * MINUTE });
    expect(bottom.nextTryAt).toBe(NOW + minutes * MINUTE * 0.8);
  });

  const rows: readonly (readonly [BreakerState, number, ErrorClass, BreakerState])[] = [
    ['closed', 2, 'transient', 'backing_off'],
    ['closed', 3, 'transient', 'open'],
    ['backing_off', 3, 'template', 'open'],
    ['closed', 9, 'capacity', 'holding'],
    ['backing_off', 1, 'environment', 'holding'],
    ['half_open', 1, 'transient', 'open'],
    ['half_open', 1, 'capacity', 'holding'],
    ['open', 4, 'capacity', 'open'],
    ['open', 4, 'transient', 'open'],
  ];
  it.each(rows)('%s with %i failures, %s -> %s', (breaker, failures, errorClass, expected) => {
    const next = afterFailure({ breaker, failures, errorRepeats: 0 }, errorClass, policy, NOW, 0.5);
    expect(next.breaker).toBe(expected);
    expect(next.nextTryAt === undefined).toBe(expected === 'open');
  });
});

describe('deleteRetryAt', () => {
  it.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [5, 16],
    [6, 30],
    [2000, 30],
  ])('attempt %i: %i minutes later', (attempts, minutes) => {
    expect(deleteRetryAt(attempts, NOW)).toBe(NOW + minutes * MINUTE);
  });
});
