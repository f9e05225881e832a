import type { Expr, ObjectEntry } from '../../template/syntax/ast.ts';
import {
  boolOf,
  doubtOf,
  EvaluationError,
  hasUnknown,
  list,
  NULL,
  number,
  object,
  opaque,
  opaqueCall,
  opaqueName,
  string,
  textOf,
  unknown,
  type Value,
} from '../value.ts';
import { attributeOf, elementOf, pairsOf, splatItems } from './access.ts';
import { binary, conditional, unary } from './operators.ts';
import { partsOf, traversalsOf } from './references.ts';
import { bind, type Scope } from './scope.ts';
import { templateText } from './templates.ts';

/** The value of an expression in one build. Throws EvaluationError where the engine would report an error. */
export function evaluate(expr: Expr, scope: Scope): Value {
  switch (expr.kind) {
    case 'literal':
      return literal(expr.value);
    case 'template':
      return templateText(expr.parts, scope, evaluate);
    case 'root':
      return rootValue(expr.name, scope);
    case 'attr':
      return reference(expr, scope) ?? attributeOf(evaluate(expr.of, scope), expr.name);
    case 'index':
      return elementOf(evaluate(expr.of, scope), evaluate(expr.key, scope));
    case 'splat':
      return splat(expr, scope);
    case 'item':
      return scope.item ?? opaque('item', 2);
    case 'call':
      return call(expr, scope);
    case 'conditional':
      return conditional(
        evaluate(expr.condition, scope),
        () => evaluate(expr.then, scope),
        () => evaluate(expr.otherwise, scope),
      );
    case 'binary':
      return binary(expr.op, evaluate(expr.left, scope), evaluate(expr.right, scope));
    case 'unary':
      return unary(expr.op, evaluate(expr.of, scope));
    case 'tuple':
      return list(expr.items.map((item) => evaluate(item, scope)));
    case 'object':
      return objectValue(expr.entries, scope);
    case 'for':
      return forValue(expr, scope);
    case 'invalid':
      return opaque(`invalid@${String(expr.range.start)}`, 2);
  }
}

/** As `evaluate`; an error of the expression gives a guess that is the same in both builds: the engine reports it, not we. */
export function evaluateSafely(expr: Expr, scope: Scope): Value {
  try {
    return evaluate(expr, scope);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return opaque(`error@${expr.range.file}:${String(expr.range.start)}`, 2);
  }
}

function literal(value: string | number | boolean | null): Value {
  if (value === null) return NULL;
  if (typeof value === 'string') return string(value);
  return typeof value === 'number' ? number(value) : { kind: 'bool', value };
}

function rootValue(name: string, scope: Scope): Value {
  const bound = scope.names.get(name);
  if (bound === undefined) throw new EvaluationError(`${name} alone is no value`);
  return bound.value;
}

/** `var.x`, `local.x`, `module.x`, `path.x`, `data.t.n` and `t.n`; undefined when the expression is only part of one, or more. */
function reference(expr: Expr & { kind: 'attr' }, scope: Scope): Value | undefined {
  const { of, name } = expr;
  if (of.kind === 'attr') {
    const data = of.of.kind === 'root' && of.of.name === 'data' && !scope.names.has('data');
    return data ? scope.module.resource('data', of.name, name) : undefined;
  }
  if (of.kind !== 'root' || scope.names.has(of.name)) return undefined;
  switch (of.name) {
    case 'var':
      return scope.module.variable(name);
    case 'local':
      return scope.module.local(name);
    case 'module':
      return scope.module.call(name);
    case 'path':
      return scope.module.path(name);
    case 'terraform':
    case 'tofu':
      return name === 'workspace' ? string('default') : opaque(`terraform.${name}`);
    case 'data':
      throw new EvaluationError('a data source needs its name');
    case 'each':
    case 'count':
    case 'self':
      throw new EvaluationError(`${of.name} means nothing here`);
    default:
      return scope.module.resource('managed', of.name, name);
  }
}

function splat(expr: Expr & { kind: 'splat' }, scope: Scope): Value {
  const of = evaluate(expr.of, scope);
  const items = splatItems(of);
  if (items !== undefined) return list(items.map((item) => evaluate(expr.each, { ...scope, item })));
  return of.kind === 'unknown' ? of : opaqueCall(`splat@${String(expr.range.start)}`, [of], 0);
}

function call(expr: Expr & { kind: 'call' }, scope: Scope): Value {
  const name = expr.name.replace(/^core::/, '');
  if (name === 'try') return tryEach(expr.args, scope);
  if (name === 'can') return can(expr.args[0], scope);
  let args = expr.args.map((arg) => evaluate(arg, scope));
  if (expr.expand) {
    const last = args.at(-1);
    if (last?.kind !== 'list') return opaqueCall(`${name}...`, args);
    args = [...args.slice(0, -1), ...last.items];
  }
  if (name === 'templatefile') {
    const path = args[0] === undefined ? undefined : textOf(args[0]);
    return path === undefined ? opaqueCall(name, args) : scope.module.templateFile(path, args[1] ?? object([]));
  }
  return scope.module.func(name, args);
}

/** The first argument without an error. A value unknown at plan may turn out to be one: then the whole result is unknown. */
function tryEach(args: readonly Expr[], scope: Scope): Value {
  for (const arg of args) {
    try {
      const value = evaluate(arg, scope);
      return hasUnknown(value) && value.kind !== 'unknown' ? unknown(doubtOf([value])) : value;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
    }
  }
  throw new EvaluationError('no argument of try is without an error');
}

function can(arg: Expr | undefined, scope: Scope): Value {
  if (arg === undefined) throw new EvaluationError('can needs an argument');
  try {
    const value = evaluate(arg, scope);
    if (hasUnknown(value)) return unknown(doubtOf([value]));
    // What is only named exists, or naming it would have been an error.
    const may = value.kind === 'opaque' && mayFail(arg);
    return may ? opaqueCall('can', [value], 1) : { kind: 'bool', value: true };
  } catch (error) {
    if (error instanceof EvaluationError) return { kind: 'bool', value: false };
    throw error;
  }
}

/** Whether evaluating can fail for a value that is not known here: what only names and picks did not. */
function mayFail(expr: Expr): boolean {
  return ['call', 'binary', 'unary', 'conditional', 'for', 'template'].includes(expr.kind) || partsOf(expr).some(mayFail);
}

function objectValue(entries: readonly ObjectEntry[], scope: Scope): Value {
  const pairs: (readonly [string, Value])[] = [];
  for (const entry of entries) {
    const key = evaluate(entry.key, scope);
    const name = entryName(key);
    if (name === undefined) return unknown(doubtOf([key]));
    pairs.push([name, evaluate(entry.value, scope)]);
  }
  return object(pairs);
}

/** The name of the entry under a key; undefined when the key is not known at plan. */
function entryName(key: Value): string | undefined {
  if (key.kind === 'opaque') return opaqueName(key);
  const name = textOf(key);
  if (name === undefined && !hasUnknown(key)) throw new EvaluationError('the key of an object must be a string');
  return name;
}

function forValue(expr: Expr & { kind: 'for' }, scope: Scope): Value {
  const collection = evaluate(expr.collection, scope);
  if (collection.kind === 'unknown') return collection;
  const pairs = pairsOf(collection);
  if (pairs === undefined) {
    if (collection.kind === 'null') throw new EvaluationError('for needs a collection');
    return bodyOpaque(expr, collection, scope);
  }
  const results: (readonly [Value | undefined, Value])[] = [];
  for (const [key, value] of pairs) {
    const inner = bind(scope, forNames(expr, key, value, scope));
    const kept = expr.condition === undefined ? true : condition(evaluate(expr.condition, inner));
    if (kept === 'unknown') return unknown();
    if (kept === 'opaque') return bodyOpaque(expr, collection, scope);
    if (kept) results.push([expr.key && evaluate(expr.key, inner), evaluate(expr.value, inner)]);
  }
  if (expr.key !== undefined) return forObject(expr, results);
  // The elements of a set have no places: the tuple made of them has those of the sorted set.
  return list(results.map(([, value]) => value));
}

const forNames = (expr: Expr & { kind: 'for' }, key: Value, value: Value, scope: Scope) => {
  const origin = { expr: expr.collection, scope };
  return [
    ...(expr.keyName === undefined ? [] : [[expr.keyName, { value: key, origin }] as const]),
    [expr.valueName, { value, origin }] as const,
  ];
};

function condition(value: Value): boolean | 'unknown' | 'opaque' {
  if (value.kind === 'unknown' || value.kind === 'opaque') return value.kind;
  const known = boolOf(value);
  if (known === undefined) throw new EvaluationError('the condition of for must be a bool');
  return known;
}

function forObject(expr: Expr & { kind: 'for' }, results: readonly (readonly [Value | undefined, Value])[]): Value {
  const entries = new Map<string, Value[]>();
  for (const [key, value] of results) {
    const name = key === undefined ? undefined : entryName(key);
    if (name === undefined) return unknown();
    const values = entries.get(name);
    if (values === undefined) entries.set(name, [value]);
    else if (expr.group) values.push(value);
    else throw new EvaluationError(`two elements have the key ${name}`);
  }
  return object([...entries].map(([name, values]) => [name, expr.group ? list(values) : (values[0] ?? NULL)] as const));
}

/**
 * The value of a `for` over something whose elements we cannot see: it depends on the collection and on whatever else its body reads,
 * so it is the same in both builds when all of these are.
 */
function bodyOpaque(expr: Expr & { kind: 'for' }, collection: Value, scope: Scope): Value {
  const outside = traversalsOf(expr).flatMap((part) => {
    try {
      return [evaluate(part, scope)];
    } catch (error) {
      if (error instanceof EvaluationError) return [];
      throw error;
    }
  });
  return opaqueCall(`for@${expr.range.file}:${String(expr.range.start)}`, [collection, ...outside], 0);
}
