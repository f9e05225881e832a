import type { Expr } from './ast.ts';
import { isFault, MAX_CHAIN, rangeOf, report, reportDepth, textOf, type ReadExpression, type Reading } from './reading.ts';
import type { Node } from './tree.ts';

/**
 * Applies `.name`, `.0`, `[key]`, `.*` and `[*]` in their order. After `[*]` everything goes on per element; after `.*` only names and
 * legacy indexes do, and the first `[key]` is applied to the result (as HCL does). `from` is the offset at which `base` begins.
 */
export function readPostfix(reading: Reading, base: Expr, from: number, nodes: readonly Node[], read: ReadExpression): Expr {
  const all = nodes.flatMap(steps);
  const last = all.at(-1);
  if (last === undefined || all.length <= MAX_CHAIN) return apply({ reading, read, from }, base, all);
  reportDepth(reading, { start: from });
  return { kind: 'invalid', range: reading.positions.range(from, last.end) };
}

interface Context {
  readonly reading: Reading;
  readonly read: ReadExpression;
  /** Where the whole expression begins. */
  readonly from: number;
}

/** `splat` nodes hold what follows them; here all stand in one row. */
function steps(node: Node): readonly Node[] {
  if (node.type !== 'splat' && node.type !== 'index') return [node];
  const [inner] = node.children;
  if (inner === undefined || isFault(inner)) return [{ ...node, type: 'ERROR', children: [] }];
  if (node.type === 'index') return [inner];
  return [{ ...inner, children: [] }, ...inner.children.flatMap(steps)];
}

function apply(context: Context, base: Expr, nodes: readonly Node[]): Expr {
  let of = base;
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (node === undefined) break;
    if (node.type === 'full_splat') {
      const item: Expr = { kind: 'item', range: rangeOf(context.reading, node) };
      const each = apply(context, item, nodes.slice(index + 1));
      return { kind: 'splat', of, each, full: true, range: until(context, nodes.at(-1) ?? node) };
    }
    if (node.type === 'attr_splat') {
      const count = names(nodes, index + 1);
      const item: Expr = { kind: 'item', range: rangeOf(context.reading, node) };
      const each = apply(context, item, nodes.slice(index + 1, index + 1 + count));
      of = { kind: 'splat', of, each, full: false, range: until(context, nodes[index + count] ?? node) };
      index += count;
      const next = nodes[index + 1];
      if (next?.type === 'attr_splat') report(context.reading, 'a .* cannot follow another one; use [*]', next.start, next.end);
    } else of = step(context, of, node, nodes[index - 1]);
  }
  return of;
}

/** How many names and legacy indexes stand in a row. */
function names(nodes: readonly Node[], from: number): number {
  let count = 0;
  while (['get_attr', 'legacy_index'].includes(nodes[from + count]?.type ?? '')) count += 1;
  return count;
}

function step(context: Context, of: Expr, node: Node, before: Node | undefined): Expr {
  const { reading } = context;
  const range = until(context, node);
  if (node.children.some(isFault)) return { kind: 'invalid', range };
  if (node.type === 'new_index') {
    const [key] = node.children;
    return key === undefined ? { kind: 'invalid', range } : { kind: 'index', of, key: context.read(reading, key, true), range };
  }
  const name = /[^\s./*#]\S*$/.exec(textOf(reading, node))?.[0];
  if (name === undefined || (node.type !== 'get_attr' && node.type !== 'legacy_index')) return { kind: 'invalid', range };
  if (node.type === 'legacy_index') checkLegacy(reading, of, node, before);
  return { kind: 'attr', of, name, range };
}

/** HCL reads `0.1` in `a.0.1` as one number. */
function checkLegacy(reading: Reading, of: Expr, node: Node, before: Node | undefined): void {
  if (before?.type === 'legacy_index') {
    report(reading, 'two indexes cannot be written with dots; use [0][1]', before.start, node.end);
  } else if (of.kind === 'literal') report(reading, 'this is not a number', node.start, node.end);
}

const until = (context: Context, node: Node) => context.reading.positions.range(context.from, node.end);
