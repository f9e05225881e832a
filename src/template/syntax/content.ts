import { readFileSync, statSync } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { relative, resolve, sep } from 'node:path';
import { sha256 } from '../../kit/ids.ts';
import type { SyntaxParser, TemplatePart } from './ast.ts';
import type { FileContent } from './configuration.ts';

/** Larger files are not read: nothing that an expression puts into an attribute is so long. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Files named in expressions, relative to `dir` (absolute). Each is read at most once. */
export function fileContent(dir: string, parser: SyntaxParser): FileContent {
  const bytes = remembered((path) => readBytes(resolve(dir, path)));
  const text = remembered((path) => {
    const data = bytes(path);
    return data !== undefined && isUtf8(data) ? data.toString('utf8') : undefined;
  });
  return {
    text,
    digest: remembered((path) => {
      const data = bytes(path);
      return data === undefined ? undefined : sha256(data);
    }),
    template: remembered((path): readonly TemplatePart[] | undefined => {
      const found = text(path);
      return found === undefined ? undefined : parser.parseTemplate(relativePath(dir, resolve(dir, path)), found).parts;
    }),
  };
}

/** Relative to `dir`, with `/`. */
export const relativePath = (dir: string, path: string): string => relative(dir, path).split(sep).join('/');

/** Undefined for what is no regular file: a pipe or a device would never end. */
function readBytes(path: string): Buffer | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function remembered<T>(compute: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    if (!known.has(path)) known.set(path, compute(path));
    return known.get(path) as T;
  };
}
