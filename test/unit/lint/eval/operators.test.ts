import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BinaryOp } from '../../../../src/template/syntax/ast.ts';
import { CLAIMANT_NAME } from '../../../../src/lint/eval/identity.ts';
import { binary, conditional, unary } from '../../../../src/lint/eval/operators.ts';
import {
  EvaluationError,
  FALSE,
  keyOf,
  list,
  NULL,
  number,
  object,
  opaque,
  set,
  string,
  TRUE,
  unknown,
  type Value,
} from '../../../../src/lint/value.ts';

const one = number(1);
const text = string;
const A = opaque('a');
const B = opaque('b', 1);
const U = unknown();
const pair = (value: Value): Value => object([['a', value]]);

describe('operators on values that are known', () => {
  it.each<readonly [Value, BinaryOp, Value, Value]>([
    [one, '+', number(2), number(3)],
    [text('1'), '+', one, number(2)],
    [text('1e2'), '+', one, number(101)],
    [one, '-', number(2), number(-1)],
    [number(3), '*', text('4'), number(12)],
    [number(7), '/', number(2), number(3.5)],
    [number(-7), '%', number(3), number(-1)],
    [number(5.5), '%', number(2), number(1.5)],
    [text('10'), '>', text('9'), TRUE],
    [one, '<', one, FALSE],
    [one, '<=', one, TRUE],
    [one, '>=', number(2), FALSE],
    [one, '==', one, TRUE],
    [one, '==', text('1'), FALSE],
    [TRUE, '==', text('true'), FALSE],
    [NULL, '==', NULL, TRUE],
    [NULL, '==', one, FALSE],
    [NULL, '!=', one, TRUE],
    [list([one]), '==', list([one]), TRUE],
    [list([one]), '==', set([one]), FALSE],
    [pair(one), '==', pair(one), TRUE],
    [pair(one), '==', object([['b', one]]), FALSE],
    [pair(one), '!=', pair(number(2)), TRUE],
    [text('true'), '&&', TRUE, TRUE],
    [TRUE, '&&', FALSE, FALSE],
    [FALSE, '||', text('false'), FALSE],
    [FALSE, '||', TRUE, TRUE],
  ])('%j %s %j is %j', (left, op, right, result) => {
    expect(binary(op, left, right)).toEqual(result);
  });

  it.each<readonly [Value, BinaryOp, Value]>([
    [text('a'), '<', text('b')],
    [text(''), '+', one],
    [text('0x10'), '+', one],
    [NULL, '+', one],
    [list([]), '*', one],
    [one, '&&', TRUE],
    [TRUE, '||', NULL],
    [text('yes'), '||', TRUE],
  ])('%j %s %j is refused', (left, op, right) => {
    expect(() => binary(op, left, right)).toThrow(EvaluationError);
  });

  it.each<readonly ['!' | '-', Value, Value]>([
    ['!', TRUE, FALSE],
    ['!', text('false'), TRUE],
    ['-', one, number(-1)],
    ['-', text('3'), number(-3)],
  ])('%s%j is %j', (op, value, result) => {
    expect(unary(op, value)).toEqual(result);
  });

  it.each<readonly ['!' | '-', Value]>([
    ['!', NULL],
    ['!', one],
    ['-', NULL],
    ['-', TRUE],
    ['-', text('x')],
  ])('%s%j is refused', (op, value) => {
    expect(() => unary(op, value)).toThrow(EvaluationError);
  });
});

describe('operators on values that only the engine knows', () => {
  it.each<readonly [string, Value, BinaryOp, Value, Value]>([
    ['equal keys are equal values', A, '==', A, TRUE],
    ['equal keys are equal values', A, '!=', A, FALSE],
    ['the claimant is not the pool', opaque(CLAIMANT_NAME), '==', text('prebuilds'), FALSE],
    ['the claimant is not the pool', text('prebuilds'), '!=', opaque(CLAIMANT_NAME), TRUE],
    ['a side decides', A, '&&', FALSE, FALSE],
    ['a side decides', TRUE, '||', A, TRUE],
    ['a side leaves it open', A, '&&', TRUE, A],
    ['a side leaves it open', FALSE, '||', B, B],
    ['an id is never null', opaque('workspace.id'), '==', NULL, FALSE],
    ['an id is never null', NULL, '!=', opaque('docker_network.n.id'), TRUE],
    ['a parameter is never null', opaque('parameter size'), '==', NULL, FALSE],
  ])('%s: %j %s %j is %j', (_why, left, op, right, result) => {
    expect(binary(op, left, right)).toEqual(result);
  });

  /** The key is compared, not its text: what matters is that equal operands give equal results, and how sure they are. */
  it.each<readonly [Value, BinaryOp, Value, 0 | 1 | 2]>([
    [A, '+', one, 0],
    [A, '+', B, 1],
    [A, '<', one, 1],
    [A, '==', text('x'), 1],
    [A, '==', opaque('b'), 1],
    [A, '==', NULL, 1],
    [A, '&&', opaque('b'), 1],
  ])('%j %s %j is known to the engine, with doubt %i', (left, op, right, doubt) => {
    const result = binary(op, left, right);
    expect(result).toMatchObject({ kind: 'opaque', doubt });
    expect(keyOf(binary(op, left, right))).toBe(keyOf(result));
    expect(keyOf(result)).not.toBe(keyOf(left));
  });

  it('keep different operations apart', () => {
    const keys = [
      binary('+', A, one),
      binary('-', A, one),
      binary('+', one, A),
      binary('+', A, number(2)),
      binary('<', A, one),
      binary('==', A, one),
      binary('!=', A, one),
      binary('&&', A, opaque('b')),
      binary('||', A, opaque('b')),
      unary('-', A),
      unary('!', A),
    ].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('operators on values that are not known', () => {
  it.each<readonly [Value, BinaryOp, Value, Value]>([
    [U, '+', one, U],
    [unknown(1), '+', A, unknown(1)],
    [U, '==', U, U],
    [U, '!=', one, U],
    [U, '==', NULL, U],
    [unknown(0, true), '==', NULL, FALSE],
    [unknown(0, true), '!=', NULL, TRUE],
    [list([U]), '==', list([one]), U],
    [U, '&&', TRUE, U],
    [U, '||', A, U],
    // Later releases decide these; up to 1.11 they are not known.
    [U, '&&', FALSE, unknown(2)],
    [TRUE, '||', U, unknown(2)],
  ])('%j %s %j is %j', (left, op, right, result) => {
    expect(binary(op, left, right)).toEqual(result);
  });

  it('stay so under a sign', () => {
    expect(unary('!', unknown(1))).toEqual(unknown(1));
    expect(unary('-', U)).toEqual(U);
  });
});

describe('a conditional', () => {
  const never = (): Value => {
    throw new Error('this arm is not taken');
  };

  it('takes the arm that its condition says, and leaves the other alone', () => {
    expect(conditional(TRUE, () => one, never)).toEqual(one);
    expect(conditional(text('false'), never, () => one)).toEqual(one);
  });

  it('is unknown with its condition, whatever the arms are', () => {
    expect(conditional(unknown(1), never, never)).toEqual(unknown(1));
  });

  it.each([NULL, one, text('yes')])('refuses the condition %j', (condition) => {
    expect(() => conditional(condition, never, never)).toThrow(EvaluationError);
  });

  it.each<readonly [string, Value, Value, Value]>([
    ['equal arms', text('x'), text('x'), text('x')],
    ['an unknown arm', U, text('x'), unknown(1)],
    ['two unknown arms', U, U, unknown(1)],
    ['objects of the same keys that agree', pair(one), pair(one), pair(one)],
  ])('that only the engine decides, with %s', (_name, a, b, result) => {
    expect(
      conditional(
        A,
        () => a,
        () => b,
      ),
    ).toEqual(result);
  });

  it('that only the engine decides keeps the entries on which both arms agree', () => {
    const arm = (value: string): Value =>
      object([
        ['same', one],
        ['other', text(value)],
      ]);
    const result = conditional(
      A,
      () => arm('x'),
      () => arm('y'),
    );
    const entries = result.kind === 'object' ? Object.fromEntries(result.entries) : {};
    expect(entries).toMatchObject({ same: one, other: { kind: 'opaque', doubt: 1 } });
  });

  it('that only the engine decides is another value with other arms, or another condition', () => {
    const of = (condition: Value, a: string, b: string): string =>
      keyOf(
        conditional(
          condition,
          () => text(a),
          () => text(b),
        ),
      );
    expect(new Set([of(A, 'x', 'y'), of(A, 'y', 'x'), of(A, 'x', 'z'), of(B, 'x', 'y')]).size).toBe(4);
  });
});

describe('equality', () => {
  const leaf = fc.constantFrom<Value>(NULL, TRUE, FALSE, one, number(2), text('1'), text('x'), A, B, U, unknown(0, true));
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }).map(list),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value')).map((entries) => object(Object.entries(entries))),
    ),
  }));

  it('does not depend on the sides', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(keyOf(binary('==', a, b))).toBe(keyOf(binary('==', b, a)));
      }),
    );
  });

  it('is the opposite of its negation', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const equal = binary('==', a, b);
        const different = binary('!=', a, b);
        expect(keyOf(different)).toBe(keyOf(unary('!', equal)));
      }),
    );
  });
});
