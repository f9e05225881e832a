import { describe, expect, it } from 'vitest';
import { afterFailure, mustOpen } from '../../../src/domain/backoff.ts';
import { decide } from '../../../src/domain/decide.ts';
import type { ErrorClass, Pool } from '../../../src/domain/types.ts';
import { aPolicy, aPool, aSnapshot, anItem, MINUTE, NOW, type ItemFacts } from './model.ts';

const CAP = 30 * MINUTE;

/** Rows of the table of SM section 4 that follow a failure; `pool` is as the store counted it. */
const failures: readonly (readonly [string, Partial<Pool>, ErrorClass, Pool['breaker'], number | undefined])[] = [
  ['closed, n < limit, transient', { failures: 1 }, 'transient', 'backing_off', MINUTE],
  ['backing off, n < limit: twice as long', { breaker: 'backing_off', failures: 2 }, 'transient', 'backing_off', 2 * MINUTE],
  ['closed, first template error', { failures: 1, errorRepeats: 1 }, 'template', 'backing_off', MINUTE],
  ['two equal template errors in a row', { failures: 2, errorRepeats: 2 }, 'template', 'open', undefined],
  ['two different template errors', { failures: 2, errorRepeats: 1 }, 'template', 'backing_off', 2 * MINUTE],
  ['n = limit', { breaker: 'backing_off', failures: 3 }, 'transient', 'open', undefined],
  ['capacity', { failures: 0 }, 'capacity', 'holding', CAP],
  ['environment while backing off', { breaker: 'backing_off', failures: 2 }, 'environment', 'holding', CAP],
  ['holding, capacity again', { breaker: 'holding' }, 'capacity', 'holding', CAP],
  ['holding, then transient', { breaker: 'holding', failures: 1 }, 'transient', 'backing_off', MINUTE],
  ['half open, failure', { breaker: 'half_open', failures: 1 }, 'transient', 'open', undefined],
  ['half open, capacity', { breaker: 'half_open', failures: 3 }, 'capacity', 'holding', CAP],
  ['open, a late failure', { breaker: 'open', failures: 4 }, 'transient', 'open', undefined],
];

describe('after a failure', () => {
  it.each(failures)('%s', (_, pool, errorClass, breaker, delay) => {
    const next = afterFailure(aPool(pool), errorClass, aPolicy(), NOW, 1);
    expect(next).toEqual({ breaker, nextTryAt: delay === undefined ? undefined : NOW + delay });
  });

  it('a limit of 0 opens never, not even for equal errors', () => {
    expect(mustOpen({ failures: 9, errorRepeats: 9 }, { failuresLimit: 0 })).toBe(false);
  });
});

/** What the pool of three does in each state: `create:n`, `probe:n`, or the code of what binds. */
const states: readonly (readonly [string, Partial<Pool>, readonly ItemFacts[], string])[] = [
  ['closed', {}, [], 'create:3'],
  ['backing off, time not over', { breaker: 'backing_off', failures: 1, nextTryAt: NOW + 1 }, [], 'backoff'],
  ['backing off, time over', { breaker: 'backing_off', failures: 1, nextTryAt: NOW }, [], 'create:3'],
  ['holding, time not over', { breaker: 'holding', nextTryAt: NOW + 1 }, [], 'holding'],
  ['holding, time over', { breaker: 'holding', nextTryAt: NOW }, [], 'probe:1'],
  ['holding, the one that tries is under way', { breaker: 'holding', nextTryAt: NOW }, [{ phase: 'warming' }], 'probing'],
  ['open, cap not over', { breaker: 'open', failures: 3, openedAt: NOW - CAP + 1 }, [], 'limited'],
  ['open, cap over', { breaker: 'open', failures: 3, openedAt: NOW - CAP }, [], 'probe:1'],
  ['open since nobody knows when', { breaker: 'open', failures: 3 }, [], 'limited'],
  ['half open', { breaker: 'half_open', failures: 3 }, [{ phase: 'ready' }], 'probe:1'],
  ['half open, the one that tries is under way', { breaker: 'half_open', failures: 3 }, [{ phase: 'queued' }], 'probing'],
  ['limit reached, not yet written', { failures: 3 }, [], 'limited'],
  ['equal errors, not yet written', { failures: 2, errorRepeats: 2 }, [], 'limited'],
];

describe('the decision', () => {
  it.each(states)('%s', (_, pool, stock, expected) => {
    const [action] = decide(aSnapshot({ pool, stock: stock.map((item, index) => anItem(`w${index}`, item)) }), NOW);
    if (action?.kind === 'create') expect(`${action.probe ? 'probe' : 'create'}:${action.count}`).toBe(expected);
    else expect(action).toMatchObject({ code: expected });
  });
});
