import { join } from 'node:path';
import type { SyntaxParser } from '../../template/syntax/ast.ts';

/** Texts that stand for those on disk, by absolute path: what `--fix` would write. */
export type Overlay = ReadonlyMap<string, string>;

/** A parser that reads the texts of the overlay in place of those on disk; paths are joined to `dir`. */
export const withOverlay = (parser: SyntaxParser, dir: string, overlay: Overlay): SyntaxParser => ({
  parseFile: (path, text) => parser.parseFile(path, overlay.get(join(dir, path)) ?? text),
  parseTemplate: (path, text) => parser.parseTemplate(path, text),
});
