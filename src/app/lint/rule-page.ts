import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Text of a page of the documentation by its path from the root of the package; undefined when the package came without it. */
export function readPage(page: string): string | undefined {
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
  const path = root === undefined ? undefined : join(root, page);
  return path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The nearest folder above with a package.json: the same one for the sources and for the bundle. */
function packageRoot(dir: string): string | undefined {
  if (existsSync(join(dir, 'package.json'))) return dir;
  const above = dirname(dir);
  return above === dir ? undefined : packageRoot(above);
}
