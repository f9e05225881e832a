import type { Expr } from '../../template/syntax/ast.ts';
import type { Value } from '../value.ts';

/** What a name or expression means where it stands: the module instance around it and the names bound on the way. */
export interface Scope {
  readonly module: ModuleScope;
  /** `each`, `count`, iterators of dynamic blocks, names of `for`: innermost first wins. */
  readonly names: ReadonlyMap<string, Bound>;
  /** The element inside a splat. */
  readonly item: Value | undefined;
}

/** A bound name and the expression its value was taken from, for the chain of causes. */
export interface Bound {
  readonly value: Value;
  readonly origin: { readonly expr: Expr; readonly scope: Scope } | undefined;
}

/** What expressions ask of the module instance they stand in. Every answer is a value of one build. */
export interface ModuleScope {
  local(name: string): Value;
  variable(name: string): Value;
  call(name: string): Value;
  resource(mode: 'managed' | 'data', type: string, name: string): Value;
  path(name: string): Value;
  func(name: string, args: readonly Value[]): Value;
  templateFile(path: string, vars: Value): Value;
}

/** Evaluates an expression where it stands; handed to what is part of it. */
export type Evaluate = (expr: Expr, scope: Scope) => Value;

export const bind = (scope: Scope, names: Iterable<readonly [string, Bound]>): Scope => ({
  ...scope,
  names: new Map([...scope.names, ...names]),
});
