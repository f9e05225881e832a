import { Option, type Command } from 'commander';
import type { TokenRole } from '../../domain/token.ts';
import type { Attach } from '../handler.ts';
import { duration } from '../options.ts';
import { withExamples } from './examples.ts';

const ROLES: readonly TokenRole[] = ['admin', 'member', 'agent-read'];

/** The server, and the tokens that it lets in. */
export function addServingCommands(program: Command, attach: Attach): void {
  const serve = program
    .command('serve')
    .description('hear agents, answer over HTTP and reconcile at once when something happens, until stopped')
    .option('--listen <address>', 'HOST:PORT of page, API and metrics (default: `listen` of the configuration, 127.0.0.1:7781)')
    .option('--no-reconcile', 'leave the pools to reconcile')
    .option('--interval <duration>', 'look at the pools at least so often (default: 15s)', duration);
  withExamples(serve, 'serve', 'serve --listen 0.0.0.0:7781 --interval 30s');
  attach(serve, async () => (await import('../commands/serve.ts')).serve);

  const token = program.command('token').description('tokens that `serve` lets in');
  withExamples(token, 'token create --user ana', 'token list');

  const create = token
    .command('create')
    .description('make a token and print it, this once')
    .addOption(
      new Option('--role <role>', 'what it may: everything, own workspaces, or reading metrics and pools')
        .choices(ROLES)
        .default('member'),
    )
    .option('--user <user>', 'whose it is (default: you)')
    .option('--name <name>', 'name of the token (default: made from the user)')
    .option('--expires <duration>', 'how long it is good for, such as 90d (default: until it is revoked)', duration);
  withExamples(create, 'token create --user ana --expires 90d', 'token create --role agent-read --name prometheus');
  attach(create, async () => (await import('../commands/token.ts')).tokenCreate);

  const list = token.command('list').description('tokens that open something').option('--all', 'also expired and revoked ones');
  withExamples(list, 'token list', 'token list --all --json');
  attach(list, async () => (await import('../commands/token.ts')).tokenList);

  const revoke = token
    .command('revoke')
    .description('from now on a token opens nothing')
    .argument('<token>', 'name or id of the token');
  withExamples(revoke, 'token revoke prometheus', 'token revoke ana-k3x7qa --json');
  attach(revoke, async () => (await import('../commands/token.ts')).tokenRevoke);
}
