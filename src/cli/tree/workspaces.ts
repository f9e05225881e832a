import type { Command } from 'commander';
import { collect, duration, ordinal } from '../options.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

const NAME = 'owner/name, or name if it is yours or unambiguous';
const MUTABLE = 'value of a mutable parameter; repeatable';
const NO_SESSION = ['--no-provider-session', 'start the providers anew for every engine command'] as const;

/** What people do with workspaces. */
export function addWorkspaceCommands(program: Command, attach: Attach): void {
  addClaims(program, attach);
  addReading(program, attach);
  addLife(program, attach);
  addChanging(program, attach);
}

function addClaims(program: Command, attach: Attach): void {
  const options = (command: Command): Command =>
    command
      .argument('<template>', 'name of the template')
      .option('--preset <preset>', 'preset of the template')
      .option('--name <workspace>', 'name of the workspace (default: made up)')
      .option('--param <key=value>', 'value of a parameter; repeatable', collect)
      .option('--owner <user>', 'for this user (PREBUILDS_OWNER, else the OS user); not authenticated')
      .option('--no-cold', 'fail with exit code 5 instead of building a new workspace')
      .option('--no-pool', 'build a new workspace, take none from the pool')
      .option('--wait [duration]', 'wait in line when no prebuild is ready, at most so long', duration)
      .option('--detach', 'wait in line without this command; the next reconcile serves the claim')
      .option('--ttl <duration>', 'end and delete the workspace after this time (claim_ttl of the configuration)', duration)
      .option('--request-id <id>', 'a repeated request with this id gets the same workspace')
      .option(...NO_SESSION);
  const claim = options(
    program.command('claim').description('take a workspace from the pool; a new one is built when there is none'),
  );
  withExamples(claim, 'claim docker', 'claim docker --preset "GoLand: Large" --name api --param branch=main');
  attach(claim, async () => (await import('../commands/claim.ts')).claim);

  const create = options(program.command('create').description('create a workspace: the same as claim'));
  withExamples(create, 'create docker --name api', 'create docker --no-pool');
  attach(create, async () => (await import('../commands/claim.ts')).claim);
}

function addReading(program: Command, attach: Attach): void {
  const list = program
    .command('list')
    .description('workspaces and prebuilds')
    .option('--search <words>', 'owner:, status:, template:, preset:, name: and free text on the name');
  withExamples(list, 'list', "list --search 'owner:prebuilds status:failed template:docker'");
  attach(list, async () => (await import('../commands/list.ts')).list);

  const show = program
    .command('show')
    .description('one workspace: resources, agents, apps, builds, how to connect')
    .argument('<workspace>', NAME);
  withExamples(show, 'show api', 'show alice/api --json');
  attach(show, async () => (await import('../commands/show.ts')).show);

  const history = program
    .command('history')
    .description('builds, claims and events of a workspace')
    .argument('<workspace>', NAME);
  withExamples(history, 'history api', 'history alice/api --json');
  attach(history, async () => (await import('../commands/history.ts')).history);

  const logs = program
    .command('logs')
    .description('what the engine said, or with --agent what the scripts of the agents wrote')
    .argument('<workspace>', NAME)
    .option('-f, --follow', 'go on until the build, or the start scripts, have ended')
    .option('--build <number>', 'this build instead of the newest', ordinal)
    .option('--agent [agent]', 'scripts of this agent, or of all')
    .option('--script <script>', 'only this script, by id or name')
    .option('--generation <number>', 'of an earlier owner: 1 is that of the pool', ordinal);
  withExamples(logs, 'logs api -f', 'logs api --agent main --script startup -f');
  attach(logs, async () => (await import('../commands/logs.ts')).logs);

  const connect = program
    .command('connect')
    .description('run the connect command of the configuration')
    .argument('<workspace>', NAME);
  withExamples(connect, 'connect api', 'connect alice/api --json');
  attach(connect, async () => (await import('../commands/connect.ts')).connect);
}

function addLife(program: Command, attach: Attach): void {
  const start = program
    .command('start')
    .description('start a stopped workspace')
    .argument('<workspace>', NAME)
    .option('--param <key=value>', MUTABLE, collect)
    .option(...NO_SESSION);
  withExamples(start, 'start api', 'start alice/api --json');
  attach(start, async () => (await import('../commands/life.ts')).start);

  const stop = program
    .command('stop')
    .description('stop a workspace')
    .argument('<workspace>', NAME)
    .option(...NO_SESSION);
  withExamples(stop, 'stop api', 'stop alice/api --json');
  attach(stop, async () => (await import('../commands/life.ts')).stop);

  const restart = program
    .command('restart')
    .description('stop and start a workspace')
    .argument('<workspace>', NAME)
    .option('--param <key=value>', MUTABLE, collect)
    .option(...NO_SESSION);
  withExamples(restart, 'restart api', 'restart api --param debug=on');
  attach(restart, async () => (await import('../commands/life.ts')).restart);
}

function addChanging(program: Command, attach: Attach): void {
  const update = program
    .command('update')
    .description('move a workspace to the active version, or change its parameters')
    .argument('<workspace>', NAME)
    .option('--param <key=value>', MUTABLE, collect)
    .option(...NO_SESSION);
  withExamples(update, 'update api', 'update api --param branch=main');
  attach(update, async () => (await import('../commands/life.ts')).update);

  const rename = program
    .command('rename')
    .description('give a workspace another name')
    .argument('<workspace>', NAME)
    .argument('<new-name>', 'the new name')
    .option('--force', 'also when something is rebuilt because of it, and loses what it holds')
    .option(...NO_SESSION);
  withExamples(rename, 'rename api backend', 'rename alice/api backend --json');
  attach(rename, async () => (await import('../commands/life.ts')).rename);

  const extend = program
    .command('extend')
    .description('let a workspace that has an end live on')
    .argument('<workspace>', NAME)
    .argument('<duration>', 'how long from now, like 2h', duration);
  withExamples(extend, 'extend api 2h', 'extend alice/api 1d --json');
  attach(extend, async () => (await import('../commands/extend.ts')).extend);

  const remove = program
    .command('delete')
    .description('destroy a workspace and everything it has, or end a claim that waits')
    .argument('<workspace>', NAME)
    .option('--force', 'also count as gone what may exist although no state knows it')
    .option('--orphan', 'destroy nothing: forget it, and leave what it has where it is')
    .option('-y, --yes', 'do not ask')
    .option(...NO_SESSION);
  withExamples(remove, 'delete api', 'delete api --orphan --yes');
  attach(remove, async () => (await import('../commands/life.ts')).remove);
}
