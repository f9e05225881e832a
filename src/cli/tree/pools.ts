import type { Command } from 'commander';
import { duration } from '../options.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

/** What operators do with pools: reconcile, status, pause, resume, retry. */
export function addPoolCommands(program: Command, attach: Attach): void {
  const reconcile = program
    .command('reconcile')
    .description('make the pools match: create, delete and replace prebuilds')
    .option('--watch', 'go on until interrupted')
    .option('--interval <duration>', 'pause between passes of --watch (default: 15s)', duration)
    .option('--plan', 'only print what would be done, and why')
    .option('--pool <pool>', 'only this pool: template or template/preset')
    .option('--timeout <duration>', 'start nothing new after this time', duration)
    .option('--no-provider-session', 'start the providers anew for every engine command');
  withExamples(reconcile, 'reconcile', 'reconcile --plan --pool docker');
  attach(reconcile, async () => (await import('../commands/reconcile.ts')).reconcile);

  const status = program
    .command('status')
    .description('per pool: desired, running, eligible, failures, hit rate, next change')
    .argument('[pool]', 'only this pool: template or template/preset');
  withExamples(status, 'status', 'status docker --json');
  attach(status, async () => (await import('../commands/status.ts')).status);

  const pause = program
    .command('pause')
    .description('create, delete and expire nothing; claims go on')
    .argument('[pool]', 'only this pool: template or template/preset');
  withExamples(pause, 'pause', 'pause "docker/GoLand: Large"');
  attach(pause, async () => (await import('../commands/pause.ts')).pause);

  const resume = program
    .command('resume')
    .description('end a pause; for a pool also its drain')
    .argument('[pool]', 'only this pool: template or template/preset');
  withExamples(resume, 'resume', 'resume docker');
  attach(resume, async () => (await import('../commands/pause.ts')).resume);

  const retry = program
    .command('retry')
    .description('forget the failures of a pool and try again')
    .argument('<pool>', 'template or template/preset');
  withExamples(retry, 'retry docker', 'retry "docker/GoLand: Large"');
  attach(retry, async () => (await import('../commands/retry.ts')).retry);
  addStockCommands(program, attach);
}

const NO_SESSION = ['--no-provider-session', 'start the providers anew for every engine command'] as const;
const NO_WAIT = ['--no-wait', 'only mark; the next reconcile does the work'] as const;

/** What operators do with the stock of a pool. */
function addStockCommands(program: Command, attach: Attach): void {
  const invalidate = program
    .command('invalidate')
    .description('delete prebuilds that must not be handed out any more, and replace them')
    .argument('<target>', 'a pool (template or template/preset) or one prebuild')
    .option('--rolling', 'hand them out until their replacements are ready')
    .option(...NO_WAIT)
    .option(...NO_SESSION);
  withExamples(invalidate, 'invalidate docker', 'invalidate "docker/GoLand: Large" --rolling');
  attach(invalidate, async () => (await import('../commands/invalidate.ts')).invalidate);

  const drain = program
    .command('drain')
    .description('delete all unclaimed prebuilds of a pool and keep it empty until it is resumed')
    .argument('<pool>', 'template or template/preset')
    .option(...NO_WAIT)
    .option(...NO_SESSION);
  withExamples(drain, 'drain docker', 'drain "docker/GoLand: Large" --no-wait');
  attach(drain, async () => (await import('../commands/drain.ts')).drain);

  const prune = program
    .command('prune')
    .description('destroy failed prebuilds that are kept as evidence')
    .argument('[pool]', 'only this pool: template or template/preset')
    .option('--failed', 'the failed ones (nothing else is pruned)')
    .option('--dry-run', 'only say which')
    .option(...NO_SESSION);
  withExamples(prune, 'prune --failed --dry-run', 'prune --failed docker');
  attach(prune, async () => (await import('../commands/prune.ts')).prune);

  const hold = program
    .command('hold')
    .description('park a prebuild to look at it: not counted, not handed out, not deleted by the pool')
    .argument('<workspace>', 'name of the prebuild')
    .option('--reason <text>', 'why, for those who see it held');
  withExamples(hold, 'hold prebuild-abc', 'hold prebuild-abc --reason "slow disk"');
  attach(hold, async () => (await import('../commands/hold.ts')).hold);

  const unhold = program
    .command('unhold')
    .description('make a held prebuild stock again')
    .argument('<workspace>', 'name of the prebuild');
  withExamples(unhold, 'unhold prebuild-abc', 'unhold prebuild-abc --json');
  attach(unhold, async () => (await import('../commands/hold.ts')).unhold);
}
