import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { InterruptedError, UserError } from '../kit/errors.ts';
import { systemClock } from '../kit/clock.ts';
import type { Io } from './io.ts';
import { runCli } from './run.ts';
import { listenForSignals } from './signals.ts';

/** Runs one command line with the real terminal, environment and application; resolves with the exit code. */
export async function start(args: readonly string[], exit: (code: number) => void): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) {
    // The reader left (`prebuilds list | head`): there is nobody to answer any more, but what was begun is finished.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!changesSomething(args)) exit(0);
    });
  }
  const io = terminal();
  return runCli(args, {
    io,
    env: process.env,
    clock: systemClock,
    signals: listenForSignals(process, io.err, exit),
    createApp: async (input) => {
      const { createApp } = await import('../app/create-app.ts');
      return createApp(input);
    },
    connectTo: async (input) => {
      const { connectTo } = await import('../app/remote/connect.ts');
      return connectTo(input);
    },
    spawn: runInTerminal,
    confirm: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  });
}

/** Commands that do something beyond answering, and come to an end by themselves. */
const ACTING = new Set([
  'claim',
  'create',
  'reconcile',
  'start',
  'stop',
  'restart',
  'update',
  'rename',
  'delete',
  'push',
  'backup',
  'restore',
  'gc',
  'sweep',
]);

const changesSomething = (args: readonly string[]): boolean => args.some((word) => ACTING.has(word)) && !args.includes('--watch');

/** A terminal that was never given a size says 0; as a width that would make everything endless. */
const columnsOf = (stream: NodeJS.WriteStream): number | undefined =>
  stream.isTTY && stream.columns > 0 ? stream.columns : undefined;

function terminal(): Io {
  const { stdout, stderr } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    outTty: stdout.isTTY,
    errTty: stderr.isTTY,
    outColumns: columnsOf(stdout),
    errColumns: columnsOf(stderr),
    errStream: stderr,
  };
}

/** Runs a program in this terminal, without a shell; resolves with its exit code (128 + n when signal n ended it). */
function runInTerminal(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const [command = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', (error) => {
      reject(
        new UserError('connect_failed', `the connect command "${command}" could not be started: ${error.message}`, {
          hint: 'install it, or correct `connect` in the configuration',
          cause: error,
        }),
      );
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } catch (error) {
    // Ctrl-C, or Ctrl-D.
    if (error instanceof Error && error.name === 'AbortError') {
      process.stderr.write('\n');
      throw new InterruptedError('interrupted; nothing was changed');
    }
    throw error;
  } finally {
    reader.close();
  }
}
