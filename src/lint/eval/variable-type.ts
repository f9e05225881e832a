import type { Expr } from '../../template/syntax/ast.ts';
import type { VariableDecl } from '../../template/syntax/configuration.ts';
import { list, NULL, number, numberOf, object, set, string, textOf, bool, boolOf, type Value } from '../value.ts';
import { evaluateSafely } from './expressions.ts';
import type { Scope } from './scope.ts';

/** The default of a variable, converted to its type; undefined without one. */
export function declaredDefault(variable: VariableDecl, scope: Scope): Value | undefined {
  return variable.default === undefined ? undefined : typed(evaluateSafely(variable.default, scope), variable.type, scope);
}

/**
 * A value converted to a type constraint, element by element: primitives, collections, objects with `optional()` attributes. Defaults of
 * optional attributes apply to what is absent or null. What does not fit is left alone: the engine reports it.
 */
export function typed(value: Value, type: Expr | undefined, scope: Scope): Value {
  if (type === undefined || AS_IT_IS.has(value.kind)) return value;
  if (type.kind === 'root') return primitive(value, type.name);
  return type.kind === 'call' ? constructed(value, type, scope) : value;
}

const AS_IT_IS: ReadonlySet<Value['kind']> = new Set(['null', 'unknown', 'opaque']);

function constructed(value: Value, type: Expr & { kind: 'call' }, scope: Scope): Value {
  const [inner] = type.args;
  if (type.name === 'list' || type.name === 'set') return listOf(value, inner, scope, type.name === 'set');
  if (type.name === 'object') return objectOf(value, inner, scope);
  return type.name === 'map' ? mapOf(value, inner, scope) : value;
}

function listOf(value: Value, inner: Expr | undefined, scope: Scope, asSet: boolean): Value {
  if (value.kind !== 'list') return value;
  const items = value.items.map((item) => typed(item, inner, scope));
  return asSet ? set(items) : list(items);
}

function mapOf(value: Value, inner: Expr | undefined, scope: Scope): Value {
  if (value.kind !== 'object' || value.open !== undefined) return value;
  return object([...value.entries].map(([name, entry]) => [name, typed(entry, inner, scope)] as const));
}

function primitive(value: Value, type: string): Value {
  if (type === 'string') {
    const text = textOf(value);
    return text === undefined ? value : string(text);
  }
  if (type === 'number') {
    const known = numberOf(value);
    return known === undefined ? value : number(known);
  }
  const known = type === 'bool' ? boolOf(value) : undefined;
  return known === undefined ? value : bool(known);
}

function objectOf(value: Value, shape: Expr | undefined, scope: Scope): Value {
  if (shape?.kind !== 'object' || value.kind !== 'object' || value.open !== undefined) return value;
  const entries = shape.entries.flatMap(({ key, value: type }) => {
    const name = key.kind === 'literal' ? String(key.value) : undefined;
    return name === undefined ? [] : [[name, attribute(value.entries.get(name), type, scope)] as const];
  });
  return object(entries);
}

function attribute(value: Value | undefined, type: Expr, scope: Scope): Value {
  if (type.kind !== 'call' || type.name !== 'optional') return value === undefined ? NULL : typed(value, type, scope);
  const [inner, otherwise] = type.args;
  if (value !== undefined && value.kind !== 'null') return typed(value, inner, scope);
  return otherwise === undefined ? NULL : typed(evaluateSafely(otherwise, scope), inner, scope);
}
