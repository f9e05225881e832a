import type { Command } from 'commander';
import { ordinal, VariableSources } from '../options.ts';
import type { Attach } from '../handler.ts';
import { withExamples } from './examples.ts';

/** `template ...` and `presets`. */
export function addTemplateCommands(program: Command, attach: Attach): void {
  const template = program.command('template').description('push, list and manage templates');
  withExamples(template, 'template push ./docker', 'template list');
  addPush(template, attach);
  addReading(template, attach);
  addChanging(template, attach);

  const presets = program
    .command('presets')
    .description('presets with their pool size now and the next change')
    .argument('[template]', 'only of this template');
  withExamples(presets, 'presets', 'presets docker --json');
  attach(presets, async () => (await import('../commands/presets.ts')).presets);
}

function addPush(template: Command, attach: Attach): void {
  const given = new VariableSources();
  const push = template
    .command('push')
    .description('store a new version of a template and make it active')
    .argument('<dir>', 'folder with the .tf files')
    .option('--name <template>', 'name of the template (default: name of the folder)')
    .option('--var <key=value>', 'value of a Terraform variable; repeatable, of several the last wins', given.addValue)
    .option('--var-file <file>', 'file with values of Terraform variables; repeatable', given.addFile)
    .option('--message <text>', 'what changed')
    .option('--no-activate', 'store and check the version, keep the active one')
    .option('--static', 'read presets from the text alone, without an engine plan');
  withExamples(
    push,
    'template push ./docker',
    'template push ./docker --name dev --var-file prod.tfvars --message "bigger disk"',
  );
  attach(push, async () => (await import('../commands/template-push.ts')).templatePush);
}

function addReading(template: Command, attach: Attach): void {
  const list = template.command('list').description('templates with their active version');
  withExamples(list, 'template list', 'template list --json');
  attach(list, async () => (await import('../commands/template-list.ts')).templateList);

  const versions = template
    .command('versions')
    .description('versions of a template')
    .argument('<template>', 'name of the template');
  withExamples(versions, 'template versions docker', 'template versions docker --json');
  attach(versions, async () => (await import('../commands/template-versions.ts')).templateVersions);

  const show = template
    .command('show')
    .description('parameters and presets of the active version')
    .argument('<template>', 'name of the template');
  withExamples(show, 'template show docker', 'template show docker --json');
  attach(show, async () => (await import('../commands/template-show.ts')).templateShow);
}

function addChanging(template: Command, attach: Attach): void {
  const promote = template
    .command('promote')
    .description('make a version active; an older number rolls back')
    .argument('<template>', 'name of the template')
    .argument('<version>', 'number of the version', ordinal);
  withExamples(promote, 'template promote docker 3', 'template promote docker 2 --json');
  attach(promote, async () => (await import('../commands/template-promote.ts')).templatePromote);

  const deprecate = template
    .command('deprecate')
    .description('no new workspaces of this template, and no pool')
    .argument('<template>', 'name of the template')
    .option('--undo', 'allow it again');
  withExamples(deprecate, 'template deprecate docker', 'template deprecate docker --undo');
  attach(deprecate, async () => (await import('../commands/template-deprecate.ts')).templateDeprecate);

  const remove = template
    .command('delete')
    .description('drain the pool, then delete the template')
    .argument('<template>', 'name of the template')
    .option('-y, --yes', 'do not ask');
  withExamples(remove, 'template delete docker', 'template delete docker --yes');
  attach(remove, async () => (await import('../commands/template-delete.ts')).templateDelete);
}
