#!/usr/bin/env node
// Holds the linter against the real engine with random templates, and records what the engine says of the hand-made ones.
//
//   npm run test:lint-truth -- [terraform|tofu] [--count 300] [--seed S]
//   npm run test:lint-truth -- [terraform|tofu] --record [--only TEXT]
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { engineEnvironment, installPackages } from './prepare.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const named = given[0] === 'terraform' || given[0] === 'tofu';
installPackages();
// Inside node_modules, so that the packages which stay outside of the bundle are found.
const folder = mkdtempSync(join(root, 'node_modules', '.lint-truth-'));
try {
  const env = await engineEnvironment({ engine: named ? given[0] : 'any', providers: ['coder', 'local', 'time'] });
  Object.assign(process.env, env);
  const outfile = join(folder, 'main.mjs');
  const entryPoints = [join(root, 'test', 'lint-truth', 'main.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'warning' });
  const engine = { path: env.PREBUILDS_ENGINE, kind: env.PREBUILDS_TEST_ENGINE };
  const { main } = await import(pathToFileURL(outfile).href);
  process.exitCode = (await main(root, engine, named ? given.slice(1) : given)) === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`lint-truth: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
