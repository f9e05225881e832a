import { describe, expect, it } from 'vitest';
import { judgeHealth } from '../../../src/domain/health.ts';

const check = (id: string, healthy: boolean, failures = 0, limit = 3) => ({ id, healthy, failures, limit });

describe('judging a round of health checks', () => {
  const rows: readonly (readonly [string, Parameters<typeof judgeHealth>, ReturnType<typeof judgeHealth>])[] = [
    ['all answer', [[check('a', true, 2), check('b', true)], []], { mass: false, dead: [] }],
    ['a first failure', [[check('a', false), check('b', true), check('c', true)], []], { mass: false, dead: [] }],
    ['the last allowed one', [[check('a', false, 2), check('b', true), check('c', true)], []], { mass: false, dead: ['a'] }],
    [
      'exactly half is no mass',
      [
        [check('a', false, 2), check('b', true)],
        [0, 1],
      ],
      { mass: false, dead: ['a'] },
    ],
    ['more than half', [[check('a', false, 2), check('b', false), check('c', true)], []], { mass: true, dead: [] }],
    ['one of one is no mass', [[check('a', false, 2)], []], { mass: false, dead: ['a'] }],
    ['two of two', [[check('a', false, 2), check('b', false, 2)], []], { mass: true, dead: [] }],
    ['one after the other', [[check('a', false, 2)], [1, 2, 0]], { mass: true, dead: [] }],
    ['nothing failed now', [[check('a', true)], [1, 2]], { mass: false, dead: [] }],
    ['a limit of one', [[check('a', false, 0, 1), check('b', true), check('c', true)], []], { mass: false, dead: ['a'] }],
  ];
  it.each(rows)('%s', (_, args, expected) => {
    expect(judgeHealth(...args)).toEqual(expected);
  });
});
