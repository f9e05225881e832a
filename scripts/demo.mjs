#!/usr/bin/env node
// The main job on a real template: gets an engine and the coder provider if they are missing, pushes fixtures/templates/process,
// fills a pool of two, builds one workspace cold and claims one from the pool, compares them, refills, cleans up.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEngine } from './engine.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'bin', 'prebuilds.js');
const out = (text = '') => process.stdout.write(`${text}\n`);
const seconds = (ms) => (ms === undefined ? '' : (ms / 1000).toFixed(2));

if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) {
  const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (built.status !== 0) process.exit(1);
}
const { engine, cliConfig } = await ensureEngine({ providers: ['coder'] });
const folder = mkdtempSync(join(tmpdir(), 'prebuilds-demo-'));
const env = {
  ...process.env,
  PREBUILDS_HOME: join(folder, 'home'),
  PREBUILDS_ENGINE: engine,
  PREBUILDS_OWNER: process.env.PREBUILDS_OWNER ?? 'you',
  ...(cliConfig === null ? {} : { TF_CLI_CONFIG_FILE: cliConfig }),
};

/** Runs the tool the way a person does; its stderr (progress) goes to the terminal. Returns its stdout. */
function prebuilds(args, { quiet = false } = {}) {
  if (!quiet) out(`\n$ prebuilds ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    child.stderr?.resume();
    child.once('error', reject);
    child.once('exit', (code) => {
      if (!quiet && !args.includes('--json')) process.stdout.write(text);
      if (code === 0) resolve(text);
      else reject(new Error(`prebuilds ${args.join(' ')} exited ${String(code)}`));
    });
  });
}
const json = async (...args) => JSON.parse(await prebuilds([...args, '--json'], { quiet: true }));

/** The process that is the machine: its pid is an output of the template, in a file beside it. */
function pidOf(id) {
  const state = JSON.parse(readFileSync(join(env.PREBUILDS_HOME, 'workspaces', id, 'work', 'terraform.tfstate'), 'utf8'));
  const file = state.outputs.pid_file?.value;
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : 'none';
}

async function timed(args) {
  const startedAt = performance.now();
  const answer = JSON.parse(await prebuilds([...args, '--json']));
  return { answer, ms: performance.now() - startedAt };
}

async function main() {
  out(`engine: ${engine}`);
  await prebuilds(['template', 'push', join(root, 'fixtures', 'templates', 'process'), '--name', 'process']);
  await prebuilds(['reconcile']);
  const before = new Map();
  for (const view of await json('list', '--search', 'owner:prebuilds')) before.set(view.id, pidOf(view.id));

  const cold = await timed(['create', 'process', '--name', 'cold', '--no-pool']);
  const warm = await timed(['claim', 'process', '--name', 'warm']);
  const id = warm.answer.workspace.id;
  const names = [...new Set([...Object.keys(cold.answer.phasesMs), ...Object.keys(warm.answer.phasesMs)])];
  out(`\n${'seconds'.padEnd(24)}${'cold build'.padStart(12)}${'claim'.padStart(12)}`);
  for (const name of names) {
    out(
      `  ${name.padEnd(22)}${seconds(cold.answer.phasesMs[name]).padStart(12)}${seconds(warm.answer.phasesMs[name]).padStart(12)}`,
    );
  }
  out(`${'whole command'.padEnd(24)}${seconds(cold.ms).padStart(12)}${seconds(warm.ms).padStart(12)}`);
  out(`${'served'.padEnd(24)}${cold.answer.servedAs.padStart(12)}${warm.answer.servedAs.padStart(12)}`);
  const pid = pidOf(id);
  out(`\nmachine of the claimed workspace: process ${before.get(id) ?? 'none'} before, process ${pid} after`);
  if (warm.answer.servedAs !== 'warm' || before.get(id) !== pid || pid === 'none')
    throw new Error('the claim did not keep the running machine');

  await prebuilds(['reconcile']);
  await prebuilds(['status']);
}

async function cleanUp() {
  for (const view of await json('list').catch(() => [])) {
    await prebuilds(['delete', view.name, '--force'], { quiet: true }).catch((error) => {
      process.stderr.write(`${error.message}\n`);
    });
  }
  rmSync(folder, { recursive: true, force: true });
  out('\ncleaned up');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
