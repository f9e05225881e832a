#!/usr/bin/env node
// Bundles src/cli/main.ts into dist/: one small entry and one lazily loaded chunk per command; and the web page into dist/web/.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { buildWeb } from './build-web.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Packages that stay in node_modules: a native addon, and parsers that read their WebAssembly files from their own folders. */
const EXTERNAL = ['better-sqlite3', '@cdktf/hcl2json', 'web-tree-sitter', '@tree-sitter-grammars/tree-sitter-hcl'];

/** The old build stays in place until the new one is complete, and when there is none. */
export async function buildDist() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const dist = join(ROOT, 'dist');
  const outdir = join(ROOT, `dist-${process.pid}`);
  try {
    await bundle(outdir, version);
    await buildWeb(ROOT, join(outdir, 'web'));
    rmSync(dist, { recursive: true, force: true });
    renameSync(outdir, dist);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** zod brings its messages in fifty languages; English alone halves what every start has to read. */
const ENGLISH_ONLY = {
  name: 'english-only',
  resolveId: (source, importer) =>
    /\/locales\/index\.js$/.test(source) && /[\\/]node_modules[\\/]zod[\\/]/.test(importer ?? '') ? '\0no-locales' : undefined,
  load: (id) => (id === '\0no-locales' ? 'export {};' : undefined),
};

const SMALL = '?small';
/**
 * The store's checks are in the small form of zod, which needs a seventh of what the other forms share: it gets a copy of its own, so that
 * no start loads what it does not need.
 */
const SMALL_ZOD = {
  name: 'small-zod',
  async resolveId(source, importer, options) {
    const isInside = importer?.endsWith(SMALL) === true;
    if (source !== 'zod/mini' && !isInside) return undefined;
    const from = isInside ? importer.slice(0, -SMALL.length) : importer;
    const found = await this.resolve(source, from, { ...options, skipSelf: true });
    return found === null || found.id.startsWith('\0') ? found : { ...found, id: found.id + SMALL };
  },
  load: (id) => (id.endsWith(SMALL) ? readFileSync(id.slice(0, -SMALL.length), 'utf8') : undefined),
};

const RAW = '?raw';
/** `import text from './file.sh?raw'`, as in tests. */
const RAW_TEXT = {
  name: 'raw-text',
  resolveId: (source, importer) => (source.endsWith(RAW) && importer !== undefined ? join(dirname(importer), source) : undefined),
  load: (id) =>
    id.endsWith(RAW) ? `export default ${JSON.stringify(readFileSync(id.slice(0, -RAW.length), 'utf8'))};` : undefined,
};

/**
 * What is always loaded together is one file: finding, reading and linking sixty small ones costs a claim more than their code. Each
 * file has all that its root imports, less what those before it have; so a command from elsewhere loads no store.
 */
const TOGETHER = [
  [null, 'src/cli/main.ts'],
  ['shell', 'src/cli/start.ts'],
  ['remote', 'src/app/remote/connect.ts'],
  ['host', 'src/app/create-app.ts'],
];

/** Notes the file of `TOGETHER` that each module belongs to, when all imports are known. */
const sortedInto = (fileOf) => ({
  name: 'sorted',
  buildEnd() {
    for (const [file, root] of TOGETHER) {
      const queue = [join(ROOT, root)];
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        if (fileOf.has(id)) continue;
        fileOf.set(id, file);
        queue.push(...(this.getModuleInfo(id)?.importedIds ?? []));
      }
    }
  },
});

async function bundle(outdir, version) {
  const fileOf = new Map();
  const bundled = await rolldown({
    cwd: ROOT,
    input: { 'cli/main': 'src/cli/main.ts' },
    platform: 'node',
    external: EXTERNAL,
    preserveEntrySignatures: 'allow-extension',
    // jsonc-parser's CommonJS form requires its parts in a way that cannot be bundled.
    resolve: { mainFields: ['module', 'main'] },
    transform: { target: 'node20.19', define: { PREBUILDS_VERSION: JSON.stringify(version) } },
    plugins: [SMALL_ZOD, ENGLISH_ONLY, RAW_TEXT, sortedInto(fileOf)],
    // Some modules are lazy for a command that loads little, and at hand in one that needs them anyway.
    checks: { ineffectiveDynamicImport: false },
  });
  await bundled.write({
    dir: outdir,
    // Node 20 loads it faster than modules, and lets its compiled form be kept (src/cli/code-cache.ts).
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    comments: false,
    codeSplitting: {
      groups: [{ name: (id) => fileOf.get(id) ?? null, debugName: 'together' }],
      includeDependenciesRecursively: false,
    },
  });
  await bundled.close();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildDist();
}
