import { Argument, type Command } from 'commander';
import type { HookName } from '../../domain/hooks.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

const HOOKS: readonly HookName[] = ['on_ready', 'on_claim', 'on_release', 'on_replace', 'on_limit', 'on_expiring'];

/** What leaves the tool, and what it looks at besides its states: hooks and sweeps. */
export function addOutsideCommands(program: Command, attach: Attach): void {
  const hooks = program.command('hooks').description('notifications to commands and webhooks');
  withExamples(hooks, 'hooks list', 'hooks test on_claim');

  const list = hooks.command('list').description('notifications that wait for another try, or were given up');
  withExamples(list, 'hooks list', 'hooks list --json');
  attach(list, async () => (await import('../commands/hooks.ts')).listHooks);

  const deliver = hooks
    .command('deliver')
    .description('deliver what is due now; reconcile does it too')
    .option('--retry', 'also what failed before, even what was given up');
  withExamples(deliver, 'hooks deliver', 'hooks deliver --retry');
  attach(deliver, async () => (await import('../commands/hooks.ts')).deliverHooks);

  const test = hooks
    .command('test')
    .description('send a made-up event to every receiver of a hook')
    .addArgument(new Argument('<hook>', 'which one').choices(HOOKS));
  withExamples(test, 'hooks test on_claim', 'hooks test on_limit --json');
  attach(test, async () => (await import('../commands/hooks.ts')).testHook);

  const sweep = program
    .command('sweep')
    .description('compare what really exists with what the states know')
    .argument('[template]', 'only the sources of this template')
    .option('--remove', 'remove containers and volumes that no workspace of this home accounts for')
    .option('--dry-run', 'only look: keep no result, resolve and remove nothing')
    .option('--absent <workspace>', 'no look: somebody has looked, and nothing that is suspected of this workspace exists')
    .option('--yes', 'do not ask before removing');
  withExamples(sweep, 'sweep docker --remove --dry-run', 'sweep --absent ana/api');
  attach(sweep, async () => (await import('../commands/sweep.ts')).sweep);
}
