import type { Expr, TemplatePart } from '../../template/syntax/ast.ts';

/** Direct parts of an expression, in reading order. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'template':
      return expr.parts.flatMap(templateExprs);
    case 'attr':
      return [expr.of];
    case 'index':
      return [expr.of, expr.key];
    case 'splat':
      return [expr.of, expr.each];
    case 'call':
      return expr.args;
    case 'conditional':
      return [expr.condition, expr.then, expr.otherwise];
    case 'binary':
      return [expr.left, expr.right];
    case 'unary':
      return [expr.of];
    case 'tuple':
      return expr.items;
    case 'object':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'for':
      return [expr.collection, expr.key, expr.value, expr.condition].filter((part) => part !== undefined);
    case 'literal':
    case 'root':
    case 'item':
    case 'invalid':
      return [];
  }
}

export function templateExprs(part: TemplatePart): readonly Expr[] {
  switch (part.kind) {
    case 'text':
      return [];
    case 'interpolation':
      return [part.expr];
    case 'if':
      return [part.condition, ...part.then.flatMap(templateExprs), ...part.otherwise.flatMap(templateExprs)];
    case 'for':
      return [part.collection, ...part.body.flatMap(templateExprs)];
  }
}

/** The name a traversal starts with; undefined for other expressions. */
export function rootName(expr: Expr): string | undefined {
  if (expr.kind === 'root') return expr.name;
  return expr.kind === 'attr' || expr.kind === 'index' || expr.kind === 'splat' ? rootName(expr.of) : undefined;
}

/** The longest traversals in an expression that start outside of it (not with a name of its own `for`). */
export function traversalsOf(expr: Expr, own: ReadonlySet<string> = new Set()): readonly Expr[] {
  const root = rootName(expr);
  if (root !== undefined) return [...(own.has(root) ? [] : [expr]), ...keysIn(expr).flatMap((key) => traversalsOf(key, own))];
  const inner =
    expr.kind === 'for' ? new Set([...own, expr.valueName, ...(expr.keyName === undefined ? [] : [expr.keyName])]) : own;
  return partsOf(expr).flatMap((part) => traversalsOf(part, inner));
}

/** Index expressions along a traversal. */
function keysIn(expr: Expr): readonly Expr[] {
  if (expr.kind === 'attr') return keysIn(expr.of);
  if (expr.kind === 'index') return [...keysIn(expr.of), expr.key];
  return expr.kind === 'splat' ? keysIn(expr.of) : [];
}
