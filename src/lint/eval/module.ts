import { posix } from 'node:path';
import type { ModuleCall, ModuleSource, ResourceDecl } from '../../template/syntax/configuration.ts';
import {
  EvaluationError,
  list,
  NULL,
  object,
  opaque,
  opaqueCall,
  string,
  textOf,
  unknown,
  hasUnknown,
  doubtOf,
  type Value,
} from '../value.ts';
import { bodyOf, type BodyValue } from './body.ts';
import { expand, instanceScope, keysOf, keySuffix, type Expansion, type InstanceKey } from './expansion.ts';
import { evaluate, evaluateSafely } from './expressions.ts';
import type { ModuleScope, Scope } from './scope.ts';
import { templateText } from './templates.ts';
import type { World } from './world.ts';
import { declaredDefault, typed } from './variable-type.ts';

/** What a build gives for the resources of its modules; the two builds differ in it. */
export interface Instances {
  /** Value of one instance of a resource or data source, for references to it. */
  value(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): Value;
  /** Value of a root variable that the user set; undefined for its default. */
  rootVariable(name: string): Value | undefined;
}

/** Where a module instance comes from. */
export interface Caller {
  readonly call: ModuleCall;
  readonly key: InstanceKey;
  /** The scope its inputs are evaluated in. */
  readonly scope: Scope;
  readonly module: ModuleInstance;
}

/** One instance of a module in one build: evaluates what is in it on demand, once. */
export class ModuleInstance implements ModuleScope {
  readonly scope: Scope = { module: this, names: new Map(), item: undefined };
  readonly #memo = new Map<string, Value | typeof BUSY>();
  readonly #bodies = new Map<string, BodyValue | typeof BUSY>();
  readonly #expansions = new Map<ResourceDecl | ModuleCall, Expansion | typeof BUSY>();
  readonly #children = new Map<string, ReadonlyMap<InstanceKey, ModuleInstance>>();

  readonly source: ModuleSource;
  readonly world: World;
  /** `module.a["x"].`, or nothing for the root. */
  readonly prefix: string;
  readonly caller: Caller | undefined;
  readonly #instances: Instances;

  constructor(source: ModuleSource, world: World, instances: Instances, caller?: Caller) {
    this.source = source;
    this.world = world;
    this.caller = caller;
    this.#instances = instances;
    this.prefix = caller === undefined ? '' : `${caller.module.prefix}module.${caller.call.name}${keySuffix(caller.key)}.`;
  }

  local(name: string): Value {
    const attribute = this.source.locals.get(name);
    if (attribute === undefined) throw new EvaluationError(`there is no local ${name}`);
    return this.#once(`local.${name}`, () => evaluate(attribute.expr, this.scope));
  }

  variable(name: string): Value {
    const declared = this.source.variables.get(name);
    if (declared === undefined) throw new EvaluationError(`there is no variable ${name}`);
    return this.#once(`var.${name}`, () => {
      const given = this.#given(name);
      const missing =
        given === undefined || (given.kind === 'null' && declared.default !== undefined && !isNullable(declared.nullable));
      if (!missing) return typed(given, declared.type, this.scope);
      return declaredDefault(declared, this.scope) ?? opaque(`${this.prefix}var.${name}`);
    });
  }

  #given(name: string): Value | undefined {
    if (this.caller === undefined) return this.#instances.rootVariable(name);
    const input = this.caller.call.inputs.find((one) => one.name === name);
    return input === undefined ? undefined : evaluate(input.expr, this.caller.scope);
  }

  output(name: string): Value {
    const attribute = this.source.outputs.get(name);
    if (attribute === undefined) throw new EvaluationError(`there is no output ${name}`);
    return this.#once(`output.${name}`, () => evaluate(attribute.expr, this.scope));
  }

  /** The object of outputs of a module call, of each of its instances. */
  call(name: string): Value {
    const call = this.source.calls.get(name);
    if (call === undefined) throw new EvaluationError(`there is no module ${name}`);
    if (call.module === undefined) return this.#once(`module.${name}`, () => this.#guessOutputs(call));
    const expansion = this.expansion(call);
    const children = this.children(call);
    return byKeys(expansion, (key) => {
      const child = children.get(key);
      return child === undefined ? NULL : child.#outputs();
    });
  }

  #outputs(): Value {
    const all = (): Value => object([...this.source.outputs.keys()].map((name) => [name, this.output(name)] as const));
    const whole = (): Value => this.#once('outputs', all);
    return object([], {
      get whole() {
        return whole();
      },
      attribute: (name) => this.output(name),
    });
  }

  /** A module that is not there gives whatever its inputs may give. */
  #guessOutputs(call: ModuleCall): Value {
    const inputs = call.inputs.map((input) => evaluateSafely(input.expr, this.scope));
    return hasUnknown(list(inputs)) ? unknown(2) : opaque(opaqueKey(`${this.prefix}module.${call.name}`, inputs), 2);
  }

  resource(mode: 'managed' | 'data', type: string, name: string): Value {
    const decl = (mode === 'managed' ? this.source.managed : this.source.data).get(`${type}.${name}`);
    if (decl === undefined) throw new EvaluationError(`there is no ${type}.${name}`);
    return byKeys(this.expansion(decl), (key) => this.#instances.value(this, decl, key));
  }

  path(name: string): Value {
    if (name === 'module') return string(this.source.dir === '' ? '.' : this.source.dir);
    return name === 'root' ? string('.') : opaque(`path.${name}`);
  }

  func(name: string, args: readonly Value[]): Value {
    return this.world.func(name, args, this.source.dir);
  }

  templateFile(path: string, vars: Value): Value {
    const parts = this.world.content.template(posix.normalize(path));
    if (parts === undefined) return opaqueCall('templatefile', [string(path), vars], 1);
    if (vars.kind !== 'object' || vars.open !== undefined) return opaqueCall('templatefile', [string(path), vars], 0);
    const names = new Map([...vars.entries].map(([name, value]) => [name, { value, origin: undefined }] as const));
    return templateText(parts, { module: this, names, item: undefined }, evaluate);
  }

  expansion(decl: ResourceDecl | ModuleCall): Expansion {
    const known = this.#expansions.get(decl);
    if (known === BUSY) throw new EvaluationError(`the instances of ${decl.name} depend on themselves`);
    if (known !== undefined) return known;
    this.#expansions.set(decl, BUSY);
    const expansion = expand('lifecycle' in decl ? { ...decl, enabled: decl.lifecycle.enabled } : decl, this.scope);
    this.#expansions.set(decl, expansion);
    return expansion;
  }

  children(call: ModuleCall): ReadonlyMap<InstanceKey, ModuleInstance> {
    const known = this.#children.get(call.name);
    if (known !== undefined || call.module === undefined) return known ?? new Map();
    const source = call.module;
    const expansion = this.expansion(call);
    const made = new Map(
      keysOf(expansion).map((key) => {
        const scope = instanceScope(expansion, key, this.scope);
        return [key, new ModuleInstance(source, this.world, this.#instances, { call, key, scope, module: this })] as const;
      }),
    );
    this.#children.set(call.name, made);
    return made;
  }

  body(decl: ResourceDecl, key: InstanceKey): BodyValue {
    const address = this.address(decl, key);
    const known = this.#bodies.get(address);
    if (known === BUSY) throw new EvaluationError(`${address} depends on itself`);
    if (known !== undefined) return known;
    this.#bodies.set(address, BUSY);
    const body = bodyOf(decl.attributes, decl.blocks, instanceScope(this.expansion(decl), key, this.scope));
    this.#bodies.set(address, body);
    return body;
  }

  address(decl: ResourceDecl, key: InstanceKey): string {
    return `${this.prefix}${decl.mode === 'data' ? 'data.' : ''}${decl.type}.${decl.name}${keySuffix(key)}`;
  }

  /** Remembers the value of a name; asking for it while it is being evaluated is a circle. */
  #once(name: string, compute: () => Value): Value {
    const known = this.#memo.get(name);
    if (known === BUSY) throw new EvaluationError(`${this.prefix}${name} depends on itself`);
    if (known !== undefined) return known;
    this.#memo.set(name, BUSY);
    let value: Value | undefined;
    try {
      value = compute();
      return value;
    } finally {
      if (value === undefined) this.#memo.delete(name);
      else this.#memo.set(name, value);
    }
  }
}

const BUSY = Symbol('busy');

function opaqueKey(name: string, inputs: readonly Value[]): string {
  const call = opaqueCall(name, inputs, 2);
  return call.kind === 'opaque' ? call.key : name;
}

/** The value of a name with instances: one, a list of them, or an object of them. */
function byKeys(expansion: Expansion, valueOf: (key: InstanceKey) => Value): Value {
  switch (expansion.kind) {
    case 'single':
      return valueOf(undefined);
    case 'counted':
      return list(keysOf(expansion).map(valueOf));
    case 'keyed':
      return object(keysOf(expansion).map((key) => [String(key), valueOf(key)] as const));
    case 'unknown':
      return unknown(doubtOf([expansion.value]));
    case 'opaque': {
      const one = valueOf(keysOf(expansion)[0]);
      return expansion.keyed ? object([], { whole: one, attribute: () => one }) : list([one]);
    }
  }
}

const isNullable = (nullable: ResourceNullable): boolean => !(nullable?.kind === 'literal' && nullable.value === false);
type ResourceNullable = { readonly kind: string; readonly value?: unknown } | undefined;

/** The text of an attribute of a body when it is exact. */
export const textIn = (body: BodyValue, name: string): string | undefined => {
  const item = body.attributes.get(name);
  return item === undefined ? undefined : textOf(item.value);
};
