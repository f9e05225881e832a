import { Argument, type Command } from 'commander';
import { duration } from '../options.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

/** Why, the audit trail, metrics, the doctor, keeping, and shell completion. */
export function addSystemCommands(program: Command, attach: Attach): void {
  const why = program
    .command('why')
    .description('the one constraint that binds a pool, a workspace or a claim in line now, and what to do')
    .argument('[target]', 'template, template/preset, owner/name or name');
  withExamples(why, 'why "docker/GoLand: Large"', 'why prebuild-abc --json');
  attach(why, async () => (await import('../commands/why.ts')).why);

  const events = program
    .command('events')
    .description('who did what to which workspace, when and why')
    .option('-f, --follow', 'go on until interrupted')
    .option('--since <duration>', 'only of the last time, such as 2h', duration);
  withExamples(events, 'events --since 1h', 'events -f');
  attach(events, async () => (await import('../commands/events.ts')).events);

  const metrics = program
    .command('metrics')
    .description('print metrics as Prometheus text')
    .option('--textfile <file>', "write them to this file, for node_exporter's textfile collector; the name must end in .prom");
  withExamples(metrics, 'metrics', 'metrics --textfile /var/lib/prometheus/node-exporter/prebuilds.prom');
  attach(metrics, async () => (await import('../commands/metrics.ts')).metrics);

  const doctor = program
    .command('doctor')
    .description('check engine, providers, home, store, clock and leftovers')
    .option('--cron', 'print a crontab line with absolute paths')
    .option('--repair', 'put right what is safe to');
  withExamples(doctor, 'doctor', 'doctor --cron | crontab -');
  attach(doctor, async () => (await import('../commands/doctor.ts')).doctor);

  addKeepingCommands(program, attach);
  addCompletion(program, attach);
}

function addKeepingCommands(program: Command, attach: Attach): void {
  const backup = program
    .command('backup')
    .description('copy store, states and template versions into one archive; safe while in use')
    .argument('<target>', 'a file, or a folder for one named by the time')
    .option('--force', 'replace the file when it exists');
  withExamples(backup, 'backup /backups/', 'backup /backups/pool.tar.gz --force');
  attach(backup, async () => (await import('../commands/backup.ts')).backup);

  const restore = program
    .command('restore')
    .description('make a new home from a backup')
    .argument('<file>', 'what backup wrote')
    .option('--no-hold', 'leave the unclaimed prebuilds claimable: only when none was claimed since the backup');
  withExamples(restore, 'restore pool.tar.gz --home ~/new-home', 'restore pool.tar.gz --home ~/new-home --no-hold');
  attach(restore, async () => (await import('../commands/restore.ts')).restore);

  const gc = program
    .command('gc')
    .description('remove what is over: unused versions, old rows, old engine logs')
    .option('--dry-run', 'only say what would be removed');
  withExamples(gc, 'gc --dry-run', 'gc --json');
  attach(gc, async () => (await import('../commands/gc.ts')).gc);
}

function addCompletion(program: Command, attach: Attach): void {
  const completion = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']));
  withExamples(completion, 'completion bash > /etc/bash_completion.d/prebuilds', 'completion fish | source');
  attach(completion, async () => (await import('../commands/completion.ts')).completion);

  const complete = program
    .command('__complete', { hidden: true })
    .description('print the words that may stand at the end of a command line')
    .argument('[words...]')
    .helpOption(false);
  attach(complete, async () => {
    const { completeWords } = await import('../commands/complete.ts');
    return (context, args) => completeWords(program, context, args);
  });
}
