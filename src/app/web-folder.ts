import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the built page is: beside the chunks of the build, else in the build beside the sources. */
export function webFolder(): string {
  const built = fileURLToPath(new URL('../web', import.meta.url));
  return existsSync(`${built}/assets`) ? built : fileURLToPath(new URL('../../dist/web', import.meta.url));
}
