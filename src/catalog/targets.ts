import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { isInside, isConfigFile } from '../template/source.ts';
import type { HclParser } from '../template/hcl.ts';
import { readModuleFolder, type FolderReading } from '../template/reading.ts';

/** One entry of the engine's list of installed modules. */
export interface InstalledModule {
  /** Calls from the root, dotted; '' = the template. */
  readonly key: string;
  readonly source: string;
  readonly version: string;
  readonly dir: string;
}

const modulesFile = z.object({
  Modules: z.array(
    z.object({ Key: z.string(), Source: z.string().default(''), Version: z.string().default(''), Dir: z.string() }),
  ),
});

/** Reads `modules/modules.json` of a data folder; a template without modules has none. */
export async function installedModules(data: string): Promise<readonly InstalledModule[]> {
  const text = await readFile(join(data, 'modules', 'modules.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const parsed = modulesFile.safeParse(JSON.parse(text));
  if (!parsed.success) return [];
  return parsed.data.Modules.map((one) => ({ key: one.Key, source: one.Source, version: one.Version, dir: one.Dir }));
}

/**
 * Addresses that tell presets, parameters and agents without the other providers, so that push needs no credentials (engine.md 1).
 * A module that is repeated is named as a whole, since an address inside it matches no instance.
 */
export async function coderTargets(version: VersionFolders, root: FolderReading, parser: HclParser): Promise<readonly string[]> {
  const readings = await readModules(version, root, parser);
  const targets = new Set<string>();
  for (const [key, reading] of readings) {
    const path = modulePath(key, readings);
    for (const block of reading.resources.filter(isTarget)) {
      const address = `${block.mode === 'data' ? 'data.' : ''}${block.type}.${block.name}`;
      targets.add(path.repeated ? path.text : [path.text, address].filter((part) => part !== '').join('.'));
    }
  }
  // Without any target the engine would plan everything; this one costs nothing, and need not exist.
  return targets.size === 0 ? ['data.coder_workspace.me'] : [...targets].sort();
}

interface VersionFolders {
  readonly source: string;
  readonly data: string;
}

async function readModules(
  version: VersionFolders,
  root: FolderReading,
  parser: HclParser,
): Promise<ReadonlyMap<string, FolderReading>> {
  const readings = new Map<string, FolderReading>([['', root]]);
  for (const module of await installedModules(version.data)) {
    if (module.key === '') continue;
    const dir = isAbsolute(module.dir) ? module.dir : resolve(version.source, module.dir);
    if (!isInside(version.source, dir) && !isInside(version.data, dir)) continue;
    readings.set(module.key, await readModuleFolder(await configFiles(dir), parser));
  }
  return readings;
}

const isTarget = (block: { mode: string; type: string }): boolean =>
  block.mode === 'data'
    ? block.type === 'coder_workspace_preset' || block.type === 'coder_parameter'
    : block.type === 'coder_agent';

function modulePath(key: string, readings: ReadonlyMap<string, FolderReading>): { text: string; repeated: boolean } {
  if (key === '') return { text: '', repeated: false };
  const names = key.split('.');
  const path: string[] = [];
  for (const [index, name] of names.entries()) {
    const caller = readings.get(names.slice(0, index).join('.'));
    path.push(`module.${name}`);
    if (caller?.modules.find((call) => call.name === name)?.repeated === true) return { text: path.join('.'), repeated: true };
  }
  return { text: path.join('.'), repeated: false };
}

async function configFiles(dir: string): Promise<readonly { path: string; text: string }[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => isConfigFile(name, true)).sort();
  return Promise.all(names.map(async (name) => ({ path: name, text: await readFile(join(dir, name), 'utf8') })));
}
