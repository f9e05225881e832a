import type { Expr } from '../../template/syntax/ast.ts';
import type { Configuration, ResourceDecl } from '../../template/syntax/configuration.ts';
import { configured } from '../eval/body.ts';
import type { InstanceKey } from '../eval/expansion.ts';
import { evaluateSafely } from '../eval/expressions.ts';
import { ModuleInstance, textIn, type Instances } from '../eval/module.ts';
import type { World } from '../eval/world.ts';
import type { Facts, Unset } from '../facts/facts.ts';
import { hasUnknown, keyOf, NULL, object, opaque, string, textOf, UNKNOWN, type Value } from '../value.ts';
import { dataValue } from './data.ts';

/** Values that a preset pins, by parameter name. */
export type Pinned = ReadonlyMap<string, Value>;

/** The build that made the prebuild: everything in it was applied, so everything has a value, if only an opaque one. */
export class FirstBuild implements Instances {
  readonly root: ModuleInstance;
  readonly #variables: ReadonlyMap<string, Expr>;
  readonly #pinned: Pinned;
  readonly #facts: Facts;

  constructor(configuration: Configuration, world: World, pinned: Pinned, facts: Facts) {
    this.#facts = facts;
    this.#variables = configuration.variableValues;
    this.#pinned = pinned;
    this.root = new ModuleInstance(configuration.root, world, this);
  }

  rootVariable(name: string): Value | undefined {
    const given = this.#variables.get(name);
    return given === undefined ? undefined : evaluateSafely(given, this.root.scope);
  }

  value(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey): Value {
    if (decl.mode === 'data') {
      return dataValue(module, decl, key, false, (name) => this.parameter(module, decl, key, name));
    }
    const address = module.address(decl, key);
    const entries = configured(module.body(decl, key), decl.type);
    const attribute = (name: string): Value =>
      (decl.type === 'terraform_data' ? terraformData(entries, name) : undefined) ??
      leftOut(this.#facts.unset(decl.type, name, entries), name, entries) ??
      opaque(`${address}.${name}`, 0, name === 'id');
    return object(entries, { whole: opaque(address), attribute });
  }

  /** The value that the pool builds with: pinned by the preset, else the default (L 2.1: kept from then on). */
  parameter(module: ModuleInstance, decl: ResourceDecl, key: InstanceKey, attribute: string): Value | undefined {
    if (decl.type !== 'coder_parameter' || attribute !== 'value') return undefined;
    const body = module.body(decl, key);
    const name = textIn(body, 'name') ?? decl.name;
    const given = this.#pinned.get(name) ?? body.attributes.get('default')?.value ?? NULL;
    if (given.kind === 'null') return opaque(`parameter ${name}`, 0, true);
    const text = textOf(given);
    return text === undefined ? given : string(text);
  }
}

/** `output` follows `input`; what is left out is null. */
export function terraformData(entries: ReadonlyMap<string, Value>, name: string): Value | undefined {
  if (name === 'output') return entries.get('input') ?? NULL;
  return name === 'input' || name === 'triggers_replace' ? NULL : undefined;
}

/** Value of an attribute that is left out, where it does not depend on what happens to the resource. */
export function leftOut(unset: Unset | undefined, name: string, entries: ReadonlyMap<string, Value>): Value | undefined {
  if (unset === 'constant') return NULL;
  if (typeof unset !== 'object') return undefined;
  const from = entries.get(unset.from) ?? NULL;
  return hasUnknown(from) ? UNKNOWN : opaque(`${name} of ${keyOf(from)}`);
}
