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
    .option('--interval <duration>', 'pause between passes of --watch', duration, 15_000)
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

  const pause = program.command('pause').description('create, delete and expire nothing; claims go on');
  withExamples(pause, 'pause', 'pause --json');
  attach(pause, async () => (await import('../commands/pause.ts')).pause);

  const resume = program.command('resume').description('end a pause');
  withExamples(resume, 'resume', 'resume --json');
  attach(resume, async () => (await import('../commands/pause.ts')).resume);

  const retry = program
    .command('retry')
    .description('forget the failures of a pool and try again')
    .argument('<pool>', 'template or template/preset');
  withExamples(retry, 'retry docker', 'retry "docker/GoLand: Large"');
  attach(retry, async () => (await import('../commands/retry.ts')).retry);
}
