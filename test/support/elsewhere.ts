import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PROJECT, type Answer } from './cli.ts';

/** A machine that has the tool and nothing else: no home, no engine, no configuration; it asks a server. */
export interface Elsewhere {
  run(...args: readonly string[]): Promise<Answer>;
  /** Fails the test unless it exits 0, and reads its `--json` answer. */
  json(...args: readonly string[]): Promise<unknown>;
  start(...args: readonly string[]): {
    readonly child: ChildProcess;
    readonly answer: Promise<Answer>;
    /** What it has said on stderr so far. */
    readonly errors: () => string;
  };
  /** The same machine with other variables. */
  with(extra: Readonly<Record<string, string>>): Elsewhere;
  /** Writes a file below a folder of this machine, and gives the folder. */
  template(name: string, files: Readonly<Record<string, string>>): string;
  /** What the tool left in the home folder of its user. */
  traces(): readonly string[];
  dispose(): void;
}

export function elsewhere(url: string, token: string | undefined): Elsewhere {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-elsewhere-'));
  mkdirSync(join(folder, 'user'));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'user'),
    NO_COLOR: '1',
    CI: 'true',
    PREBUILDS_URL: url,
    ...(token === undefined ? {} : { PREBUILDS_TOKEN: token }),
  };
  return machine(folder, env);
}

function machine(folder: string, env: Readonly<Record<string, string>>): Elsewhere {
  const start = (...args: readonly string[]): ReturnType<Elsewhere['start']> => {
    const child = spawn(process.execPath, [join(PROJECT, 'bin', 'prebuilds.js'), ...args], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const heard: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    const said = (stream: 'stdout' | 'stderr'): string => String(Buffer.concat(heard[stream])).trimEnd();
    for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (chunk: Buffer) => heard[stream].push(chunk));
    const answer = new Promise<Answer>((resolve) => {
      child.once('close', (code) => {
        resolve({ code: code ?? -1, stdout: said('stdout'), stderr: said('stderr') });
      });
    });
    return { child, answer, errors: () => said('stderr') };
  };
  const run = (...args: readonly string[]): Promise<Answer> => start(...args).answer;
  return {
    start,
    run,
    json: async (...args) => {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== 0) throw new Error(`prebuilds ${args.join(' ')} exited ${String(code)}\n${stderr}\n${stdout}`);
      return JSON.parse(stdout) as unknown;
    },
    with: (extra) => machine(folder, { ...env, ...extra }),
    template: (name, files) => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
      }
      return join(folder, name);
    },
    traces: () => readdirSync(join(folder, 'user'), { recursive: true, encoding: 'utf8' }).filter((path) => !isCodeCache(path)),
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const CODE_CACHE = join('.cache', 'prebuilds', 'code');
/** The compiled code of the tool itself is all that it may leave. */
const isCodeCache = (path: string): boolean => path.startsWith(CODE_CACHE) || CODE_CACHE.startsWith(path);
