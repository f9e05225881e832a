import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { Options } from './options.ts';

/** One command: does it, prints it, and resolves with an exit code when that is not 0. */
export type Handler = (context: Context, args: readonly string[], options: Options) => Promise<number | undefined>;

/** Connects a declared command with its code, which is loaded only when the command is run. */
export type Attach = (command: Command, load: () => Promise<Handler>) => void;
