#!/usr/bin/env node
// Kills the tool, its engine, providers and wrappers at random points, fills its disk, locks its store and moves its clock, and looks
// after each round whether anything was lost, leaked or given away twice. See docs/reliability.md.
//
//   npm run torture -- [--count 200] [--seed S] [--engine terraform|tofu] [--parallel 2] [--home N]
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildCli, engineEnvironment, installPackages } from './prepare.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const at = given.indexOf('--engine');
const wanted = at < 0 ? 'any' : given[at + 1];
const rest = at < 0 ? given : given.filter((_, index) => index !== at && index !== at + 1);
installPackages();
buildCli();
// Inside node_modules, so that the packages which stay outside of the bundle are found.
const folder = mkdtempSync(join(root, 'node_modules', '.torture-'));
try {
  const env = await engineEnvironment({ engine: wanted, providers: ['coder'] });
  Object.assign(process.env, env);
  if (env.TF_CLI_CONFIG_FILE === '') delete process.env.TF_CLI_CONFIG_FILE;
  const outfile = join(folder, 'main.mjs');
  const entryPoints = [join(root, 'test', 'e2e', 'torture', 'main.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'warning' });
  const { main } = await import(pathToFileURL(outfile).href);
  const failed = await main(root, { path: env.PREBUILDS_ENGINE, kind: env.PREBUILDS_TEST_ENGINE }, rest);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`torture: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
