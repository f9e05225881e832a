import { readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Block, ParsedFile, SyntaxParser } from './ast.ts';
import { folderFiles, inFolder, readSyntax } from './folder.ts';
import { attributeOf } from './meta.ts';
import { createSyntaxParser } from './parser.ts';

/**
 * Template folders below `root`, absolute and sorted: those with a `coder_agent` or a `coder_workspace_preset` of their own, without
 * those that another one of them calls as a module. Hidden folders, node_modules and links to folders are not entered.
 */
export async function findTemplates(root: string): Promise<string[]> {
  const finder = new Finder(await createSyntaxParser());
  const found: string[] = [];
  for (const dir of await foldersBelow(resolve(root))) if (await finder.isTemplate(dir)) found.push(dir);
  const children = new Set<string>();
  for (const dir of found) {
    const real = await realpath(dir);
    // Templates that call each other in a circle: the first one stands for all.
    if (!children.has(real)) for (const child of await finder.reachable(dir)) if (child !== real) children.add(child);
  }
  const templates: string[] = [];
  for (const dir of found) if (!children.has(await realpath(dir))) templates.push(dir);
  return templates;
}

async function foldersBelow(root: string): Promise<readonly string[]> {
  const folders: string[] = [];
  const open = [root];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    folders.push(dir);
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') open.push(join(dir, entry.name));
    }
  }
  return folders.sort();
}

class Finder {
  private readonly parser: SyntaxParser;
  private readonly parsed = new Map<string, readonly ParsedFile[]>();

  constructor(parser: SyntaxParser) {
    this.parser = parser;
  }

  async isTemplate(dir: string): Promise<boolean> {
    const files = await this.files(dir);
    return files.some(({ body }) => body.blocks.some(marksTemplate));
  }

  /** Real paths of the folders that this one calls as local modules, directly or not. */
  async reachable(dir: string): Promise<ReadonlySet<string>> {
    const reached = new Set<string>();
    const open = [dir];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const { body } of await this.files(at)) {
        for (const source of body.blocks.flatMap(localSource)) {
          const called = await realpath(join(at, source)).catch(() => undefined);
          if (called === undefined || reached.has(called)) continue;
          reached.add(called);
          open.push(called);
        }
      }
    }
    return reached;
  }

  private async files(dir: string): Promise<readonly ParsedFile[]> {
    const known = this.parsed.get(dir);
    if (known !== undefined) return known;
    const names = await folderFiles(dir, true).catch(() => ({ primary: [], overrides: [] }));
    const files: ParsedFile[] = [];
    for (const path of inFolder(dir, [...names.primary, ...names.overrides]))
      files.push(await readSyntax(dir, path, this.parser));
    this.parsed.set(dir, files);
    return files;
  }
}

const marksTemplate = ({ type, labels }: Block): boolean =>
  (type === 'resource' && labels[0] === 'coder_agent') || (type === 'data' && labels[0] === 'coder_workspace_preset');

function localSource(block: Block): readonly string[] {
  const source = block.type === 'module' ? attributeOf(block.body, 'source')?.expr : undefined;
  return source?.kind === 'literal' && typeof source.value === 'string' && isLocal(source.value) ? [source.value] : [];
}

/** Whether a module source is a folder relative to the caller's. */
export const isLocal = (source: string): boolean => /^\.\.?\//.test(source);
