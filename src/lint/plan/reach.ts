import type { Block, Expr } from '../../template/syntax/ast.ts';
import type { ModuleCall, ResourceDecl } from '../../template/syntax/configuration.ts';
import type { ModuleInstance } from '../eval/module.ts';
import { traversalsOf } from '../eval/references.ts';

/** A resource as declared in one module instance. */
export interface Reached {
  readonly module: ModuleInstance;
  readonly decl: ResourceDecl;
}

/**
 * Every managed resource that these expressions depend on, directly or through locals, variables, outputs, data sources and other
 * resources: what the engine's graph has above them. Names are followed as written, whatever their values are.
 */
export function reachable(module: ModuleInstance, exprs: readonly Expr[]): readonly Reached[] {
  const walk = new Walk();
  walk.exprs(module, exprs);
  return [...walk.found.values()];
}

/** The managed resources that expressions name themselves, as resources or as whole modules; nothing in between is followed. */
export function named(module: ModuleInstance, exprs: readonly Expr[]): readonly Reached[] {
  return exprs.flatMap((expr) =>
    traversalsOf(expr).flatMap((traversal): readonly Reached[] => {
      const [root, first = ''] = stepsOf(traversal);
      const decl = module.source.managed.get(`${String(root)}.${first}`);
      if (decl !== undefined) return [{ module, decl }];
      const call = root === 'module' && stepsOf(traversal).length === 2 ? module.source.calls.get(first) : undefined;
      return call === undefined ? [] : [...module.children(call).values()].flatMap(inside);
    }),
  );
}

function inside(module: ModuleInstance): readonly Reached[] {
  const own = [...module.source.managed.values()].map((decl) => ({ module, decl }));
  const calls = [...module.source.calls.values()].flatMap((call) => [...module.children(call).values()]);
  return [...own, ...calls.flatMap(inside)];
}

class Walk {
  readonly found = new Map<string, Reached>();
  readonly #seen = new Set<string>();

  exprs(module: ModuleInstance, exprs: readonly Expr[]): void {
    for (const expr of exprs) {
      for (const traversal of traversalsOf(expr)) this.#traversal(module, traversal);
    }
  }

  #traversal(module: ModuleInstance, traversal: Expr): void {
    const [root, ...names] = stepsOf(traversal);
    const [first = '', second = ''] = names;
    if (root === undefined) return;
    switch (root) {
      case 'local': {
        this.#once(`${module.prefix}local.${first}`, () => {
          const local = module.source.locals.get(first);
          if (local !== undefined) this.exprs(module, [local.expr]);
        });
        return;
      }
      case 'var': {
        const { caller } = module;
        const input = caller?.call.inputs.find((one) => one.name === first);
        if (caller !== undefined && input !== undefined) {
          this.#once(`${module.prefix}var.${first}`, () => {
            this.exprs(caller.module, [input.expr]);
          });
        }
        return;
      }
      case 'module': {
        const call = module.source.calls.get(first);
        if (call !== undefined) this.#call(module, call, second);
        return;
      }
      case 'data':
        this.#resource(module, module.source.data.get(`${first}.${second}`));
        return;
      default:
        this.#resource(module, module.source.managed.get(`${root}.${first}`));
    }
  }

  /** One output, or everything in the module when it is named as a whole. */
  #call(module: ModuleInstance, call: ModuleCall, output: string): void {
    this.#once(`${module.prefix}module.${call.name}.${output}`, () => {
      for (const child of module.children(call).values()) {
        const one = child.source.outputs.get(output);
        if (one !== undefined) this.exprs(child, [one.expr]);
        else this.#everything(child);
      }
      if (call.module === undefined) {
        this.exprs(
          module,
          call.inputs.map((input) => input.expr),
        );
      }
    });
  }

  #everything(module: ModuleInstance): void {
    for (const decl of [...module.source.managed.values(), ...module.source.data.values()]) this.#resource(module, decl);
    for (const call of module.source.calls.values()) this.#call(module, call, '');
  }

  #resource(module: ModuleInstance, decl: ResourceDecl | undefined): void {
    if (decl === undefined) return;
    const key = `${module.prefix}${decl.mode}.${decl.type}.${decl.name}`;
    this.#once(key, () => {
      if (decl.mode === 'managed') this.found.set(key, { module, decl });
      this.exprs(module, exprsOf(decl));
    });
  }

  #once(key: string, walk: () => void): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    walk();
  }
}

/** Every expression of a declaration. */
export function exprsOf(decl: ResourceDecl): readonly Expr[] {
  return [
    ...decl.attributes.map((one) => one.expr),
    ...decl.blocks.flatMap(exprsInBlock),
    ...decl.dependsOn,
    ...[decl.count, decl.forEach].flatMap((one) => (one === undefined ? [] : [one.expr])),
  ];
}

/** Every expression of a block and the blocks in it. */
export const exprsInBlock = (block: Block): readonly Expr[] => [
  ...block.body.attributes.map((one) => one.expr),
  ...block.body.blocks.flatMap(exprsInBlock),
];

/** Leading names of a traversal; stops at what is not a name. */
function stepsOf(expr: Expr): readonly string[] {
  if (expr.kind === 'root') return [expr.name];
  if (expr.kind === 'attr') return [...stepsOf(expr.of), expr.name];
  return expr.kind === 'index' || expr.kind === 'splat' ? stepsOf(expr.of) : [];
}
