import { Argument, type Command } from 'commander';
import { duration } from '../options.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

/** The audit trail, the doctor, and shell completion. */
export function addSystemCommands(program: Command, attach: Attach): void {
  const events = program
    .command('events')
    .description('who did what to which workspace, when and why')
    .option('-f, --follow', 'go on until interrupted')
    .option('--since <duration>', 'only of the last time, such as 2h', duration);
  withExamples(events, 'events --since 1h', 'events -f');
  attach(events, async () => (await import('../commands/events.ts')).events);

  const doctor = program
    .command('doctor')
    .description('check engine, providers, home, store, clock and leftovers')
    .option('--cron', 'print a crontab line with absolute paths');
  withExamples(doctor, 'doctor', 'doctor --cron | crontab -');
  attach(doctor, async () => (await import('../commands/doctor.ts')).doctor);

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
