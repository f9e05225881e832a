// Bundles src/web/ into a folder of static files: index.html, and assets/ whose names carry a hash of their content.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { build } from 'esbuild';

/** Browsers of the last three years: what the style sheet needs (light-dark, nesting of colours) is no older. */
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5'];

/** Writes the page into `outdir`, which is made. */
export async function buildWeb(root, outdir) {
  const from = join(root, 'src', 'web');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(from, 'main.tsx'), style: join(from, 'style.css') },
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: BROWSERS,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: join(from, 'tsconfig.json'),
    minify: true,
    sourcemap: false,
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  mkdirSync(join(outdir, 'assets'), { recursive: true });
  const names = {};
  for (const { path, contents } of [...outputFiles, { path: 'icon.svg', contents: readFileSync(join(from, 'icon.svg')) }]) {
    const extension = extname(path);
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12);
    const name = `${basename(path, extension)}-${hash}${extension}`;
    writeFileSync(join(outdir, 'assets', name), contents);
    names[basename(path)] = `assets/${name}`;
  }
  const html = readFileSync(join(from, 'index.html'), 'utf8').replaceAll(/%([\w.]+)%/g, (_, name) => names[name]);
  writeFileSync(join(outdir, 'index.html'), html);
}
