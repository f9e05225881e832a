import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../hcl.ts';

/**
 * Downloaded modules by their place in the module tree (`a.b`), with their folder relative to the template: what `init` wrote to
 * .terraform/modules/modules.json. Empty when there is none or it cannot be read.
 */
export async function readManifest(dir: string): Promise<ReadonlyMap<string, string>> {
  try {
    const text = await readFile(join(dir, '.terraform', 'modules', 'modules.json'), 'utf8');
    const manifest: unknown = JSON.parse(text);
    const modules = isObject(manifest) && Array.isArray(manifest['Modules']) ? (manifest['Modules'] as unknown[]) : [];
    return new Map(
      modules
        .filter(isObject)
        .flatMap(({ Key, Dir }) => (typeof Key === 'string' && typeof Dir === 'string' ? [[Key, Dir]] : [])),
    );
  } catch {
    return new Map();
  }
}
