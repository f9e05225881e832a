import type { Configuration } from '../../template/syntax/configuration.ts';
import type { Range } from '../../template/syntax/ast.ts';
import { boolOf, NULL, textOf, type Value } from '../value.ts';
import { keysOf } from '../eval/expansion.ts';
import type { ModuleInstance } from '../eval/module.ts';
import type { Facts } from '../facts/facts.ts';
import { firstBuild } from './builds.ts';

/** A preset of the template and what it pins. */
export interface Preset {
  readonly name: string;
  readonly hasPrebuilds: boolean;
  readonly isDefault: boolean;
  readonly pinned: ReadonlyMap<string, Value>;
  readonly range: Range;
}

export interface Parameter {
  readonly name: string;
  readonly mutable: boolean;
  readonly ephemeral: boolean;
  readonly range: Range;
}

/** What a template offers to choose, evaluated as the first build sees it. */
export interface Choices {
  readonly presets: readonly Preset[];
  readonly parameters: readonly Parameter[];
}

export function choicesOf(configuration: Configuration, facts: Facts): Choices {
  const presets: Preset[] = [];
  const parameters: Parameter[] = [];
  const visit = (module: ModuleInstance): void => {
    for (const decl of module.source.data.values()) {
      if (decl.type !== 'coder_workspace_preset' && decl.type !== 'coder_parameter') continue;
      for (const key of keysOf(module.expansion(decl))) {
        const { attributes, blocks } = module.body(decl, key);
        const value = (name: string): Value => attributes.get(name)?.value ?? NULL;
        const name = textOf(value('name')) ?? decl.name;
        const range = decl.block.headRange;
        if (decl.type === 'coder_parameter') {
          parameters.push({
            name,
            mutable: boolOf(value('mutable')) === true,
            ephemeral: boolOf(value('ephemeral')) === true,
            range,
          });
          continue;
        }
        const pins = value('parameters');
        const pinned = pins.kind === 'object' ? pins.entries : new Map<string, Value>();
        const hasPrebuilds = blocks.has('prebuilds') || attributes.has('prebuilds');
        presets.push({ name, hasPrebuilds, isDefault: boolOf(value('default')) === true, pinned, range });
      }
    }
    for (const call of module.source.calls.values()) for (const child of module.children(call).values()) visit(child);
  };
  visit(firstBuild(configuration, 'claim', new Map(), facts).root);
  return { presets, parameters };
}
