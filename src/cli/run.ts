import { Chalk } from 'chalk';
import { CommanderError } from 'commander';
import type { Outside } from './context.ts';
import { errorJson, errorLine, toAppError } from './errors.ts';
import { colorLevel } from './io.ts';
import { buildProgram } from './program.ts';
import { jsonText } from './render/json.ts';
import { clean } from './render/text.ts';

/** Runs one command line; resolves with the exit code of spec 3 and never rejects. */
export async function runCli(args: readonly string[], outside: Outside): Promise<number> {
  let code = 0;
  const program = buildProgram(outside, (value) => {
    code = value;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
      // `--help` and `--version` were answered; help that nobody asked for means the command was incomplete.
      return error.exitCode === 0 ? 0 : 2;
    }
    return report(error, args, outside);
  }
}

/** Prints the failure: one line and a hint on stderr, with `--json` also the document on stdout, with -v the stack. */
function report(thrown: unknown, args: readonly string[], outside: Outside): number {
  const { io, env, signals } = outside;
  const error = toAppError(thrown, signals.signal.aborted);
  const style = new Chalk({ level: colorLevel(env, io.errTty) });
  if (args.includes('--json')) io.out(`${jsonText(errorJson(error))}\n`);
  io.err(`${style.red('error:')} ${clean(errorLine(error))}\n`);
  if (error.hint !== undefined) io.err(`${style.cyan('hint:')} ${clean(error.hint)}\n`);
  if (args.includes('-v') || args.includes('--verbose')) {
    for (let one: unknown = error; one instanceof Error; one = one.cause) io.err(`${one.stack ?? one.message}\n`);
  }
  return error.exitCode;
}
