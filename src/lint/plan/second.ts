import type { Expr } from '../../template/syntax/ast.ts';
import type { IgnoreEntry, ResourceDecl } from '../../template/syntax/configuration.ts';
import type { BodyValue } from '../eval/body.ts';
import { configured } from '../eval/body.ts';
import { keysOf, type InstanceKey } from '../eval/expansion.ts';
import { ModuleInstance, textIn, type Instances } from '../eval/module.ts';
import type { World } from '../eval/world.ts';
import type { Effect, Facts } from '../facts/facts.ts';
import { boolOf, EvaluationError, FALSE, keyOf, object, opaque, UNKNOWN, unknown, type Doubt, type Value } from '../value.ts';
import { dataValue } from './data.ts';
import { differences, dotted, type Difference } from './difference.ts';
import { leftOut, terraformData, type FirstBuild } from './first.ts';
import { isCovered, restored, type Container } from './ignore.ts';
import { exprsOf, named, reachable, type Reached } from './reach.ts';
import { firedTriggers } from './triggers.ts';

/** Why an instance is replaced: a difference and how sure its effect is, or a reference of replace_triggered_by. */
export type Reason = ForcedReason | { readonly kind: 'trigger'; readonly trigger: Expr; readonly doubt: Doubt };

export interface ForcedReason {
  readonly kind: 'difference';
  readonly difference: Difference;
  /** As the provider names it, dotted. */
  readonly path: string;
  /** What it depends on, in the words of the fact table. */
  readonly condition: string | undefined;
  readonly doubt: Doubt;
}

/** What the plan of the claim does with one instance of a managed resource. */
export interface Outcome {
  readonly address: string;
  readonly module: ModuleInstance;
  readonly decl: ResourceDecl;
  readonly key: InstanceKey;
  readonly action: 'same' | 'update' | 'replace' | 'create';
  readonly reasons: readonly Reason[];
  /** In place, yet restarts or destroys what a person uses. */
  readonly disruptive: readonly { readonly difference: Difference; readonly why: string }[];
  /** Every difference that nothing covers. */
  readonly differences: readonly Difference[];
  readonly covered: readonly { readonly difference: Difference; readonly by: IgnoreEntry | 'all' }[];
}

/** A change that a data source waits for; `gone` = instances are destroyed. */
export type Pending = Outcome | { readonly gone: Reached };

export interface SecondOptions {
  readonly facts: Facts;
  /** Parameters that the claimant may set, in mode "parameter". */
  readonly customisable: ReadonlySet<string>;
  /** Entries to treat as if they were in `ignore_changes`: for verifying a fix. By declaration. */
  readonly alsoIgnored: ReadonlyMap<ResourceDecl, readonly IgnoreEntry[]>;
}

/**
 * The plan of the claim. References between resources form no circles, so each instance is planned when it is first asked for, as the
 * engine does along its graph: no fixed point has to be searched (L 2.6).
 */
export class SecondBuild implements Instances {
  readonly root: ModuleInstance;
  readonly #first: FirstBuild;
  readonly #options: SecondOptions;
  readonly #outcomes = new Map<string, Outcome | undefined>();
  readonly #deferred = new Map<string, boolean>();
  #manyAgents: boolean | undefined;

  constructor(first: FirstBuild, world: World, options: SecondOptions) {
    this.#first = first;
    this.#options = options;
    this.root = new ModuleInstance(first.root.source, world, this);
  }

  rootVariable(name: string): Value | undefined {
    return this.#first.rootVariable(name);
  }

  value(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): Value {
    if (decl.mode === 'managed') return this.#managed(this.outcome(module, decl, key));
    return dataValue(module, decl, key, this.isDeferred(module, decl), (name) => this.#parameter(module, decl, key, name));
  }

  /** The same module instance in the first build; undefined when the claim creates it. */
  counterpart(module: ModuleInstance): ModuleInstance | undefined {
    if (module.caller === undefined) return this.#first.root;
    const parent = this.counterpart(module.caller.module);
    return parent?.children(module.caller.call).get(module.caller.key);
  }

  outcome(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): Outcome {
    const address = module.address(decl, key);
    if (this.#outcomes.has(address)) {
      const known = this.#outcomes.get(address);
      if (known === undefined) throw new EvaluationError(`${address} depends on itself`);
      return known;
    }
    this.#outcomes.set(address, undefined);
    try {
      const planned = this.#plan(module, decl, key, address);
      this.#outcomes.set(address, planned);
      return planned;
    } catch (error) {
      this.#outcomes.delete(address);
      throw error;
    }
  }

  #plan(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey, address: string): Outcome {
    const plain = { address, module, decl, key, reasons: [], disruptive: [], differences: [], covered: [] };
    const before = this.#before(module, decl, key);
    if (before === undefined) return { ...plain, action: 'create' };
    const isTrue = (name: string): boolean => boolOf(module.body(decl, key).attributes.get(name)?.value ?? FALSE) === true;
    const judged = differences(before, module.body(decl, key)).map((difference) => ({
      difference,
      by: this.#coveredBy(decl, difference),
    }));
    const open = judged.filter(({ by }) => by === undefined).map(({ difference }) => difference);
    const effects = open.map((difference) => ({
      difference,
      effect: this.#options.facts.effect(decl.type, dotted(difference.path), difference.kind, isTrue),
    }));
    const forced = effects.flatMap(({ difference, effect }) => forcedBy(difference, effect));
    const reasons: readonly Reason[] = [
      ...forced,
      ...this.#recomputed(module, decl, key, open, forced),
      ...firedTriggers(this, module, decl, key).map((fired) => ({ kind: 'trigger' as const, ...fired })),
    ];
    return {
      ...plain,
      action: reasons.length > 0 ? 'replace' : open.length > 0 ? 'update' : 'same',
      reasons,
      disruptive: effects.flatMap(({ difference, effect }) =>
        effect.kind === 'disruptive' ? [{ difference, why: effect.why }] : [],
      ),
      differences: open,
      covered: judged.flatMap(({ difference, by }) => (by === undefined ? [] : [{ difference, by }])),
    };
  }

  /** Computed attributes that force replacement when unknown, as they are once anything else changes. */
  #recomputed(
    module: ModuleInstance,
    decl: ResourceDecl,
    key: InstanceKey,
    [any]: readonly Difference[],
    forced: readonly ForcedReason[],
  ): readonly ForcedReason[] {
    if (any === undefined) return [];
    return this.#options.facts
      .recomputed(decl.type)
      .filter((path) => !module.body(decl, key).attributes.has(path) && !forced.some((one) => one.path === path))
      .map((path) => ({ kind: 'difference', difference: any, path, condition: undefined, doubt: any.doubt }));
  }

  #coveredBy(decl: ResourceDecl, difference: Difference): IgnoreEntry | 'all' | undefined {
    const { ignoreChanges } = decl.lifecycle;
    if (ignoreChanges?.all === true) return 'all';
    const entries = [...(ignoreChanges?.entries ?? []), ...(this.#options.alsoIgnored.get(decl) ?? [])];
    const ignorable = {
      ...difference,
      container: containerOf(decl, difference),
      unknownMap: difference.path.length === difference.at + 1 && isUnknownMap(difference),
    };
    return entries.find((entry) => isCovered(entry, ignorable));
  }

  #before(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): BodyValue | undefined {
    const other = this.counterpart(module);
    if (other === undefined || !keysOf(other.expansion(decl)).includes(key)) return undefined;
    return other.body(decl, key);
  }

  /** The planned state as references see it (L 2.8). */
  #managed(outcome: Outcome): Value {
    const { address, action } = outcome;
    const entries = this.#planned(outcome);
    const fresh = isFresh(action);
    const whole = fresh ? unknown(sureness(outcome)) : opaque(`${address}${action === 'update' ? keyOf(object(entries)) : ''}`);
    return object(entries, { whole, attribute: (name) => this.#leftOut(outcome, entries, name) });
  }

  /** An attribute that the configuration leaves out. */
  #leftOut(outcome: Outcome, entries: ReadonlyMap<string, Value>, name: string): Value {
    const { decl, address, action } = outcome;
    const { facts } = this.#options;
    const fresh = isFresh(action);
    const stays = decl.type === 'terraform_data' && !fresh ? terraformDataKept(outcome, entries, name) : undefined;
    if (stays !== undefined) return stays;
    const unset = facts.unset(decl.type, name, entries);
    const forgotten = action === 'update' && unset !== 'kept' && facts.forgetsOnUpdate(decl.type);
    const given = leftOut(unset, name, entries);
    if (given !== undefined) return given;
    if (fresh) return unknown(sureness(outcome), name === 'id' && decl.type === 'terraform_data');
    return forgotten
      ? unknown(1)
      : opaque(this.#isRefreshed(decl, name) ? `${address}.token@2` : `${address}.${name}`, 0, name === 'id');
  }

  #isRefreshed(decl: ResourceDecl, name: string): boolean {
    return decl.type === 'coder_agent' && name === 'token' && this.#hasManyAgents();
  }

  /** The configured part: ignored parts keep their old values, unless the instance is replaced anyway. */
  #planned({ module, decl, key, action, covered }: Outcome): ReadonlyMap<string, Value> {
    const now = configured(module.body(decl, key), decl.type);
    if (isFresh(action) || covered.length === 0) return now;
    const before = this.#before(module, decl, key);
    if (before === undefined) return now;
    const paths = covered.map(({ difference }) => difference.path);
    const kept = restored(object(configured(before, decl.type)), object(now), paths);
    return kept.kind === 'object' ? kept.entries : now;
  }

  /** A fresh token at each refresh, as the provider looks up the token of a single agent only (L 2.2). */
  #hasManyAgents(): boolean {
    this.#manyAgents ??= countAgents(this.root) > 1;
    return this.#manyAgents;
  }

  #parameter(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey, attribute: string): Value | undefined {
    if (decl.type !== 'coder_parameter' || attribute !== 'value') return undefined;
    const name = textIn(module.body(decl, key), 'name') ?? decl.name;
    if (this.#options.customisable.has(name)) return opaque(`parameter ${name}@2`);
    const before = this.counterpart(module);
    return before === undefined ? opaque(`parameter ${name}`) : this.#first.parameter(before, decl, key, attribute);
  }

  /** Whether a data source is read only at apply: something it explicitly depends on has a pending change (L 2.9). */
  isDeferred(module: ModuleInstance, decl: ResourceDecl): boolean {
    const id = `${module.prefix}${decl.type}.${decl.name}`;
    const known = this.#deferred.get(id);
    if (known !== undefined) return known;
    this.#deferred.set(id, false);
    const deferred = this.pendingOf(module, decl).length > 0;
    this.#deferred.set(id, deferred);
    return deferred;
  }

  /** What a data source waits for: changing instances of what it, or a module call around it, explicitly depends on. */
  pendingOf(module: ModuleInstance, decl: ResourceDecl): readonly Pending[] {
    return this.#waitsFor(module, decl).flatMap((one) => {
      const keys = keysOf(one.module.expansion(one.decl));
      const planned = keys.map((key) => this.outcome(one.module, one.decl, key)).filter(({ action }) => action !== 'same');
      const before = this.counterpart(one.module);
      const gone = before !== undefined && keysOf(before.expansion(one.decl)).some((key) => !keys.includes(key));
      return [...planned, ...(gone ? [{ gone: one }] : [])];
    });
  }

  /**
   * What counts is named in its own depends_on, in that of a module call around it, or in its own arguments; what lies between hides the
   * rest. A data source with conditions looks at everything that it reads, however far.
   */
  #waitsFor(module: ModuleInstance, decl: ResourceDecl): readonly Reached[] {
    const own = named(module, [...decl.dependsOn, ...exprsOf(decl)]);
    const far = decl.lifecycle.conditions.length > 0 ? reachable(module, [...exprsOf(decl), ...decl.lifecycle.conditions]) : [];
    const around: Reached[] = [];
    for (let at = module; at.caller !== undefined; at = at.caller.module) {
      around.push(...named(at.caller.module, at.caller.call.dependsOn));
    }
    return [...own, ...far, ...around];
  }
}

/** Doubt that an instance is replaced at all. */
const sureness = ({ reasons }: Outcome): Doubt =>
  Math.min(2, ...reasons.map(({ doubt }) => doubt), reasons.length === 0 ? 0 : 2) as Doubt;

const isFresh = (action: Outcome['action']): boolean => action === 'replace' || action === 'create';

/** Of an instance that is not replaced: its output is unknown when the input changes. */
function terraformDataKept(outcome: Outcome, entries: ReadonlyMap<string, Value>, name: string): Value | undefined {
  const stale = name === 'output' && outcome.differences.some((one) => one.path[0] === 'input');
  return stale ? UNKNOWN : terraformData(entries, name);
}

function forcedBy(difference: Difference, effect: Effect): readonly ForcedReason[] {
  if (effect.kind !== 'replace' && effect.kind !== 'maybe') return [];
  const maybe = effect.kind === 'maybe';
  const doubt = maybe ? (Math.max(1, difference.doubt) as Doubt) : difference.doubt;
  return [{ kind: 'difference', difference, path: effect.path, condition: maybe ? effect.condition : undefined, doubt }];
}

/** Attributes of providers have maps where they have keys; `terraform_data` has what its expression gave in the first build. */
function containerOf({ type }: ResourceDecl, { first, second }: Difference): Container {
  if (type !== 'terraform_data') return 'map';
  const value = (first ?? second)?.value;
  return value?.kind === 'object' && value.map ? 'map' : 'object';
}

const isUnknownMap = ({ first, second }: Difference): boolean =>
  second?.value.kind === 'unknown' && first?.value.kind === 'object';

/** Agents of the whole configuration; modules whose instances cannot be told count as one. */
function countAgents(module: ModuleInstance): number {
  const own = [...module.source.managed.values()].filter((decl) => decl.type === 'coder_agent');
  const here = own.reduce((sum, decl) => sum + keysOf(module.expansion(decl)).length, 0);
  const calls = [...module.source.calls.values()].flatMap((call) => [...module.children(call).values()]);
  return calls.reduce((sum, child) => sum + countAgents(child), here);
}
