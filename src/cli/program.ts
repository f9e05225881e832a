import { Command, Option } from 'commander';
import { Context, type Globals, type Outside } from './context.ts';
import type { Attach } from './handler.ts';
import { Options } from './options.ts';
import { addLintCommand } from './tree/lint.ts';
import { addPeopleCommands } from './tree/people.ts';
import { addOutsideCommands } from './tree/outside.ts';
import { addPoolCommands } from './tree/pools.ts';
import { addServingCommands } from './tree/serving.ts';
import { addSystemCommands } from './tree/system.ts';
import { addTemplateCommands } from './tree/templates.ts';
import { addWorkspaceCommands } from './tree/workspaces.ts';
import { version } from './version.ts';

/**
 * The command tree of spec 3. Only the declarations are here and in tree/; help and completion read them. `setCode` receives the
 * exit code of the command that ran.
 */
export function buildProgram(outside: Outside, setCode: (code: number) => void): Command {
  const { io } = outside;
  const program = new Command('prebuilds')
    .description('A warm pool of Terraform and OpenTofu workspaces for unmodified Coder templates, without a Coder server.')
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'answer with JSON')
    .option('--home <dir>', 'folder of the store and the workspaces (PREBUILDS_HOME)')
    .option('--config <file>', 'configuration file (PREBUILDS_CONFIG, <home>/config.yaml)')
    .addOption(new Option('--org <organization>', 'organisation of templates and groups (PREBUILDS_ORG)').hideHelp())
    .option('-q, --quiet', 'no progress, no remarks')
    .option('-v, --verbose', 'log everything to stderr, stack traces of errors')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => {
        io.out(text);
      },
      writeErr: (text) => {
        io.err(text);
      },
      outputError: () => undefined,
      getOutHelpWidth: () => io.outColumns ?? 100,
      getErrHelpWidth: () => io.errColumns ?? 100,
    })
    .exitOverride();

  const attach: Attach = (command, load) => {
    command.action(async () => {
      const values = command.optsWithGlobals();
      const context = new Context(outside, globalsOf(new Options(values)));
      const handler = await load();
      try {
        setCode((await handler(context, command.args, new Options(values))) ?? 0);
      } finally {
        await context.close();
      }
    });
  };
  addTemplateCommands(program, attach);
  addPoolCommands(program, attach);
  addWorkspaceCommands(program, attach);
  addPeopleCommands(program, attach);
  addLintCommand(program, attach);
  addOutsideCommands(program, attach);
  addServingCommands(program, attach);
  addSystemCommands(program, attach);
  return program;
}

const globalsOf = (options: Options): Globals => ({
  json: options.flag('json'),
  quiet: options.flag('quiet'),
  verbose: options.flag('verbose'),
  home: options.text('home'),
  config: options.text('config'),
  org: options.text('org'),
});
