import { Option, type Command } from 'commander';
import { collect } from '../options.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

/** `lint`: what a claim would rebuild, said beforehand. */
export function addLintCommand(program: Command, attach: Attach): void {
  const lint = program
    .command('lint')
    .description('find what a claim would rebuild; exit code 1 when something is found, 2 when something cannot be read')
    .argument('[dir...]', 'template folders (default: the current folder)')
    .option('-r, --recursive', 'look for templates below the folders')
    .option('--only-prebuilds', 'leave templates out that ask for no prebuilds')
    .addOption(
      new Option('--format <format>', 'form of the answer (default: text)').choices([
        'text',
        'compact',
        'json',
        'sarif',
        'github',
        'junit',
      ]),
    )
    .option('--output <file>', 'write the answer to this file')
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit with code 1 from this severity on (default: fail_on of the settings, else error)',
      ).choices(['error', 'warning', 'notice', 'never']),
    )
    .option('--fix', 'repair what can be repaired, and change only the lines concerned')
    .option('--dry-run', 'print what --fix would change as a diff, write nothing')
    .option('--baseline <file>', 'findings in this file do not count')
    .option('--update-baseline', 'write all present findings to the baseline')
    .option('--since <revision>', 'only what changed since this git revision')
    .option('--strict-syntax', "read every file with HashiCorp's parser too; takes seconds")
    .option('--only <rule>', 'only this rule or family, such as claim/*; repeatable', collect)
    .option('--disable <rule>', 'not this rule or family; repeatable', collect)
    .option('--no-inline-ignores', 'report what comments suppress too')
    .option('--rules', 'list the rules')
    .option('--explain <rule>', 'print the page of a rule');
  withExamples(lint, 'lint ./docker --fix --dry-run', 'lint . --recursive --format sarif --output lint.sarif');
  attach(lint, async () => (await import('../commands/lint.ts')).lint);
}
