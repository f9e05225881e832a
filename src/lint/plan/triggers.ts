import type { Expr } from '../../template/syntax/ast.ts';
import type { ResourceDecl } from '../../template/syntax/configuration.ts';
import { instanceScope, keysOf, type InstanceKey } from '../eval/expansion.ts';
import { evaluateSafely } from '../eval/expressions.ts';
import type { ModuleInstance } from '../eval/module.ts';
import { rootName } from '../eval/references.ts';
import type { Scope } from '../eval/scope.ts';
import { doubtOf, hasUnknown, numberOf, same, textOf, type Doubt } from '../value.ts';

/** What is asked of the plan around it. */
interface Plan {
  outcome(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): { readonly action: string };
  counterpart(module: ModuleInstance): ModuleInstance | undefined;
}

/** The references of `replace_triggered_by` that fire (L 2.8): whole resources on any change, attributes when they differ. */
export function firedTriggers(
  build: Plan,
  module: ModuleInstance,
  decl: ResourceDecl,
  key: InstanceKey,
): readonly { readonly trigger: Expr; readonly doubt: Doubt }[] {
  const scope = instanceScope(module.expansion(decl), key, module.scope);
  return decl.lifecycle.replaceTriggeredBy.flatMap((trigger) => {
    const target = targetOf(trigger, module, scope);
    if (target === undefined) return [];
    if (target.whole) {
      const keys = keysOf(module.expansion(target.decl)).filter((one) => target.key === undefined || one === target.key);
      const fires = keys.some((one) => ['update', 'replace'].includes(build.outcome(module, target.decl, one).action));
      return fires ? [{ trigger, doubt: 0 as const }] : [];
    }
    const before = build.counterpart(module);
    if (before === undefined) return [];
    const old = evaluateSafely(trigger, instanceScope(before.expansion(decl), key, before.scope));
    const now = evaluateSafely(trigger, scope);
    return hasUnknown(now) || !same(old, now) ? [{ trigger, doubt: doubtOf([old, now]) }] : [];
  });
}

/** The resource that a trigger names; `whole` when it names no attribute of it. */
export function targetOf(
  trigger: Expr,
  module: ModuleInstance,
  scope: Scope,
): { readonly decl: ResourceDecl; readonly key: InstanceKey; readonly whole: boolean } | undefined {
  const type = rootName(trigger);
  let expr = trigger;
  let key: InstanceKey;
  let depth = 0;
  const above: Expr[] = [];
  for (; expr.kind === 'attr' || expr.kind === 'index'; expr = expr.of) above.unshift(expr);
  const [named, next, ...rest] = above;
  if (type === undefined || named?.kind !== 'attr') return undefined;
  const decl = module.source.managed.get(`${type}.${named.name}`);
  if (decl === undefined) return undefined;
  if (next?.kind === 'index') {
    const value = evaluateSafely(next.key, scope);
    key = value.kind === 'number' ? numberOf(value) : textOf(value);
  } else if (next !== undefined) depth = 1;
  return { decl, key, whole: depth + rest.length === 0 };
}
