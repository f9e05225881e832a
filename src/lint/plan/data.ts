import type { ResourceDecl } from '../../template/syntax/configuration.ts';
import { configured } from '../eval/body.ts';
import { sourceValue } from '../eval/coder.ts';
import type { InstanceKey } from '../eval/expansion.ts';
import type { ModuleInstance } from '../eval/module.ts';
import { hasUnknown, keyOf, object, opaque, UNKNOWN, type Value } from '../value.ts';

/**
 * Value of a data source instance (L 2.9): what is configured as it is, the rest by what the claim changes, else by its arguments.
 * Deferred, or with an argument that is not known, its results are unknown.
 */
export function dataValue(
  module: ModuleInstance,
  decl: ResourceDecl,
  key: InstanceKey,
  deferred: boolean,
  special: (attribute: string) => Value | undefined,
): Value {
  const entries = configured(module.body(decl, key), decl.type);
  const address = module.address(decl, key);
  const args = object(entries);
  const unread = deferred || hasUnknown(args);
  const attribute = (name: string): Value => {
    if (unread) return UNKNOWN;
    return special(name) ?? sourceValue(module.world, decl.type, name, address) ?? opaque(`${address}.${name}${keyOf(args)}`);
  };
  const fixed = [...entries].filter(([name]) => sourceValue(module.world, decl.type, name, address) === undefined);
  return object(fixed, { whole: attribute('*'), attribute });
}
