import type { ParsedFile } from '../../template/syntax/ast.ts';
import type { Configuration, ModuleSource, ResourceDecl } from '../../template/syntax/configuration.ts';

/** Every module of a template that is on disk, the root first, each once. */
function modulesOf(root: ModuleSource): readonly ModuleSource[] {
  const found = new Set<ModuleSource>();
  const open = [root];
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    if (found.has(module)) continue;
    found.add(module);
    open.push(...[...module.calls.values()].flatMap((call) => call.module ?? []));
  }
  return [...found];
}

/** The configuration files of a template and its modules, each once. */
export const filesOf = ({ root }: Configuration): readonly ParsedFile[] => [
  ...new Map(modulesOf(root).flatMap(({ files }) => files.map((file) => [file.path, file] as const))).values(),
];

/** Whether a template asks for prebuilds: a preset with a `prebuilds` block. */
export const hasPrebuilds = ({ root }: Configuration): boolean =>
  modulesOf(root).some(({ data }) => [...data.values()].some((decl) => decl.type === 'coder_workspace_preset' && asks(decl)));

const asks = ({ blocks, attributes }: ResourceDecl): boolean =>
  blocks.some(({ type, labels }) => type === 'prebuilds' || (type === 'dynamic' && labels[0] === 'prebuilds')) ||
  attributes.some(({ name }) => name === 'prebuilds');
