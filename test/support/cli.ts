import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BIN = join(PROJECT, 'bin', 'prebuilds.js');

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Agents of the tests' templates do not run, so nothing of the tests listens for them; a test of agents says `agent_listen` itself.
 */
const DEAF = 'agent_listen: off\n';

/** One home folder of its own, and the real command line run against it as real processes. */
export interface Sandbox {
  readonly home: string;
  readonly folder: string;
  /** Runs the tool to its end. */
  run(...args: readonly string[]): Promise<Answer>;
  /** Runs it, fails the test unless it exits 0, and reads its `--json` answer. */
  json(...args: readonly string[]): Promise<unknown>;
  ok(...args: readonly string[]): Promise<string>;
  start(...args: readonly string[]): ChildProcess;
  /** Runs it with a reader that has left before it says anything, as in `prebuilds reconcile | true`; resolves with its exit code. */
  unread(...args: readonly string[]): Promise<number | null>;
  /** Writes the configuration; agents are heard only where it says `agent_listen`, or with `hears`. */
  config(yaml: string, hears?: boolean): void;
  /** A template folder with one main.tf. */
  template(name: string, main: string): string;
  log(): string;
  /** Removes everything; real processes of the templates are ended by deleting the workspaces first. */
  dispose(): Promise<void>;
}

/** Environment of the real engine: given by test/support/global-engine.ts. */
export function makeSandbox(extra: Readonly<Record<string, string>> = {}): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-e2e-'));
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const env = { ...process.env, PREBUILDS_HOME: home, PREBUILDS_OWNER: 'anna', NO_COLOR: '1', CI: 'true', ...extra };
  const run = async (...args: readonly string[]): Promise<Answer> => {
    const done = await execa(process.execPath, [BIN, ...args], {
      env,
      reject: false,
      stdin: 'ignore',
      timeout: 240_000,
      cwd: folder,
    });
    return { code: done.exitCode ?? -1, stdout: done.stdout, stderr: done.stderr };
  };
  const ok = async (...args: readonly string[]): Promise<string> => {
    const answer = await run(...args);
    if (answer.code !== 0)
      throw new Error(`prebuilds ${args.join(' ')} exited ${String(answer.code)}\n${answer.stderr}\n${answer.stdout}`);
    return answer.stdout;
  };
  const config = (yaml: string, hears = /^agent_listen:/m.test(yaml)): void => {
    const all = hears ? yaml : `${yaml}${DEAF}`;
    writeFileSync(join(home, 'config.yaml'), all, { mode: 0o600 });
  };
  config('');
  return {
    home,
    folder,
    run,
    ok,
    json: async (...args) => JSON.parse(await ok(...args, '--json')) as unknown,
    start: (...args) => spawn(process.execPath, [BIN, ...args], { env, stdio: 'ignore', cwd: folder }),
    unread: async (...args) => {
      const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
      child.stdout.destroy();
      child.stderr.destroy();
      return exited(child);
    },
    config,
    template: (name, main) => {
      const dir = join(folder, 'templates', name);
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, 'main.tf'), main);
      return dir;
    },
    log: () => {
      const file = join(home, 'logs', 'prebuilds.log');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    },
    dispose: async () => {
      for (const name of await names(run)) await run('delete', name, '--force');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function names(run: Sandbox['run']): Promise<readonly string[]> {
  const { stdout } = await run('list', '--json');
  const rows = JSON.parse(stdout === '' ? '[]' : stdout) as { name: string }[];
  return rows.map((row) => row.name);
}

/** Waits (by looking, not by a fixed time) until `check` gives something. */
export async function until<T>(what: string, check: () => T | undefined | Promise<T | undefined>, withinMs = 60_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited ${String(withinMs)} ms in vain for ${what}`);
    await pause(50);
  }
}

/** Kills a process the hard way and waits for its end. */
export async function killHard(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

export const exited = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
