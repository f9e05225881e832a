import type { Expr, Range } from './ast.ts';

const STEP = /\.([\p{ID_Start}_][\p{ID_Continue}-]*|\d+)|\[(?:(\d+)|"([^"\\$%]*)")\]/uy;
const ROOT = /^[\p{ID_Start}_][\p{ID_Continue}-]*/u;

/**
 * A static traversal written in a string, as JSON files and old configurations do: `docker_image.x[0]`. Undefined when it is none.
 * All its parts carry the range of the string.
 */
export function traversalOf(text: string, range: Range): Expr | undefined {
  const [name] = ROOT.exec(text.trim()) ?? [];
  if (name === undefined) return undefined;
  const rest = text.trim().slice(name.length);
  let of: Expr = { kind: 'root', name, range };
  let at = 0;
  while (at < rest.length) {
    STEP.lastIndex = at;
    const step = STEP.exec(rest);
    if (step === null) return undefined;
    const [all, attribute, index, key] = step;
    if (attribute !== undefined) of = { kind: 'attr', of, name: attribute, range };
    else
      of = {
        kind: 'index',
        of,
        key: { kind: 'literal', value: index === undefined ? (key ?? '') : Number(index), range },
        range,
      };
    at += all.length;
  }
  return of;
}

/** The traversal itself, or the one in a string. */
export const asTraversal = (expr: Expr): Expr =>
  expr.kind === 'literal' && typeof expr.value === 'string' ? (traversalOf(expr.value, expr.range) ?? expr) : expr;

/** Names and literal indexes from the root on: `a["b"][0]` is `["a", "b", 0]`. Undefined when a part is not static. */
export function staticPath(expr: Expr): readonly (string | number)[] | undefined {
  const path: (string | number)[] = [];
  for (let at = expr; ; at = at.of) {
    if (at.kind === 'root') return [at.name, ...path.reverse()];
    if (at.kind === 'attr') path.push(/^\d+$/.test(at.name) ? Number(at.name) : at.name);
    else if (at.kind === 'index' && at.key.kind === 'literal' && typeof at.key.value !== 'boolean' && at.key.value !== null)
      path.push(at.key.value);
    else return undefined;
  }
}
