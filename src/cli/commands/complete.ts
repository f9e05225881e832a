import { existsSync } from 'node:fs';
import type { Command, Option } from 'commander';
import type { App } from '../../api/app.ts';
import { resolveHome } from '../../app/home.ts';
import type { Context } from '../context.ts';
import { clean, fullName, poolName } from '../render/text.ts';

interface Position {
  readonly command: Command;
  /** Arguments before the word that is completed. */
  readonly args: readonly string[];
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
}

/**
 * The hidden `__complete WORDS...`: prints what may stand in place of the last word, one per line. Reads the real command tree, and
 * the store only when names are asked for. Never fails: a shell would print the error into the line being typed.
 */
export async function completeWords(program: Command, context: Context, words: readonly string[]): Promise<undefined> {
  const typed = words.at(-1) ?? '';
  const position = walk(program, words.slice(0, -1));
  const found = await candidates(program, context, position, typed).catch(() => []);
  const matching = [...new Set(found)].filter((word) => word.startsWith(typed));
  context.outside.io.out(matching.map((word) => `${clean(word)}\n`).join(''));
  return undefined;
}

/** Follows the words down the tree the way the parser would. */
function walk(program: Command, words: readonly string[]): Position {
  let command = program;
  let args: string[] = [];
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
      continue;
    }
    if (word.startsWith('-') && word !== '-') {
      const known = optionsOf(program, command).find((one) => one.short === word || one.long === word);
      option = known !== undefined && (known.required || known.optional) ? known : undefined;
      continue;
    }
    const sub =
      args.length === 0 ? command.commands.find((one) => one.name() === word || one.aliases().includes(word)) : undefined;
    if (sub === undefined) args = [...args, word];
    else command = sub;
  }
  return { command, args, option };
}

const optionsOf = (program: Command, command: Command): readonly Option[] =>
  command === program ? program.options : [...command.options, ...program.options];

async function candidates(program: Command, context: Context, position: Position, typed: string): Promise<readonly string[]> {
  const { command, args, option } = position;
  if (option !== undefined) return values(context, placeholder(option), option.argChoices ?? [], args);
  if (typed.startsWith('-')) {
    const options = optionsOf(program, command).filter(({ hidden }) => !hidden);
    return [...options.map(({ long, short }) => long ?? short ?? ''), '--help'].filter((word) => word !== '');
  }
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => one.name());
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[args.length] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? [] : values(context, argument.name(), argument.argChoices ?? [], args);
}

/** `template` of `--name <template>`. */
const placeholder = ({ flags }: Option): string => /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';

/** The words of one kind of argument; the kinds are the placeholders that help shows. */
async function values(
  context: Context,
  kind: string,
  choices: readonly string[],
  args: readonly string[],
): Promise<readonly string[]> {
  if (choices.length > 0) return choices;
  const app = await openApp(context);
  if (app === undefined) return [];
  switch (kind) {
    case 'template':
      return (await app.templates.list()).map(({ template }) => template.name);
    case 'preset':
      return (await app.templates.presets(args[0])).map(({ preset }) => preset.name);
    case 'pool':
      return (await app.pools.status()).flatMap((pool) => [pool.template, poolName(pool)]);
    case 'workspace':
      return (await app.workspaces.list()).flatMap(({ workspace }) => [workspace.name, fullName(workspace)]);
    case 'group':
      return (await app.people.groups()).map(({ name }) => name);
    case 'user':
      return (await app.people.users()).map(({ person }) => person.username);
    case 'token':
      return (await app.tokens.list({ all: false })).map(({ name }) => name);
    case 'organization':
      return (await app.people.organizations()).map(({ organization }) => organization.name);
    case 'target': {
      const prebuilds = (await app.workspaces.list('owner:prebuilds')).map(({ workspace }) => workspace.name);
      return [...(await app.pools.status()).flatMap((pool) => [pool.template, poolName(pool)]), ...prebuilds];
    }
    case 'version':
      return (await app.templates.versions(args[0] ?? '')).map(({ number }) => String(number));
    default:
      return [];
  }
}

/** Pressing the tab key must not make a home. */
async function openApp(context: Context): Promise<App | undefined> {
  return existsSync(resolveHome(context.globals.home, context.outside.env)) ? context.app() : undefined;
}
