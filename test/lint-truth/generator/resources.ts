import { printNode } from './expressions.ts';
import type { AgentItem, DataItem, FileItem, FileReadItem, Guarded, LocalItem, Repeat, TimeItem } from './items.ts';
import type { Named, Scope } from './scope.ts';

/** Text of each file of a template, by path. */
export type TemplateFiles = Readonly<Record<string, string>>;

/** A thing that depends_on and replace_triggered_by may name. */
interface Target {
  readonly address: string;
  /** Attributes that replace_triggered_by may follow; none where there are several instances. */
  readonly attributes: readonly string[];
  readonly managed: boolean;
}

/** What is there when a thing is printed. */
export interface Context {
  readonly scope: Scope;
  readonly targets: readonly Target[];
}

/** A printed thing, and what later ones may say about it. */
export interface Step {
  readonly text: string;
  readonly names: readonly Named[];
  readonly target?: Target;
  readonly files?: TemplateFiles;
}

export function printLocal({ value, heredoc }: LocalItem, name: string, { scope }: Context): Step {
  const { text, known } = printNode(value, scope);
  const written = heredoc && value.kind === 'text' ? `<<-EOT\n    a\n      \${${text}}\n  EOT` : text;
  return { text: `locals {\n  ${name} = ${written}\n}\n`, names: [{ kind: value.kind, text: `local.${name}`, known }] };
}

export function printData(item: DataItem, name: string, context: Context): Step {
  const input = item.input && printNode(item.input, context.scope);
  const triggers = item.triggers && printNode(item.triggers, context.scope);
  const body = [
    ...repeatLines(item.repeat, context.scope),
    ...(input === undefined ? [] : [`input = ${input.text}`]),
    ...(triggers === undefined ? [] : [`triggers_replace = ${triggers.text}`]),
    ...dependsLines(item.dependsOn, context),
  ];
  const address = `terraform_data.${name}`;
  const own: Named[] = [{ kind: 'text', text: 'id', known: false }];
  if (item.input && input) own.push({ kind: item.input.kind, text: 'input', known: input.known });
  if (item.input && input) own.push({ kind: item.input.kind, text: 'output', known: false });
  if (item.triggers && triggers) own.push({ kind: item.triggers.kind, text: 'triggers_replace', known: triggers.known });
  return {
    text: resource('terraform_data', name, body, item, context),
    names: namesOf(address, own, item.repeat),
    target: { address, managed: true, attributes: item.repeat === undefined ? own.map(({ text }) => text) : [] },
  };
}

export function printFile(item: FileItem, name: string, context: Context): Step {
  const content = printNode(item.content, context.scope);
  const part = item.name && printNode(item.name, context.scope);
  const filename = part === undefined ? `${name}.txt` : `${name}-\${md5(${part.text})}.txt`;
  const own: readonly Named[] = [
    { kind: 'text', text: 'content', known: content.known },
    { kind: 'text', text: 'filename', known: part?.known ?? true },
    { kind: 'text', text: 'id', known: false },
    { kind: 'text', text: 'content_md5', known: false },
  ];
  const address = `local_file.${name}`;
  return {
    text: resource('local_file', name, [`filename = "\${path.module}/${filename}"`, `content = ${content.text}`], item, context),
    names: namesOf(address, own, undefined),
    target: { address, managed: true, attributes: ['content', 'filename', 'id'] },
  };
}

export function printTime(item: TimeItem, name: string, context: Context): Step {
  const triggers = printNode(item.triggers, context.scope);
  const own: readonly Named[] = [
    { kind: 'map', text: 'triggers', known: triggers.known },
    { kind: 'text', text: 'id', known: false },
    { kind: 'text', text: 'rfc3339', known: false },
  ];
  const address = `time_static.${name}`;
  return {
    text: resource('time_static', name, [`triggers = ${triggers.text}`], item, context),
    names: namesOf(address, own, undefined),
    target: { address, managed: true, attributes: ['triggers', 'rfc3339'] },
  };
}

export function printAgent(item: AgentItem, name: string, context: Context): Step {
  const [env, dir, metadata] = [item.env, item.dir, item.metadata].map((node) => node && printNode(node, context.scope));
  const body = [
    'os = "linux"',
    'arch = "amd64"',
    ...(env === undefined ? [] : [`env = ${env.text}`]),
    ...(dir === undefined ? [] : [`dir = ${dir.text}`]),
    ...(metadata === undefined
      ? []
      : [
          `dynamic "metadata" {\n    for_each = ${metadata.text}\n    content {\n      key = "k\${metadata.key}"`,
          '    script = metadata.value\n      interval = 10\n    }\n  }',
        ]),
  ];
  const own: readonly Named[] = [
    { kind: 'text', text: 'token', known: false },
    { kind: 'text', text: 'id', known: false },
    { kind: 'text', text: 'init_script', known: false },
    { kind: 'text', text: 'os', known: true },
    ...(env === undefined ? [] : [{ kind: 'map' as const, text: 'env', known: env.known }]),
  ];
  const address = `coder_agent.${name}`;
  return {
    text: resource('coder_agent', name, body, item, context),
    names: namesOf(address, own, undefined),
    target: { address, managed: true, attributes: ['token', 'os'] },
  };
}

export function printRead(item: FileReadItem, name: string, context: Context): Step {
  const which = printNode(item.which, context.scope);
  const depends = dependsLines(item.dependsOn, context);
  const body = [`filename = "\${path.module}/\${${which.text} ? "note" : "other"}.txt"`, ...depends];
  // On the first plan a data source waits for everything it names.
  const waits = depends.length > 0 || /\b(terraform_data|local_file|time_static|coder_agent)\./.test(which.text);
  const own: readonly Named[] = [
    { kind: 'text', text: 'content', known: which.known && !waits },
    { kind: 'text', text: 'filename', known: which.known },
  ];
  return {
    text: `data "local_file" "${name}" {\n${lines(body)}}\n`,
    names: namesOf(`data.local_file.${name}`, own, undefined),
  };
}

function resource(type: string, name: string, body: readonly string[], guard: Guarded, context: Context): string {
  const inside = [
    ...(guard.ignore.length === 0
      ? []
      : [`ignore_changes = ${guard.ignore[0] === 'all' ? 'all' : `[${guard.ignore.join(', ')}]`}`]),
    ...triggeredLines(guard.triggeredBy, context),
    ...(guard.createFirst ? ['create_before_destroy = true'] : []),
    ...(guard.precious ? ['prevent_destroy = true'] : []),
  ];
  const lifecycle = inside.length === 0 ? [] : [`lifecycle {\n${inside.map((line) => `    ${line}\n`).join('')}  }`];
  return `resource "${type}" "${name}" {\n${lines([...body, ...lifecycle])}}\n`;
}

/** Lines of a block. */
export const lines = (body: readonly string[]): string => body.map((line) => `  ${line}\n`).join('');

/** `count` or `for_each`, over what is known on the first plan. */
export function repeatLines(repeat: Repeat | undefined, scope: Scope): readonly string[] {
  if (repeat === undefined) return [];
  const known = scope.filter((one) => one.known);
  const { text } = printNode(repeat.over, known);
  if (repeat.by === 'count') return [`count = min(3, ${text})`];
  return [`for_each = ${repeat.by === 'set' ? `toset(${text})` : text}`];
}

/** `depends_on` with one of the things before. */
export function dependsLines(pick: number | undefined, { targets }: Context): readonly string[] {
  const target = pick === undefined ? undefined : targets[pick % Math.max(targets.length, 1)];
  return target === undefined ? [] : [`depends_on = [${target.address}]`];
}

/** Even numbers name the whole resource, odd ones an attribute where there is one instance. */
function triggeredLines(pick: number | undefined, { targets }: Context): readonly string[] {
  const managed = targets.filter((one) => one.managed);
  const target = pick === undefined ? undefined : managed[pick % Math.max(managed.length, 1)];
  if (target === undefined || pick === undefined) return [];
  const attribute = pick % 2 === 0 ? undefined : target.attributes[pick % Math.max(target.attributes.length, 1)];
  return [`replace_triggered_by = [${target.address}${attribute === undefined ? '' : `.${attribute}`}]`];
}

/** What others may say about a resource or module with these attributes. */
export function namesOf(address: string, own: readonly Named[], repeat: Repeat | undefined): readonly Named[] {
  if (repeat === undefined) return own.map((one) => ({ ...one, text: `${address}.${one.text}` }));
  const texts = own.filter((one) => one.kind === 'text');
  const size: Named = { kind: 'number', text: `length(${address})`, known: true };
  if (repeat.by === 'count')
    return [
      size,
      ...texts.flatMap(({ text, known }): readonly Named[] => [
        { kind: 'list', text: `(${address}[*].${text})`, known },
        { kind: 'text', text: `try(${address}[0].${text}, "none")`, known },
      ]),
    ];
  return [
    size,
    { kind: 'list', text: `keys(${address})`, known: true },
    ...texts.flatMap(({ text, known }): readonly Named[] => [
      { kind: 'map', text: `{ for k, r in ${address} : k => r.${text} }`, known },
      { kind: 'list', text: `(values(${address})[*].${text})`, known },
    ]),
  ];
}
