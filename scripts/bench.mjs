#!/usr/bin/env node
// The figures of docs/performance.md, as ratios inside one run: npm run bench -- claim [docker]|start|create|lint|reconcile|serve|load [--rounds N]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [name = 'start', ...rest] = process.argv.slice(2);
const file = join(root, 'bench', `${name}.mjs`);
if (!existsSync(file)) {
  process.stderr.write(`bench: there is no benchmark "${name}"; known: start, claim, create, lint, reconcile, serve, load\n`);
  process.exit(2);
}
if (!existsSync(join(root, 'dist', 'cli', 'main.cjs')))
  spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
process.exit(spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' }).status ?? 1);
