import type { Body, SyntaxProblem } from './ast.ts';
import type { IgnoreChanges, Lifecycle, ModuleCall, ResourceDecl, VariableDecl } from './configuration.ts';
import { blocksOf } from './meta.ts';

/** Override files: how the engine lays a declaration over the one of the same name (L 2.7). */

/** Attributes of the override replace those of the same name, its blocks all blocks of their type, `dynamic` ones too. */
export function mergeParts<T extends Pick<Body, 'attributes' | 'blocks'>>(base: T, over: Pick<Body, 'attributes' | 'blocks'>): T {
  const replaced = new Set([...over.attributes.map(({ name }) => name), ...over.blocks.map(typeOf)]);
  return {
    ...base,
    attributes: [...base.attributes.filter(({ name }) => !replaced.has(name)), ...over.attributes],
    blocks: [...base.blocks.filter((block) => !replaced.has(typeOf(block))), ...over.blocks],
  };
}

const typeOf = (block: Body['blocks'][number]): string => (block.type === 'dynamic' ? (block.labels[0] ?? '') : block.type);

/** `depends_on` cannot be overridden. */
export function mergeResource(base: ResourceDecl, over: ResourceDecl, problems: SyntaxProblem[]): ResourceDecl {
  refuseDependsOn(over, problems);
  const [condition] = over.lifecycle.conditions;
  if (condition !== undefined) problems.push({ message: 'conditions cannot be overridden', range: condition.range });
  return {
    ...mergeParts(base, over),
    count: over.count ?? base.count,
    forEach: over.forEach ?? base.forEach,
    lifecycle: mergeLifecycle(base.lifecycle, over.lifecycle),
    destroyProvisioners:
      blocksOf(over.block.body, 'provisioner', 1).length > 0 ? over.destroyProvisioners : base.destroyProvisioners,
    provider: over.provider ?? base.provider,
  };
}

/** Argument by argument; `replace_triggered_by` of an override has no effect. */
function mergeLifecycle(base: Lifecycle, over: Lifecycle): Lifecycle {
  return {
    ...base,
    block: base.block ?? over.block,
    ignoreChanges: mergeIgnore(base.ignoreChanges, over.ignoreChanges),
    preventDestroy: over.preventDestroy ?? base.preventDestroy,
    createBeforeDestroy: over.createBeforeDestroy ?? base.createBeforeDestroy,
    enabled: over.enabled ?? base.enabled,
  };
}

/** An empty list overrides nothing, and `all` cannot be taken back. */
function mergeIgnore(base: IgnoreChanges | undefined, over: IgnoreChanges | undefined): IgnoreChanges | undefined {
  if (base === undefined || over === undefined) return over ?? base;
  if (base.all || (!over.all && over.entries.length === 0)) return base;
  return over;
}

export function mergeModuleCall(base: ModuleCall, over: ModuleCall, problems: SyntaxProblem[]): ModuleCall {
  refuseDependsOn(over, problems);
  return {
    ...base,
    source: over.source ?? base.source,
    inputs: mergeParts({ attributes: base.inputs, blocks: [] }, { attributes: over.inputs, blocks: [] }).attributes,
    count: over.count ?? base.count,
    forEach: over.forEach ?? base.forEach,
    enabled: over.enabled ?? base.enabled,
  };
}

export const mergeVariable = (base: VariableDecl, over: VariableDecl): VariableDecl => ({
  ...base,
  default: over.default ?? base.default,
  type: over.type ?? base.type,
  nullable: over.nullable ?? base.nullable,
});

function refuseDependsOn({ dependsOn }: Pick<ResourceDecl, 'dependsOn'>, problems: SyntaxProblem[]): void {
  const [first] = dependsOn;
  if (first !== undefined) problems.push({ message: 'depends_on cannot be overridden', range: first.range });
}
