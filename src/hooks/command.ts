import { spawn, type ChildProcess } from 'node:child_process';
import type { Delivery } from './delivery.ts';

const MAX_WORDS = 4000;
const LAST_WORDS_MS = 500;

interface Command extends Delivery {
  readonly argv: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a command in a process group of its own, without a shell, with the payload on stdin. Throws an Error with one line when it does not
 * exit 0. At the time limit the whole group is killed, so nothing it started stays.
 */
export async function runCommand({ argv, env, payload, timeoutMs }: Command): Promise<void> {
  const [file = '', ...args] = argv;
  // Without free descriptors Node makes no pipes, and says so by an event.
  const child: ChildProcess = spawn(file, args, { env: { ...env }, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
  const ending = ended(child, timeoutMs);
  const said = talk(child, payload);
  const end = await ending;
  if (end.kind === 'exit' && end.code !== 0) await lastWords(child);
  // Something left in the background may keep the pipe open; this process does not wait for it.
  child.stderr?.destroy();
  if (end.kind === 'error') throw new Error(`it could not be started: ${end.code}`);
  if (end.kind === 'timeout') throw new Error(`it did not end within ${String(timeoutMs)} ms and was killed`);
  if (end.code === 0) return;
  const last = said().trim().split('\n').at(-1) ?? '';
  throw new Error(`it exited ${String(end.code ?? end.signal)}${last === '' ? '' : `: ${last.slice(0, 200)}`}`);
}

/** Gives it the payload and listens to what it says. */
function talk({ stdin, stderr }: ChildProcess, payload: string): () => string {
  let words = '';
  stderr?.setEncoding('utf8').on('data', (part: string) => {
    if (words.length < MAX_WORDS) words += part;
  });
  // A command may end without having read everything.
  stdin?.on('error', () => undefined).end(payload);
  return () => words;
}

type End =
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'timeout' };

function ended(child: ChildProcess, timeoutMs: number): Promise<End> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const late = () => {
      killGroup(child);
    };
    limit.addEventListener('abort', late, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => {
      limit.removeEventListener('abort', late);
      resolve({ kind: 'error', code: error.code ?? error.message });
    });
    child.once('exit', (code, signal) => {
      limit.removeEventListener('abort', late);
      resolve(limit.aborted ? { kind: 'timeout' } : { kind: 'exit', code, signal });
    });
  });
}

/** What was printed just before the end may still be in the pipe. */
function lastWords(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      resolve();
    };
    child.once('close', done);
    AbortSignal.timeout(LAST_WORDS_MS).addEventListener('abort', done, { once: true });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
