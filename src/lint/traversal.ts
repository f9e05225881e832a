import type { Expr } from '../template/syntax/ast.ts';

/** Root name, the names after it (literal indexes too), and index expressions on the way. */
export function unfold(expr: Expr): { readonly root: string; readonly steps: readonly string[]; readonly keys: readonly Expr[] } {
  if (expr.kind === 'root') return { root: expr.name, steps: [], keys: [] };
  if (expr.kind === 'attr') {
    const inner = unfold(expr.of);
    return { ...inner, steps: [...inner.steps, expr.name] };
  }
  if (expr.kind === 'index') {
    const inner = unfold(expr.of);
    const literal = expr.key.kind === 'literal' ? [String(expr.key.value)] : [];
    return {
      ...inner,
      steps: [...inner.steps, ...literal],
      keys: expr.key.kind === 'literal' ? inner.keys : [...inner.keys, expr.key],
    };
  }
  if (expr.kind === 'splat') {
    const inner = unfold(expr.of);
    const each = unfold(expr.each);
    return { ...inner, steps: [...inner.steps, ...each.steps], keys: [...inner.keys, ...each.keys] };
  }
  return { root: '', steps: [], keys: [] };
}

/** The part of a literal object or list that a path leads to: only what is read matters. */
export function narrow(expr: Expr, path: readonly string[]): Expr {
  const [step, ...rest] = path;
  if (step === undefined) return expr;
  if (expr.kind === 'object') {
    const entry = expr.entries.findLast(({ key }) => key.kind === 'literal' && String(key.value) === step);
    return entry === undefined ? expr : narrow(entry.value, rest);
  }
  if (expr.kind === 'tuple') {
    const item = expr.items[Number(step)];
    return item === undefined ? expr : narrow(item, rest);
  }
  return expr;
}
