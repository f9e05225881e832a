#!/usr/bin/env node
// Bundles src/cli/main.ts into dist/: one small entry and one lazily loaded chunk per command; and the web page into dist/web/.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildWeb } from './build-web.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Packages that stay in node_modules: a native addon, and parsers that read their WebAssembly files from their own folders. */
const EXTERNAL = ['better-sqlite3', '@cdktf/hcl2json', 'web-tree-sitter', '@tree-sitter-grammars/tree-sitter-hcl'];

/** Some bundled packages are CommonJS and require node builtins; an ES module has no `require` of its own. */
const REQUIRE =
  "import { createRequire as prebuildsRequire } from 'node:module';\nconst require = prebuildsRequire(import.meta.url);";

/** The old build stays in place until the new one is complete, and when there is none. */
export async function buildDist() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dist = join(root, 'dist');
  const outdir = join(root, `dist-${process.pid}`);
  try {
    await bundle(outdir, version);
    await buildWeb(root, join(outdir, 'web'));
    rmSync(dist, { recursive: true, force: true });
    renameSync(outdir, dist);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** zod brings its messages in fifty languages; English alone halves what every start has to read. */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup(bundler) {
    bundler.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]zod[\\/]/.test(importer) ? { path, namespace: 'empty' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export {};' }));
  },
};

async function bundle(outdir, version) {
  await build({
    absWorkingDir: root,
    entryPoints: { 'cli/main': 'src/cli/main.ts' },
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: EXTERNAL,
    // `import text from './file.sh?raw'`, as in tests.
    loader: { '.sh': 'text' },
    // jsonc-parser's CommonJS form requires its parts in a way that cannot be bundled.
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: false,
    legalComments: 'none',
    banner: { js: REQUIRE },
    define: { PREBUILDS_VERSION: JSON.stringify(version) },
    plugins: [ENGLISH_ONLY],
    logLevel: 'warning',
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildDist().catch(() => {
    // esbuild has printed what is wrong.
    process.exitCode = 1;
  });
}
