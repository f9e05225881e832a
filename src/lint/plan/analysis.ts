import type { Attribute, Expr } from '../../template/syntax/ast.ts';
import type { Configuration, ResourceDecl } from '../../template/syntax/configuration.ts';
import { keysOf, type Expansion, type InstanceKey } from '../eval/expansion.ts';
import type { ModuleInstance } from '../eval/module.ts';
import type { Mode } from '../eval/world.ts';
import { Tracer } from '../trace.ts';
import { doubtOf, same, type Doubt } from '../value.ts';
import { firstBuild, worldOf } from './builds.ts';
import type { Preset } from './presets.ts';
import { SecondBuild, type Outcome, type SecondOptions } from './second.ts';

/** An instance that exists after the first build and is not wanted by the claim: it is destroyed. */
export interface Destroyed {
  readonly address: string;
  readonly decl: ResourceDecl;
  /** The count or for_each that differs, of the resource or of a module call around it. */
  readonly by: Attribute | undefined;
  readonly keyed: boolean;
  /** Where `by` stands, in the second build. */
  readonly module: ModuleInstance;
  readonly doubt: Doubt;
}

/** A count or for_each that is not known at plan: the claim fails. */
export interface Unplannable {
  readonly address: string;
  readonly by: Attribute;
  readonly module: ModuleInstance;
  readonly doubt: Doubt;
}

/** Both builds of one template with one preset, compared. */
export interface Analysis {
  readonly mode: Mode;
  readonly preset: Preset | undefined;
  readonly outcomes: readonly Outcome[];
  readonly destroyed: readonly Destroyed[];
  readonly unplannable: readonly Unplannable[];
  readonly second: SecondBuild;
  readonly tracer: Tracer;
}

export interface AnalysisRequest extends SecondOptions {
  readonly configuration: Configuration;
  readonly mode: Mode;
  readonly preset: Preset | undefined;
}

export function analyse(request: AnalysisRequest): Analysis {
  const { configuration, mode, preset } = request;
  const first = firstBuild(configuration, mode, preset?.pinned ?? new Map(), request.facts);
  const second = new SecondBuild(first, worldOf(configuration, mode, true), request);
  const found = new Walk(second);
  found.module(second.root, first.root);
  return {
    mode,
    preset,
    outcomes: found.outcomes,
    destroyed: found.destroyed,
    unplannable: found.unplannable,
    second,
    tracer: new Tracer(second, textOfExpr(configuration)),
  };
}

class Walk {
  readonly outcomes: Outcome[] = [];
  readonly destroyed: Destroyed[] = [];
  readonly unplannable: Unplannable[] = [];
  readonly #second: SecondBuild;

  constructor(second: SecondBuild) {
    this.#second = second;
  }

  /** A module instance of the second build beside the same one of the first. */
  module(now: ModuleInstance, before: ModuleInstance | undefined): void {
    for (const decl of now.source.managed.values()) {
      const expansion = now.expansion(decl);
      this.#check(expansion, now.address(decl, undefined), now);
      for (const key of keysOf(expansion)) this.outcomes.push(this.#second.outcome(now, decl, key));
      if (before !== undefined) this.#gone(expansion, before.expansion(decl), (key) => [{ module: before, decl, key }], now);
    }
    for (const call of now.source.calls.values()) {
      const expansion = now.expansion(call);
      this.#check(expansion, `${now.prefix}module.${call.name}`, now);
      const children = before?.children(call);
      for (const [key, child] of now.children(call)) this.module(child, children?.get(key));
      if (before !== undefined) {
        this.#gone(expansion, before.expansion(call), (key) => everything(children?.get(key)), now);
      }
    }
  }

  #check(expansion: Expansion, address: string, module: ModuleInstance): void {
    if (expansion.kind !== 'unknown') return;
    this.unplannable.push({ address, by: expansion.by, module, doubt: doubtOf([expansion.value]) });
  }

  #gone(now: Expansion, before: Expansion, instances: (key: InstanceKey) => readonly Instance[], module: ModuleInstance): void {
    if (now.kind === 'unknown') return;
    const kept = new Set(keysOf(now));
    // Two opaque expansions that differ may lose instances: which ones cannot be said.
    const opaque = now.kind === 'opaque' && before.kind === 'opaque' && !same(now.value, before.value);
    const gone = keysOf(before).filter((key) => opaque || !kept.has(key));
    const by = now.kind === 'single' ? undefined : now.by;
    const doubt = opaque ? 2 : now.kind === 'single' || before.kind === 'single' ? 0 : doubtOf([now.value, before.value]);
    for (const one of gone.flatMap(instances)) {
      const address = one.module.address(one.decl, one.key);
      this.destroyed.push({ address, decl: one.decl, by, keyed: before.kind === 'keyed', module, doubt });
    }
  }
}

interface Instance {
  readonly module: ModuleInstance;
  readonly decl: ResourceDecl;
  readonly key: InstanceKey;
}

function everything(module: ModuleInstance | undefined): readonly Instance[] {
  if (module === undefined) return [];
  const own = [...module.source.managed.values()].flatMap((decl) =>
    keysOf(module.expansion(decl)).map((key) => ({ module, decl, key })),
  );
  return [
    ...own,
    ...[...module.source.calls.values()].flatMap((call) => [...module.children(call).values()].flatMap(everything)),
  ];
}

/** The text of an expression as it stands in its file. */
function textOfExpr(configuration: Configuration): (expr: Expr) => string {
  const texts = new Map<string, string>();
  const collect = (module: Configuration['root'], seen: Set<unknown>): void => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const file of module.files) texts.set(file.path, file.text);
    for (const call of module.calls.values()) if (call.module !== undefined) collect(call.module, seen);
  };
  collect(configuration.root, new Set());
  return (expr) => texts.get(expr.range.file)?.slice(expr.range.start, expr.range.end) ?? '';
}
