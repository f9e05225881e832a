// What the test commands need before they start: packages, the built CLI, an engine with its providers.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEngine } from './engine.mjs';
import { ensureShells } from './shells.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function must(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed with ${done.status ?? done.signal}`);
}

/** Installs the packages of the lock file unless they are there (better-sqlite3 is compiled, which takes minutes). */
export function installPackages() {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) must('npm', ['ci']);
}

/** The agent is tested in every shell with every client that it may meet. */
export function requireShells() {
  const missing = ensureShells();
  if (missing.length > 0) throw new Error(`the tests of the agent need ${missing.join(', ')}; install them`);
}

export function buildCli() {
  must(process.execPath, [join(root, 'scripts', 'build.mjs')]);
}

/** Environment for the suites that run a real engine. `cliConfig` null = the public registry answers. */
export async function engineEnvironment(options) {
  const { engine, kind, cliConfig } = await ensureEngine(options);
  process.stderr.write(`engine: ${kind} at ${engine}\n`);
  return {
    PREBUILDS_ENGINE: engine,
    PREBUILDS_TEST_ENGINE: kind,
    PREBUILDS_TEST_READY: '1',
    TF_CLI_CONFIG_FILE: cliConfig ?? '',
  };
}
