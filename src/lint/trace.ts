import type { Expr } from '../template/syntax/ast.ts';
import type { ResourceDecl } from '../template/syntax/configuration.ts';
import type { Item } from './eval/body.ts';
import { isNewEachRead, isSource } from './eval/coder.ts';
import { instanceScope, keysOf, type InstanceKey } from './eval/expansion.ts';
import { evaluateSafely } from './eval/expressions.ts';
import type { ModuleInstance } from './eval/module.ts';
import { partsOf, rootName } from './eval/references.ts';
import { bind, type Scope } from './eval/scope.ts';
import { pairsOf } from './eval/access.ts';
import type { Cause, Hop } from './model.ts';
import { differenceRange, differences, dotted, type Difference } from './plan/difference.ts';
import type { Outcome, Reason, SecondBuild } from './plan/second.ts';
import { targetOf } from './plan/triggers.ts';
import { narrow, unfold } from './traversal.ts';
import { boolOf, hasUnknown, keyOf, same, type Value } from './value.ts';

/** How a difference comes about. */
export interface Trace {
  readonly causes: readonly TracedCause[];
  /** The shortest way from the attribute to a cause. */
  readonly chain: readonly Hop[];
  /** `direct`: without a replaced resource on the way; `agent`: only through agents; `cascade`: through others. */
  readonly kind: 'direct' | 'agent' | 'cascade';
}

export interface TracedCause extends Cause {
  readonly nature: 'claim' | 'parameter' | 'drift' | 'agents';
}

interface Way {
  readonly hops: readonly Hop[];
  readonly cause: TracedCause;
  readonly through: 'direct' | 'agent' | 'cascade';
}

/** An expression in both builds; without the first where the claim made the module instance. */
interface Place {
  readonly expr: Expr;
  /** Of the second build. */
  readonly module: ModuleInstance;
  readonly first: Scope | undefined;
  readonly second: Scope;
}

const RANK = { direct: 0, agent: 1, cascade: 2 };
const MOST_WAYS = 40;
const MOST_HOPS = 60;
/** Deeper chains of references are cut: nobody reads them, and the stack ends somewhere. */
const MOST_DEEP = 150;
const CLOCKS: ReadonlySet<string> = new Set(['timestamp', 'uuid', 'bcrypt', 'plantimestamp']);

/** Follows differences to their causes along the expressions that carry them. */
export class Tracer {
  readonly #build: SecondBuild;
  /** Ways of places that were followed to their ends. */
  readonly #known = new Map<string, readonly Way[]>();
  #depth = 0;
  /** The chain under way was too deep to be followed to its end. */
  #cut = false;
  readonly #textOf: (expr: Expr) => string;

  constructor(build: SecondBuild, textOf: (expr: Expr) => string) {
    this.#build = build;
    this.#textOf = textOf;
  }

  /** Of one reason of a replacement. */
  reason(outcome: Outcome, reason: Reason): Trace {
    return summary(this.#reasonWays(outcome, reason));
  }

  /** Of an item that differs: an attribute, or what a dynamic block iterates over. */
  items(module: ModuleInstance, first: Item | undefined, second: Item | undefined): Trace {
    return summary(this.#itemWays(module, first, second));
  }

  /** Of an expression of a module, such as a count. */
  expression(expr: Expr, module: ModuleInstance): Trace {
    return summary(this.#ways({ expr, module, first: this.#build.counterpart(module)?.scope, second: module.scope }));
  }

  #reasonWays(outcome: Outcome, reason: Reason): readonly Way[] {
    if (reason.kind === 'difference') {
      return this.#differenceWays(outcome.module, reason.difference);
    }
    const { module, decl, key } = outcome;
    const target = targetOf(reason.trigger, module, instanceScope(module.expansion(decl), key, module.scope));
    if (target === undefined) return [];
    const hop = { text: `replace_triggered_by names ${quoted(this.#textOf(reason.trigger))}`, range: reason.trigger.range };
    return keysOf(module.expansion(target.decl))
      .filter((one) => target.key === undefined || one === target.key)
      .flatMap((one) => this.#resourceWays(module, target.decl, one))
      .map((way) => ({ ...way, hops: [hop, ...way.hops].slice(0, MOST_HOPS) }));
  }

  /** Only the part of the attribute that differs leads to its causes. */
  #differenceWays(module: ModuleInstance, { first, second, path, at, kind }: Difference): readonly Way[] {
    const item = second ?? first;
    if (item === undefined) return [];
    const expr = kind === 'count' ? item.attribute.expr : narrow(item.attribute.expr, path.slice(at + 1).map(String));
    return this.#ways({ expr, module, first: first?.scope, second: second?.scope ?? item.scope });
  }

  #itemWays(module: ModuleInstance, first: Item | undefined, second: Item | undefined): readonly Way[] {
    const item = second ?? first;
    if (item === undefined) return [];
    return this.#ways({ expr: item.attribute.expr, module, first: first?.scope, second: second?.scope ?? item.scope });
  }

  #ways(place: Place): readonly Way[] {
    const id = idOf(place);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#depth > MOST_DEEP) {
      this.#cut = true;
      return [];
    }
    if (!this.#differs(place)) return [];
    // Asked for again on the way to itself it adds nothing.
    this.#known.set(id, []);
    this.#depth += 1;
    const outerCut = this.#cut;
    this.#cut = false;
    try {
      const ways = this.#inside(place);
      // A chain that was cut below may be followed further from somewhere else.
      if (this.#wasCut()) this.#known.delete(id);
      else this.#known.set(id, ways);
      return ways;
    } finally {
      this.#depth -= 1;
      this.#cut ||= outerCut;
    }
  }

  #wasCut(): boolean {
    return this.#cut;
  }

  #inside(place: Place): readonly Way[] {
    const { expr } = place;
    if (rootName(expr) !== undefined) return this.#traversal(place);
    if (expr.kind === 'for') return this.#loop(expr, place);
    if (expr.kind === 'conditional') return this.#conditional(expr, place);
    if (expr.kind === 'call' && CLOCKS.has(expr.name)) return [this.#cause(expr, 'drift')];
    return this.#parts(partsOf(expr), place);
  }

  /** The condition when that differs, else the arm that is taken. */
  #conditional(expr: Expr & { kind: 'conditional' }, place: Place): readonly Way[] {
    const condition = { ...place, expr: expr.condition };
    const decided = boolOf(evaluateSafely(expr.condition, place.second));
    const arms = decided === undefined ? [expr.then, expr.otherwise] : [decided ? expr.then : expr.otherwise];
    if (!this.#differs(condition)) return this.#parts(arms, place);
    // A condition that differs is a cause; of a result that is not known the arm that is taken is one too.
    const unknown = decided !== undefined && hasUnknown(evaluateSafely(expr, place.second));
    return [...(unknown ? this.#parts(arms, place) : []), ...this.#ways(condition)];
  }

  #parts(parts: readonly Expr[], place: Place): readonly Way[] {
    return limited(parts.flatMap((expr) => this.#ways({ ...place, expr })));
  }

  #loop(expr: Expr & { kind: 'for' }, place: Place): readonly Way[] {
    const collection = { ...place, expr: expr.collection };
    const ways = this.#ways(collection);
    if (ways.length > 0) return ways;
    const pairs = pairsOf(evaluateSafely(expr.collection, place.second)) ?? [];
    for (const [key, value] of pairs.slice(0, MOST_WAYS)) {
      const names = [
        [expr.valueName, { value, origin: undefined }] as const,
        ...(expr.keyName === undefined ? [] : [[expr.keyName, { value: key, origin: undefined }] as const]),
      ];
      const inner = { module: place.module, first: place.first && bind(place.first, names), second: bind(place.second, names) };
      const found = [expr.value, expr.key, expr.condition].flatMap((part) =>
        part === undefined ? [] : this.#ways({ ...inner, expr: part }),
      );
      if (found.length > 0) return found;
    }
    return [];
  }

  #traversal(place: Place): readonly Way[] {
    const { expr, second } = place;
    const { root, steps, keys } = unfold(expr);
    const { module } = place;
    const viaKeys = this.#parts(keys, place);
    const bound = second.names.get(root);
    if (bound !== undefined) {
      const other = place.first?.names.get(root)?.origin;
      if (bound.origin === undefined) return viaKeys;
      const from = { expr: bound.origin.expr, module, first: other?.scope, second: bound.origin.scope };
      return [...viaKeys, ...this.#ways(from)];
    }
    const [name, ...path] = steps;
    if (name === undefined) return viaKeys;
    const found = this.#named(root, name, path, place, module);
    return limited([...viaKeys, ...found]);
  }

  #named(root: string, name: string, path: readonly string[], place: Place, module: ModuleInstance): readonly Way[] {
    const before = this.#build.counterpart(module);
    const hop = { text: `reads ${quoted(this.#textOf(place.expr))}`, range: place.expr.range };
    const on = (ways: readonly Way[]) => ways.map((way) => ({ ...way, hops: [hop, ...way.hops].slice(0, MOST_HOPS) }));
    switch (root) {
      case 'local': {
        const local = module.source.locals.get(name);
        if (local === undefined) return [];
        return on(this.#ways({ expr: narrow(local.expr, path), module, first: before?.scope, second: module.scope }));
      }
      case 'var': {
        const input = module.caller?.call.inputs.find((one) => one.name === name);
        if (input === undefined || module.caller === undefined) return [];
        return on(
          this.#ways({
            expr: narrow(input.expr, path),
            module: module.caller.module,
            first: before?.caller?.scope,
            second: module.caller.scope,
          }),
        );
      }
      case 'module':
        return on(this.#outputs(name, path, place, module));
      case 'data':
        return this.#data(module.source.data.get(`${name}.${path[0] ?? ''}`), path.slice(1), place, module);
      default: {
        const decl = module.source.managed.get(`${root}.${name}`);
        if (decl === undefined) return [];
        return on(keysOf(module.expansion(decl)).flatMap((key) => this.#attribute(module, decl, key, path, place)));
      }
    }
  }

  #outputs(name: string, path: readonly string[], place: Place, module: ModuleInstance): readonly Way[] {
    const call = module.source.calls.get(name);
    if (call === undefined) return [];
    if (call.module === undefined) {
      return this.#parts(
        call.inputs.map((input) => input.expr),
        { ...place, first: this.#build.counterpart(module)?.scope, second: module.scope },
      );
    }
    const outputs = [...module.children(call).values()].flatMap((child) => {
      const named = path.flatMap((step) => child.source.outputs.get(step) ?? []);
      const chosen = named.length > 0 ? named.slice(0, 1) : [...child.source.outputs.values()];
      return chosen.map((output) => ({
        expr: output.expr,
        module: child,
        first: this.#build.counterpart(child)?.scope,
        second: child.scope,
      }));
    });
    return outputs.flatMap((output) => this.#ways(output));
  }

  #data(decl: ResourceDecl | undefined, path: readonly string[], place: Place, module: ModuleInstance): readonly Way[] {
    if (decl === undefined) return [];
    const attribute = path.find((step) => !/^\d+$/.test(step)) ?? '';
    const { world } = module;
    if (this.#build.isDeferred(module, decl)) return this.#deferred(decl, place, module);
    if (decl.type === 'coder_parameter' && attribute === 'value') {
      const ways = this.#arguments(module, decl);
      return ways.length > 0 ? ways : [this.#cause(place.expr, 'parameter')];
    }
    if (attribute === '' || isSource(world, decl.type, attribute)) {
      const drift = world.mode === 'drift' || (attribute === 'id' && isNewEachRead(decl.type));
      return [this.#cause(place.expr, drift ? 'drift' : 'claim')];
    }
    const hop = { text: `reads ${quoted(this.#textOf(place.expr))}`, range: place.expr.range };
    return this.#arguments(module, decl).map((way) => ({ ...way, hops: [hop, ...way.hops].slice(0, MOST_HOPS) }));
  }

  /** Whatever differs in the arguments of a data source, those of nested blocks too. */
  #arguments(module: ModuleInstance, decl: ResourceDecl): readonly Way[] {
    const before = this.#build.counterpart(module);
    return keysOf(module.expansion(decl)).flatMap((key) => {
      const existed = before !== undefined && keysOf(before.expansion(decl)).includes(key);
      const now = module.body(decl, key);
      const first = existed ? before.body(decl, key) : NO_BODY;
      return differences(first, now).flatMap((one) => this.#differenceWays(module, one));
    });
  }

  #deferred(decl: ResourceDecl, place: Place, module: ModuleInstance): readonly Way[] {
    const hop = {
      text: `${quoted(`data.${decl.type}.${decl.name}`)} is read only after the changes that it depends on`,
      range: place.expr.range,
    };
    const ways = this.#build
      .pendingOf(module, decl)
      .flatMap((one) =>
        'gone' in one ? this.#expansionWays(one.gone.module, one.gone.decl) : this.#resourceWays(one.module, one.decl, one.key),
      );
    return ways.map((way) => ({ ...way, hops: [hop, ...way.hops].slice(0, MOST_HOPS) }));
  }

  /** Why the instances of a resource are not those of the first build. */
  #expansionWays(module: ModuleInstance, decl: ResourceDecl): readonly Way[] {
    const by = decl.count ?? decl.forEach;
    if (by === undefined) return [];
    return this.#ways({ expr: by.expr, module, first: this.#build.counterpart(module)?.scope, second: module.scope });
  }

  /** An attribute of a managed resource: as configured, or unknown because of what happens to the resource. */
  #attribute(
    module: ModuleInstance,
    decl: ResourceDecl,
    key: InstanceKey,
    path: readonly string[],
    place: Place,
  ): readonly Way[] {
    const attribute = path.find((step) => !/^\d+$/.test(step)) ?? '';
    const item = module.body(decl, key).attributes.get(attribute);
    const before = this.#build.counterpart(module);
    const existed = before !== undefined && keysOf(before.expansion(decl)).includes(key);
    const { action } = this.#build.outcome(module, decl, key);
    if (item !== undefined) {
      // A configured attribute that differs would keep its value if the resource were not rebuilt.
      const ways = this.#itemWays(module, existed ? before.body(decl, key).attributes.get(attribute) : undefined, item);
      const via = decl.type === 'coder_agent' ? 'agent' : 'cascade';
      return action === 'replace' ? ways.map((way) => ({ ...way, through: further(way.through, via) })) : ways;
    }
    if (action === 'same') return decl.type === 'coder_agent' ? [this.#cause(place.expr, 'agents')] : [];
    return this.#resourceWays(module, decl, key);
  }

  /** Why a resource is rebuilt or updated. */
  #resourceWays(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): readonly Way[] {
    const outcome = this.#build.outcome(module, decl, key);
    const rebuilt = outcome.action === 'replace';
    const reasons: readonly Reason[] = rebuilt
      ? outcome.reasons
      : outcome.differences.map((difference) => ({
          kind: 'difference',
          difference,
          path: '',
          condition: undefined,
          doubt: difference.doubt,
        }));
    const agent = decl.type === 'coder_agent';
    return limited(
      reasons.flatMap((reason) => {
        const trigger = reason.kind === 'trigger';
        const where = trigger ? reason.trigger.range : differenceRange(reason.difference);
        const what = trigger ? 'replace_triggered_by' : dotted(reason.difference.path);
        const text = `${quoted(outcome.address)} is ${rebuilt ? 'rebuilt' : 'updated'} because its ${quoted(what)} changes`;
        const hop = { text, range: where ?? decl.block.headRange };
        return this.#reasonWays(outcome, reason).map((way) => ({
          ...way,
          hops: [hop, ...way.hops].slice(0, MOST_HOPS),
          through: rebuilt ? further(way.through, agent ? 'agent' : 'cascade') : way.through,
        }));
      }),
    );
  }

  #cause(expr: Expr, nature: TracedCause['nature']): Way {
    const cause = { expression: this.#textOf(expr), range: expr.range, nature };
    const what =
      nature === 'drift' ? 'changes with time' : nature === 'agents' ? 'is new at every refresh with several agents' : 'changes';
    return { hops: [{ text: `${quoted(cause.expression)} ${what}`, range: expr.range }], cause, through: 'direct' };
  }

  #differs({ expr, first, second }: Place): boolean {
    const now: Value = evaluateSafely(expr, second);
    return hasUnknown(now) || first === undefined || !same(evaluateSafely(expr, first), now);
  }
}

const NO_BODY = { attributes: new Map<string, Item>(), blocks: new Map<string, never>() };

const quoted = (text: string): string => `\`${text.replace(/\s+/g, ' ')}\``;
const limited = (ways: readonly Way[]): readonly Way[] => (ways.length > MOST_WAYS ? ways.slice(0, MOST_WAYS) : ways);
const further = (a: Way['through'], b: Way['through']): Way['through'] => (RANK[a] > RANK[b] ? a : b);
function idOf({ expr, module, second }: Place): string {
  const bound = [...second.names].map(([name, { value }]) => `${name}=${keyOf(value)}`).join(',');
  const item = second.item === undefined ? '' : keyOf(second.item);
  return `${module.prefix}${expr.range.file}:${String(expr.range.start)}-${String(expr.range.end)} ${bound} ${item}`;
}

function summary(ways: readonly Way[]): Trace {
  const nearest = [...ways].sort((a, b) => RANK[a.through] - RANK[b.through] || a.hops.length - b.hops.length);
  const causes = new Map(ways.map(({ cause }) => [`${cause.range.file}:${String(cause.range.start)}`, cause]));
  return { causes: [...causes.values()], chain: nearest[0]?.hops ?? [], kind: nearest[0]?.through ?? 'direct' };
}
