import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { killHard, machinesUnder, workersIn } from './processes.ts';

export const TEMPLATE = 'machine';
export const DESIRED = 2;
const COMMAND_LIMIT_MS = 150_000;
const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1'];
const faketime = FAKETIME.find((path) => existsSync(path));
/** Whether the wall clock of the tool can be moved (Debian's libfaketime is there). */
export const CLOCK_MOVES = faketime !== undefined;
/** Whether a home can be a file system of its own, which can be filled. */
export const DISK_FILLS = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

export interface Ended {
  readonly args: readonly string[];
  /** undefined: ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** One home under test with everything that belongs to it, and the real command line against it. */
export interface Home {
  readonly folder: string;
  readonly path: string;
  readonly machines: string;
  readonly owners: string;
  readonly mounted: boolean;
  start(args: readonly string[], options?: { owner?: string; clock?: boolean }): Started;
  run(args: readonly string[], options?: { owner?: string }): Promise<Ended>;
  /** Moves the clock of the commands started with `clock`, also of running ones. */
  setClock(offsetSeconds: number): void;
  database(): Database.Database;
  note(line: string): void;
  /** Ends all that is left and removes it. */
  dispose(): void;
}

/** What a claim does to the outside: it takes a moment, and the outside remembers who was given the machine. */
const HANDOVER = `
variable "owners" { type = string }
resource "terraform_data" "handover" {
  count            = data.coder_workspace_owner.me.name == "prebuilds" ? 0 : data.coder_workspace.me.start_count
  triggers_replace = data.coder_workspace_owner.me.name
  provisioner "local-exec" {
    command     = "sleep 0.7; echo $OWNER >>$FILE"
    environment = { OWNER = data.coder_workspace_owner.me.name, FILE = "\${var.owners}/\${data.coder_workspace.me.id}" }
  }
}
`;

/** Agents have tests of their own. Failures are retried at once and never stop a pool, failed prebuilds are not kept: rest comes without waiting. */
const CONFIG = 'agent_listen: off\njobs: 3\nbackoff:\n  base: 1ms\n  cap: 2ms\nfailures:\n  limit: 1000\n  keep: 0\n';

export async function makeHome(project: string, engine: { path: string }): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-torture-'));
  const [path, machines, owners] = [join(folder, 'home'), join(folder, 'machines'), join(folder, 'owners')];
  for (const one of [path, machines, owners]) mkdirSync(one, { mode: 0o700 });
  const mounted = DISK_FILLS && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m,mode=700', 'tmpfs', path]).status === 0;
  const clockFile = join(folder, 'clock');
  writeFileSync(clockFile, '+0');
  writeFileSync(join(path, 'config.yaml'), CONFIG, { mode: 0o600 });
  const env = { ...process.env, PREBUILDS_HOME: path, PREBUILDS_ENGINE: engine.path, NO_COLOR: '1', CI: 'true' };
  const clockEnv =
    faketime === undefined
      ? {}
      : {
          LD_PRELOAD: faketime,
          FAKETIME_TIMESTAMP_FILE: clockFile,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DISABLE_SHM: '1',
          DONT_FAKE_MONOTONIC: '1',
          NO_FAKE_STAT: '1',
        };
  const start: Home['start'] = (args, options = {}) => {
    const child = spawn(process.execPath, [join(project, 'bin', 'prebuilds.js'), ...args], {
      env: { ...env, PREBUILDS_OWNER: options.owner ?? 'anna', ...(options.clock === true ? clockEnv : {}) },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder,
    });
    return { child, ended: ending(child, args) };
  };
  const home: Home = {
    folder,
    path,
    machines,
    owners,
    mounted,
    start,
    run: (args, options) => start(args, options).ended,
    setClock: (offset) => {
      writeFileSync(clockFile, `${offset < 0 ? '-' : '+'}${Math.abs(offset)}`);
    },
    database: () => new Database(join(path, 'prebuilds.db'), { timeout: 10_000 }),
    note: (line) => {
      appendFileSync(join(folder, 'rounds.log'), `${line}\n`);
    },
    dispose: () => {
      for (const { pid } of workersIn(join(path, 'workspaces'))) killHard(pid);
      for (const found of machinesUnder(machines).values()) found.forEach(killHard);
      if (mounted) spawnSync('umount', ['-l', path]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await pushBoth(home, project);
  return home;
}

/** Two versions that differ in how long a machine takes, so that a promotion makes work. */
async function pushBoth(home: Home, project: string): Promise<void> {
  const source = join(home.folder, 'template');
  cpSync(join(project, 'fixtures', 'templates', 'process'), source, { recursive: true });
  writeFileSync(join(source, 'handover.tf'), HANDOVER);
  for (const seconds of ['0.5', '1.1']) {
    const vars = [`base_folder=${home.machines}`, `owners=${home.owners}`, `start_seconds=${seconds}`, 'run_agent=false'];
    const answer = await home.run([
      ...['template', 'push', source, '--name', TEMPLATE],
      ...vars.flatMap((one) => ['--var', one]),
    ]);
    if (answer.code !== 0) throw new Error(`the template could not be pushed: ${answer.stderr}`);
  }
}

function ending(child: ChildProcess, args: readonly string[]): Promise<Ended> {
  let [stdout, stderr, timedOut] = ['', '', false];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, COMMAND_LIMIT_MS);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(limit);
      // Descriptors inherited by others must not keep the harness waiting: what was printed until the end counts.
      setImmediate(() => {
        resolve({ args, code: code ?? undefined, stdout, stderr, timedOut });
      });
    });
  });
}

/** Text of a file, empty when there is none. */
export const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
