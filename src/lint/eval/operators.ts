import type { BinaryOp } from '../../template/syntax/ast.ts';
import {
  bool,
  boolOf,
  doubtOf,
  EvaluationError,
  FALSE,
  hasUnknown,
  isExact,
  keyOf,
  number,
  numberOf,
  object,
  opaqueCall,
  same,
  TRUE,
  unknown,
  type OpaqueValue,
  type Value,
} from '../value.ts';
import { CLAIMANT_NAME, PREBUILD_OWNER } from './identity.ts';

/** A binary operation on values of one build (L 2.3). Throws EvaluationError for operands the engine would refuse. */
export function binary(op: BinaryOp, left: Value, right: Value): Value {
  if (op === '&&' || op === '||') return logical(op, left, right);
  if (op === '==') return equals(left, right);
  if (op === '!=') return negated(equals(left, right));
  if (hasUnknown(left) || hasUnknown(right)) return unknown(doubtOf([left, right]));
  if (left.kind === 'opaque' || right.kind === 'opaque') return opaqueCall(op, [left, right], compares(op) ? 1 : 0);
  return arithmetic(op, numberOf(left), numberOf(right));
}

function arithmetic(op: BinaryOp, a: number | undefined, b: number | undefined): Value {
  const compute = ARITHMETIC[op];
  if (a === undefined || b === undefined || compute === undefined) throw new EvaluationError(`${op} needs numbers`);
  return compute(a, b);
}

const compares = (op: BinaryOp): boolean => op === '<' || op === '<=' || op === '>' || op === '>=';
function negated(value: Value): Value {
  if (value.kind === 'bool') return bool(!value.value);
  return value.kind === 'opaque' ? opaqueCall('!', [value], value.doubt) : value;
}

const ARITHMETIC: Readonly<Partial<Record<BinaryOp, (a: number, b: number) => Value>>> = {
  '+': (a, b) => number(a + b),
  '-': (a, b) => number(a - b),
  '*': (a, b) => number(a * b),
  // As the engine has it: 1 / 0 is infinite, and the rest of a division by zero is what was divided.
  '/': (a, b) => number(a / finite(a, b)),
  '%': (a, b) => number(b === 0 ? a : a % b),
  '<': (a, b) => bool(a < b),
  '<=': (a, b) => bool(a <= b),
  '>': (a, b) => bool(a > b),
  '>=': (a, b) => bool(a >= b),
};

function finite(a: number, b: number): number {
  if (a === 0 && b === 0) throw new EvaluationError('zero divided by zero');
  return b;
}

/**
 * No short circuit on unknown operands in the releases up to 1.11; later ones decide `false && unknown`. So a decided result beside an
 * unknown operand stays unknown, in doubt. Opaque operands are known at plan: there the decided operand wins.
 */
function logical(op: '&&' | '||', left: Value, right: Value): Value {
  const decisive = op === '||';
  const sides = [left, right].map((side) => asBool(side));
  const decided = sides.some((side) => side.kind === 'bool' && side.value === decisive);
  if (sides.some((side) => side.kind === 'unknown')) return unknown(decided ? 2 : doubtOf(sides));
  if (decided) return bool(decisive);
  const open = sides.filter((side) => side.kind === 'opaque');
  if (open.length === 0) return bool(!decisive);
  const [only] = open;
  return open.length === 1 && only !== undefined ? only : opaqueCall(op, sides, 1);
}

function asBool(value: Value): Value {
  if (value.kind === 'opaque' || value.kind === 'unknown') return value;
  const known = boolOf(value);
  if (known === undefined) throw new EvaluationError('a bool is expected');
  return known ? TRUE : FALSE;
}

function equals(left: Value, right: Value): Value {
  if (left.kind === 'null' || right.kind === 'null') return equalsNull(left, right);
  if (hasUnknown(left) || hasUnknown(right)) return unknown(doubtOf([left, right]));
  if (same(left, right)) return TRUE;
  if (isExact(left) && isExact(right)) return FALSE;
  if (isOwnerTest(left, right) || isOwnerTest(right, left)) return FALSE;
  return opaqueCall(
    '==',
    [left, right].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    1,
  );
}

function equalsNull(left: Value, right: Value): Value {
  if (left.kind === right.kind) return TRUE;
  const other = left.kind === 'null' ? right : left;
  if (other.kind === 'unknown') return other.nonNull ? FALSE : unknown(other.doubt);
  return other.kind === 'opaque' && !NEVER_NULL.test(other.key) ? opaqueCall('isnull', [other], 1) : FALSE;
}

/** Ids, and what the coder provider says of workspaces, owners and parameters, are never null. */
const NEVER_NULL = /^(claimant|prebuilds|claim|prebuild|workspace|owner)\.|^parameter |\.id$/;

/** A claimant is never the owner of the pool. */
const isOwnerTest = (a: Value, b: Value): boolean =>
  a.kind === 'opaque' && a.key === CLAIMANT_NAME && b.kind === 'string' && b.value === PREBUILD_OWNER;

/** `!value` and `-value`. */
export function unary(op: '!' | '-', of: Value): Value {
  if (of.kind === 'unknown') return of;
  if (of.kind === 'opaque') return opaqueCall(op, [of], of.doubt);
  const known = op === '!' ? boolOf(of) : numberOf(of);
  if (known === undefined) throw new EvaluationError(`${op} cannot be applied`);
  return typeof known === 'boolean' ? bool(!known) : number(-known);
}

/**
 * `condition ? then : otherwise` with both arms evaluated on demand: a decided condition leaves the other arm alone. With a condition
 * that is known to the engine but not to us, objects are combined entry by entry, so that entries on which both arms agree stay clean.
 */
export function conditional(condition: Value, then: () => Value, otherwise: () => Value): Value {
  const decided = asBool(condition);
  if (decided.kind === 'bool') return decided.value ? then() : otherwise();
  if (decided.kind === 'unknown') return decided;
  return either(decided as OpaqueValue, then(), otherwise());
}

function either(condition: OpaqueValue, a: Value, b: Value): Value {
  if (same(a, b) && !hasUnknown(a)) return a;
  if (a.kind === 'object' && b.kind === 'object' && a.open === undefined && b.open === undefined) {
    const names = [...a.entries.keys()];
    if (names.length === b.entries.size && names.every((name) => b.entries.has(name))) {
      return object(names.map((name) => [name, either(condition, a.entries.get(name) ?? b, b.entries.get(name) ?? a)] as const));
    }
  }
  if (hasUnknown(a) || hasUnknown(b)) return unknown(1);
  return opaqueCall('?:', [condition, a, b], 1);
}
