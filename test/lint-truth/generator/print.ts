import { printNode, TEMPLATE_FILE, TEMPLATE_TEXT } from './expressions.ts';
import type { Item, ModuleItem } from './items.ts';
import {
  type Context,
  dependsLines,
  lines,
  namesOf,
  printAgent,
  printData,
  printFile,
  printLocal,
  printRead,
  printTime,
  repeatLines,
  type Step,
  type TemplateFiles,
} from './resources.ts';
import { reference, type Scope } from './scope.ts';

const HEAD = `terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
`;

/** The folder of a module: `text.tftpl` and the files that data sources read are in each. */
const common = (folder: string): TemplateFiles => ({
  [`${folder}${TEMPLATE_FILE}`]: TEMPLATE_TEXT,
  [`${folder}note.txt`]: 'note\n',
  [`${folder}other.txt`]: 'other\n',
});

/** Writes a random configuration down. */
export function printTemplate(items: readonly Item[]): TemplateFiles {
  const { text, files } = printAll(items, []);
  return { ...common(''), ...files, 'main.tf': `${HEAD}${text}` };
}

function printAll(
  items: readonly Item[],
  given: Scope,
): { readonly text: string; readonly scope: Scope; readonly files: TemplateFiles } {
  let context: Context = { scope: given, targets: [] };
  let files: TemplateFiles = {};
  const texts: string[] = [];
  items.forEach((item, index) => {
    const step = printItem(item, `r${String(index)}`, context);
    texts.push(`\n${step.text}`);
    files = { ...files, ...step.files };
    context = {
      scope: [...context.scope, ...step.names],
      targets: step.target === undefined ? context.targets : [...context.targets, step.target],
    };
  });
  return { text: texts.join(''), scope: context.scope, files };
}

function printItem(item: Item, name: string, context: Context): Step {
  switch (item.type) {
    case 'local':
      return printLocal(item, name, context);
    case 'data':
      return printData(item, name, context);
    case 'file':
      return printFile(item, name, context);
    case 'time':
      return printTime(item, name, context);
    case 'agent':
      return printAgent(item, name, context);
    case 'read':
      return printRead(item, name, context);
    case 'module':
      return printModule(item, name, context);
  }
}

function printModule(item: ModuleItem, name: string, context: Context): Step {
  const [text, map] = [printNode(item.text, context.scope), printNode(item.map, context.scope)];
  const inside = printAll(item.body, [
    { kind: 'text', text: 'var.text', known: text.known },
    { kind: 'map', text: 'var.map', known: map.known },
  ]);
  const output = reference(inside.scope, 'text', item.output);
  const folder = `${name}/`;
  const main = `${HEAD}
variable "text" {
  type = string
}

variable "map" {
  type = map(string)
}
${inside.text}
output "text" {
  value = ${output.text}
}
`;
  const inputs = [`source = "./${name}"`, `text = ${text.text}`, `map = ${map.text}`];
  const body = [...repeatLines(item.repeat, context.scope), ...inputs, ...dependsLines(item.dependsOn, context)];
  // With depends_on every data source inside waits.
  const known = output.known && item.dependsOn === undefined;
  const address = `module.${name}`;
  return {
    text: `module "${name}" {\n${lines(body)}}\n`,
    names: namesOf(address, [{ kind: 'text', text: 'text', known }], item.repeat),
    target: { address, managed: false, attributes: [] },
    files: { ...common(folder), [`${folder}main.tf`]: main },
  };
}
