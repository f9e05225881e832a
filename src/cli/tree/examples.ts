import type { Command } from 'commander';

/** Adds the examples that every command's help ends with. */
export function withExamples(command: Command, ...examples: readonly [string, string]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ prebuilds ${line}\n`).join('')}`);
}
