import type { Attribute, Block, Body, Expr, Range, SyntaxProblem } from './ast.ts';
import type { IgnoreChanges, IgnoreEntry, Lifecycle, ModuleCall, ResourceDecl, VariableDecl } from './configuration.ts';
import { asTraversal, staticPath } from './traversal.ts';

const RESOURCE_ARGUMENTS = new Set(['count', 'for_each', 'depends_on', 'provider', 'lifecycle', 'provisioner', 'connection']);
const MODULE_ARGUMENTS = new Set(['source', 'version', 'providers', 'count', 'for_each', 'depends_on', 'lifecycle']);

/** Takes what must not be there to the problems of the configuration. */
export type Report = (message: string, range: Range) => void;

export const reportTo =
  (problems: SyntaxProblem[]): Report =>
  (message, range) =>
    void problems.push({ message, range });

/** A `resource` or `data` block with two labels, its meta-arguments taken apart. */
export function resourceOf(block: Block, mode: 'managed' | 'data', report: Report): ResourceDecl {
  const [type = '', name = ''] = block.labels;
  const { attributes } = block.body;
  const blocks = block.body.blocks;
  const count = attributeOf(block.body, 'count');
  const forEach = attributeOf(block.body, 'for_each');
  if (count !== undefined && forEach !== undefined) report('count and for_each cannot both be set', forEach.nameRange);
  return {
    mode,
    type,
    name,
    block,
    attributes: attributes.filter((attribute) => !RESOURCE_ARGUMENTS.has(attribute.name)),
    blocks: blocks.filter((each) => !RESOURCE_ARGUMENTS.has(each.type)),
    count,
    forEach,
    dependsOn: listOf(attributeOf(block.body, 'depends_on')),
    lifecycle: lifecycleOf(block.body, report),
    destroyProvisioners: blocksOf(block.body, 'provisioner', 1)
      .filter(atDestroy)
      .map(({ range }) => range),
    provider: providerOf(attributeOf(block.body, 'provider')),
  };
}

const providerOf = (attribute: Attribute | undefined): Expr | undefined =>
  attribute === undefined ? undefined : asTraversal(attribute.expr);

function atDestroy(block: Block): boolean {
  const when = attributeOf(block.body, 'when')?.expr;
  return when !== undefined && staticPath(asTraversal(when))?.[0] === 'destroy';
}

/** A `module` block with one label. `module` of the result is undefined: the caller finds it. */
export function moduleCallOf(block: Block, report: Report): ModuleCall {
  const source = attributeOf(block.body, 'source')?.expr;
  return {
    name: block.labels[0] ?? '',
    source: source?.kind === 'literal' && typeof source.value === 'string' ? source.value : undefined,
    block,
    inputs: block.body.attributes.filter(({ name }) => !MODULE_ARGUMENTS.has(name)),
    count: attributeOf(block.body, 'count'),
    forEach: attributeOf(block.body, 'for_each'),
    enabled: lifecycleOf(block.body, report).enabled,
    dependsOn: listOf(attributeOf(block.body, 'depends_on')),
    module: undefined,
  };
}

/** A `variable` block with one label. */
export const variableOf = (block: Block): VariableDecl => ({
  name: block.labels[0] ?? '',
  default: attributeOf(block.body, 'default')?.expr,
  type: attributeOf(block.body, 'type')?.expr,
  nullable: attributeOf(block.body, 'nullable')?.expr,
  range: block.headRange,
});

export const attributeOf = (body: Body, name: string): Attribute | undefined =>
  body.attributes.find((attribute) => attribute.name === name);

/** Blocks of a type; in JSON files the objects of the property of that name, `labels` keys deep. */
export function blocksOf(body: Body, type: string, labels = 0): readonly Block[] {
  const property = attributeOf(body, type);
  return [
    ...body.blocks.filter((block) => block.type === type),
    ...(property === undefined ? [] : objects(property, property.expr, [], labels)),
  ];
}

function objects(property: Attribute, expr: Expr, labels: readonly string[], left: number): readonly Block[] {
  if (expr.kind === 'tuple') return expr.items.flatMap((item) => objects(property, item, labels, left));
  if (expr.kind !== 'object') return [];
  if (left > 0) return expr.entries.flatMap(({ key, value }) => objects(property, value, [...labels, keyText(key)], left - 1));
  return [
    {
      type: property.name,
      labels,
      body: { attributes: propertiesOf(expr), blocks: [], range: expr.range },
      headRange: property.nameRange,
      range: property.range,
    },
  ];
}

/** Entries of an object as attributes; `"//"` is a comment. */
export function propertiesOf(expr: Extract<Expr, { kind: 'object' }>): readonly Attribute[] {
  return expr.entries.flatMap(({ key, value }) => {
    const name = keyText(key);
    const range = { ...key.range, end: value.range.end, endLine: value.range.endLine, endColumn: value.range.endColumn };
    return name === '//' ? [] : [{ name, nameRange: key.range, expr: value, range }];
  });
}

const keyText = (key: Expr): string => (key.kind === 'literal' ? String(key.value) : '');

/** Items of a list attribute as traversals. */
export function listOf(attribute: Attribute | undefined): readonly Expr[] {
  if (attribute === undefined) return [];
  return attribute.expr.kind === 'tuple' ? attribute.expr.items.map(asTraversal) : [attribute.expr];
}

function lifecycleOf(body: Body, report: Report): Lifecycle {
  const [block, second] = blocksOf(body, 'lifecycle');
  if (second !== undefined) report('there can be one lifecycle block only', second.headRange);
  const inner: Body | undefined = block?.body;
  const argument = (name: string): Attribute | undefined => (inner === undefined ? undefined : attributeOf(inner, name));
  const checks = inner === undefined ? [] : [...blocksOf(inner, 'precondition'), ...blocksOf(inner, 'postcondition')];
  return {
    block,
    ignoreChanges: ignoreOf(argument('ignore_changes')),
    preventDestroy: argument('prevent_destroy')?.expr,
    createBeforeDestroy: argument('create_before_destroy')?.expr,
    replaceTriggeredBy: listOf(argument('replace_triggered_by')),
    enabled: argument('enabled'),
    conditions: checks.flatMap((check) => attributeOf(check.body, 'condition')?.expr ?? []),
  };
}

function ignoreOf(attribute: Attribute | undefined): IgnoreChanges | undefined {
  if (attribute === undefined) return undefined;
  const { expr } = attribute;
  if (expr.kind === 'root' && expr.name === 'all') return { attribute, all: true, entries: [] };
  const items = expr.kind === 'tuple' ? expr.items : [];
  const entries = items.map((item): IgnoreEntry => {
    const traversal = asTraversal(item);
    const path = staticPath(traversal) ?? [];
    return { path, bracketed: path.length === 0 ? [] : brackets(traversal), range: item.range };
  });
  return { attribute, all: false, entries };
}

/** For each step of a traversal whether it is in brackets. */
function brackets(expr: Expr): readonly boolean[] {
  if (expr.kind === 'attr' || expr.kind === 'index') return [...brackets(expr.of), expr.kind === 'index'];
  return [false];
}
