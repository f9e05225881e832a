import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Expr, ParsedFile, Range, SyntaxParser, SyntaxProblem } from './ast.ts';
import type { Configuration, ModuleCall, ModuleSource } from './configuration.ts';
import { fileContent, relativePath } from './content.ts';
import { declarationsOf } from './declarations.ts';
import { isLocal } from './find.ts';
import { folderFiles, inFolder, readSyntax, reasonOf, type FolderFiles } from './folder.ts';
import { readManifest } from './manifest.ts';
import { attributeOf } from './meta.ts';
import { positionsOf } from './positions.ts';

export { findTemplates } from './find.ts';

export interface LoadOptions {
  /** Whether files of OpenTofu (`.tofu`) count and stand for the `.tf` file of the same name; yes unless it is false. */
  readonly tofu?: boolean | undefined;
}

/**
 * Reads a template folder with all modules that are on disk. Nothing that the files say or the file system answers makes it throw:
 * what could not be read is among the problems.
 */
export async function loadConfiguration(dir: string, parser: SyntaxParser, options: LoadOptions = {}): Promise<Configuration> {
  const root = resolve(dir);
  const loader = new Loader(root, parser, options.tofu ?? true, await readManifest(root));
  const module = await loader.root();
  return {
    dir: root,
    root: module,
    variableValues: await loader.variableValues(),
    problems: loader.problems,
    content: fileContent(root, parser),
  };
}

const EMPTY: FolderFiles = { primary: [], overrides: [], variables: [] };

class Loader {
  readonly problems: SyntaxProblem[] = [];
  /** By real path. */
  private readonly modules = new Map<string, ModuleSource>();
  /** Real paths of the folders that are being read, from the root to the current one. */
  private readonly open = new Set<string>();
  private readonly dir: string;
  private readonly parser: SyntaxParser;
  private readonly tofu: boolean;
  private readonly manifest: ReadonlyMap<string, string>;

  constructor(dir: string, parser: SyntaxParser, tofu: boolean, manifest: ReadonlyMap<string, string>) {
    this.dir = dir;
    this.parser = parser;
    this.tofu = tofu;
    this.manifest = manifest;
  }

  async root(): Promise<ModuleSource> {
    const place = positionsOf('.', '').range(0, 0);
    const module = await this.folder(this.dir, '', place);
    if (module?.files.length === 0)
      this.problems.push({ message: 'there is no configuration file in this folder', range: place });
    return module ?? { dir: '', files: [], ...declarationsOf([], [], []) };
  }

  async variableValues(): Promise<ReadonlyMap<string, Expr>> {
    const { variables } = await folderFiles(this.dir, this.tofu).catch(() => EMPTY);
    const values = new Map<string, Expr>();
    for (const path of inFolder(this.dir, variables)) {
      const file = await this.file(path);
      for (const { name, expr } of file.body.attributes) values.set(name, expr);
      for (const { type, headRange } of file.body.blocks) {
        this.problems.push({ message: `a variables file has no blocks; ${type} is one`, range: headRange });
      }
    }
    return values;
  }

  /** The module in a folder; undefined, and reported, when the folder cannot be read. `key` is its place in the module tree. */
  private async folder(dir: string, key: string, caller: Range): Promise<ModuleSource | undefined> {
    try {
      const real = await realpath(dir);
      // A circle: the engine would go on without end.
      if (this.open.has(real)) return undefined;
      const known = this.modules.get(real);
      if (known !== undefined) return known;
      const names = await folderFiles(dir, this.tofu);
      this.open.add(real);
      const module = await this.module(dir, key, names);
      this.open.delete(real);
      this.modules.set(real, module);
      return module;
    } catch (error) {
      const name = relativePath(this.dir, dir) || 'this folder';
      this.problems.push({ message: `${name} cannot be read: ${reasonOf(error)}`, range: caller });
      return undefined;
    }
  }

  private async module(dir: string, key: string, names: FolderFiles): Promise<ModuleSource> {
    const primary: ParsedFile[] = [];
    const overrides: ParsedFile[] = [];
    for (const path of inFolder(dir, names.primary)) primary.push(await this.file(path));
    for (const path of inFolder(dir, names.overrides)) overrides.push(await this.file(path));
    const declarations = declarationsOf(primary, overrides, this.problems);
    const calls = new Map<string, ModuleCall>();
    for (const [name, call] of declarations.calls) {
      calls.set(name, { ...call, module: await this.called(dir, key === '' ? name : `${key}.${name}`, call) });
    }
    const { locals, variables, outputs, managed, data, providers, moved, requiredProviders } = declarations;
    const files = [...primary, ...overrides];
    return {
      dir: relativePath(this.dir, dir),
      files,
      locals,
      variables,
      outputs,
      managed,
      data,
      calls,
      providers,
      moved,
      requiredProviders,
    };
  }

  /** A local module by its path, another one by the list of downloaded ones. */
  private called(dir: string, key: string, { source, block }: ModuleCall): Promise<ModuleSource | undefined> {
    const place = attributeOf(block.body, 'source')?.range ?? block.headRange;
    if (source !== undefined && isLocal(source)) return this.folder(join(dir, source), key, place);
    const downloaded = this.manifest.get(key);
    return downloaded === undefined ? Promise.resolve(undefined) : this.folder(resolve(this.dir, downloaded), key, place);
  }

  private async file(path: string): Promise<ParsedFile> {
    const file = await readSyntax(this.dir, path, this.parser);
    this.problems.push(...file.problems);
    return file;
  }
}
