import type { TemplatePart } from '../../template/syntax/ast.ts';
import {
  boolOf,
  doubtOf,
  EvaluationError,
  hasUnknown,
  keyOf,
  list,
  opaque,
  string,
  textOf,
  unknown,
  type Value,
} from '../value.ts';
import { pairsOf } from './access.ts';
import { bind, type Evaluate, type Scope } from './scope.ts';

/** The value of a template: a string, or for a template of one interpolation alone the value itself. */
export function templateText(parts: readonly TemplatePart[], scope: Scope, evaluate: Evaluate): Value {
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'interpolation') return evaluate(only.expr, scope);
  return joined(parts.flatMap((part) => pieces(part, scope, evaluate)));
}

function joined(values: readonly Value[]): Value {
  if (values.some(hasUnknown)) return unknown(doubtOf(values));
  const texts = values.map(textOf);
  if (texts.every((text) => text !== undefined)) return string(texts.join(''));
  // Neighbouring texts are one: a template differs from another only in what it reads.
  const whole = opaque(
    `"${values.map((value, at) => texts[at] ?? `\u0000${keyOf(value)}\u0000`).join('')}"`,
    doubtOf(values),
    true,
  );
  return { ...whole, parts: values };
}

function pieces(part: TemplatePart, scope: Scope, evaluate: Evaluate): readonly Value[] {
  switch (part.kind) {
    case 'text':
      return [string(part.text)];
    case 'interpolation':
      return [textual(evaluate(part.expr, scope))];
    case 'if': {
      const condition = evaluate(part.condition, scope);
      if (condition.kind === 'unknown') return [condition];
      const both = () => [
        joined(part.then.flatMap(inner(scope, evaluate))),
        joined(part.otherwise.flatMap(inner(scope, evaluate))),
      ];
      if (condition.kind === 'opaque') return [condition, ...both()];
      return (boolOf(condition) === true ? part.then : part.otherwise).flatMap(inner(scope, evaluate));
    }
    case 'for':
      return loop(part, scope, evaluate);
  }
}

const inner = (scope: Scope, evaluate: Evaluate) => (part: TemplatePart) => pieces(part, scope, evaluate);

function textual(value: Value): Value {
  if (value.kind === 'null') throw new EvaluationError('null cannot be part of a string');
  if ((value.kind === 'object' && value.open === undefined) || value.kind === 'list') {
    throw new EvaluationError('a collection cannot be part of a string');
  }
  return value;
}

function loop(part: TemplatePart & { kind: 'for' }, scope: Scope, evaluate: Evaluate): readonly Value[] {
  const collection = evaluate(part.collection, scope);
  const pairs = pairsOf(collection);
  if (pairs === undefined) {
    const seen = { value: collection, origin: undefined };
    const names = [part.valueName, ...(part.keyName === undefined ? [] : [part.keyName])].map((name) => [name, seen] as const);
    return [collection, list(part.body.flatMap(inner(bind(scope, names), evaluate)))];
  }
  return pairs.flatMap(([key, value]) => {
    const origin = { expr: part.collection, scope };
    const names = [
      ...(part.keyName === undefined ? [] : [[part.keyName, { value: key, origin }] as const]),
      [part.valueName, { value, origin }] as const,
    ];
    return part.body.flatMap(inner(bind(scope, names), evaluate));
  });
}
