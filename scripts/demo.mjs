#!/usr/bin/env node
// The main job on a real template: gets an engine and the coder provider if they are missing, pushes fixtures/templates/process,
// fills a pool of two whose machines run the agent, claims one workspace from the pool and builds one cold, compares them, shows that the
// start script ran again for its new owner in the same machine, refills, cleans up.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureEngine } from './engine.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'bin', 'prebuilds.js');
const out = (text = '') => process.stdout.write(`${text}\n`);
const seconds = (ms) => (ms === undefined ? '' : (ms / 1000).toFixed(2));

if (!existsSync(join(root, 'dist', 'cli', 'main.cjs'))) {
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
/** The process that stays: it fills the pools and hears the agents. Returns what ends it. */
function keepReconciling() {
  const args = ['reconcile', '--watch', '--interval', '1s'];
  out(`\n$ prebuilds ${args.join(' ')} &`);
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

/** Waits until the pool is full. */
async function untilFull() {
  const until = Date.now() + 120_000;
  for (;;) {
    const [{ eligible, desired }] = (await json('status')).pools;
    if (eligible >= desired) return;
    if (Date.now() > until) throw new Error('the pool did not fill up');
    await pause(200);
  }
}

const json = async (...args) => JSON.parse(await prebuilds([...args, '--json'], { quiet: true }));

/** Agents of another home on this computer must not be disturbed: the demo hears its own on a port that nobody has. */
async function giveOwnAddress() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  mkdirSync(env.PREBUILDS_HOME, { mode: 0o700 });
  writeFileSync(join(env.PREBUILDS_HOME, 'config.yaml'), `access_url: http://127.0.0.1:${port}\njobs: 3\n`, { mode: 0o600 });
}

/** A file of the machine: an output of the template says where its folder is. */
function fileOf(id, name) {
  const state = JSON.parse(readFileSync(join(env.PREBUILDS_HOME, 'workspaces', id, 'work', 'terraform.tfstate'), 'utf8'));
  const pidFile = state.outputs.pid_file?.value;
  const file = pidFile === undefined ? undefined : join(dirname(pidFile), name);
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/** The processes that are the machine and its agent. */
const pidsOf = (id) => `process ${fileOf(id, 'pid')}, agent ${fileOf(id, 'agent.pid')}`;

const clock = (iso) => iso.slice(11, 23);

/** Says of every prebuild when its start script ended, and since when it may be claimed; the first may not come after the second. */
async function sayReady() {
  out('\na prebuild may be claimed when its start script has ended:');
  for (const { name } of await json('list', '--search', 'owner:prebuilds')) {
    const { readyAt, agents } = await json('show', name);
    const [{ lifecycle, lifecycleAt, scripts }] = agents;
    const [{ exit, seconds: took }] = scripts;
    out(
      `  ${name.split('/')[1]}: script took ${took} s, exit ${exit}; ${lifecycle} at ${clock(lifecycleAt)}, eligible at ${clock(readyAt)}`,
    );
    if (lifecycle !== 'ready' || exit !== 0 || readyAt < lifecycleAt) throw new Error('a prebuild was eligible too early');
  }
}

async function timed(args) {
  const startedAt = performance.now();
  const answer = JSON.parse(await prebuilds([...args, '--json']));
  return { answer, ms: performance.now() - startedAt };
}

let endReconciling;

async function main() {
  out(`engine: ${engine}`);
  await giveOwnAddress();
  await prebuilds(['template', 'push', join(root, 'fixtures', 'templates', 'process'), '--name', 'process']);
  endReconciling = keepReconciling();
  await untilFull();
  await sayReady();
  const before = new Map();
  for (const view of await json('list', '--search', 'owner:prebuilds')) before.set(view.id, pidsOf(view.id));

  const warm = await timed(['claim', 'process', '--name', 'warm']);
  const cold = await timed(['create', 'process', '--name', 'cold', '--no-pool']);
  const id = warm.answer.workspace.id;
  const names = [...new Set([...Object.keys(warm.answer.phasesMs), ...Object.keys(cold.answer.phasesMs)])];
  out(`\n${'seconds'.padEnd(24)}${'cold build'.padStart(12)}${'claim'.padStart(12)}`);
  for (const name of names) {
    out(
      `  ${name.padEnd(22)}${seconds(cold.answer.phasesMs[name]).padStart(12)}${seconds(warm.answer.phasesMs[name]).padStart(12)}`,
    );
  }
  const handed = ({ phasesMs: { total, agents = 0 } }) => seconds(total - agents).padStart(12);
  out(`${'theirs after'.padEnd(24)}${handed(cold.answer)}${handed(warm.answer)}`);
  out(`${'whole command'.padEnd(24)}${seconds(cold.ms).padStart(12)}${seconds(warm.ms).padStart(12)}`);
  out(`${'served'.padEnd(24)}${cold.answer.servedAs.padStart(12)}${warm.answer.servedAs.padStart(12)}`);
  const pids = pidsOf(id);
  out('\nmachine of the claimed workspace:');
  out(`  before the claim: ${before.get(id) ?? 'none'}`);
  out(`  after the claim:  ${pids}`);
  if (warm.answer.servedAs !== 'warm' || before.get(id) !== pids) throw new Error('the claim did not keep the running machine');
  const runs = fileOf(id, 'welcome').split('\n');
  out('its start script ran once for the pool, and once for its new owner:');
  for (const run of runs) out(`  ${run}`);
  if (runs.length !== 2 || !runs[1].startsWith(`${env.PREBUILDS_OWNER} `)) throw new Error('the start script did not run again');
  await prebuilds(['logs', 'warm', '--agent']);

  await untilFull();
  await prebuilds(['status']);
}

async function cleanUp() {
  await endReconciling?.();
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
