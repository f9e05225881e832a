import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/lint/edits.ts';
import type { Finding, TemplateReport } from '../../../src/lint/model.ts';
import { lintFolder } from '../../lint-truth/linter.ts';
import { edited, keys, lintText } from './rules/support.ts';

/**
 * What the fix of `claim/replace` makes of a resource, written in many ways. Each case is the end of the resource before and after, with
 * two blanks of indentation; it is also tried with tabs and with the line ends of Windows.
 */
const HEAD = `data "coder_workspace_owner" "me" {}

resource "docker_container" "w" {
  name     = "w"
  env      = ["OWNER=\${data.coder_workspace_owner.me.name}"]
  hostname = data.coder_workspace_owner.me.name
`;
const TAIL = `
resource "docker_volume" "home" {
  name = "home"
}
`;

const LISTS: readonly (readonly [name: string, before: string, after: string])[] = [
  ['one line', '[env]', '[env, hostname]'],
  ['one line, a comma at its end', '[env,]', '[env, hostname]'],
  ['one line with blanks', '[ env ]', '[ env, hostname ]'],
  ['one line with blanks and a comma', '[ env, ]', '[ env, hostname ]'],
  ['one line, two entries', '[env, image]', '[env, image, hostname]'],
  ['one line, a comment in it', '[env /* the token, and more */]', '[env, hostname /* the token, and more */]'],
  ['one line, a comment before the comma', '[env /* x */, ]', '[env, hostname /* x */, ]'],
  ['a key with the marks of comments', '[env, sysctls["a#b//c"]]', '[env, sysctls["a#b//c"], hostname]'],
  ['a key with a bracket and a comma', '[env, sysctls["],"]]', '[env, sysctls["],"], hostname]'],
  ['quoted names', '["env"]', '["env", hostname]'],
  ['empty', '[]', '[env, hostname]'],
  ['empty with blanks', '[ ]', '[env, hostname]'],
  ['empty, two lines', '[\n    ]', '[env, hostname]'],
  ['empty but for a comment in it', '[/* none */]', '[env, hostname /* none */]'],
  ['empty but for a comment', '[\n      # none yet\n    ]', '[\n      # none yet\n      env,\n      hostname,\n    ]'],
  ['lines', '[\n      env\n    ]', '[\n      env,\n      hostname\n    ]'],
  ['lines, a comma at the end', '[\n      env,\n    ]', '[\n      env,\n      hostname,\n    ]'],
  ['lines, a comment at the end', '[\n      env # token\n    ]', '[\n      env, # token\n      hostname\n    ]'],
  ['lines, a comma and a comment', '[\n      env, # a, b]\n    ]', '[\n      env, # a, b]\n      hostname,\n    ]'],
  [
    'lines, comments around',
    '[\n      // x\n      env,\n      # y,\n    ]',
    '[\n      // x\n      env,\n      hostname,\n      # y,\n    ]',
  ],
  [
    'lines, a comment of lines',
    '[\n      env, /* a\n      b */\n    ]',
    '[\n      env, /* a\n      b */\n      hostname,\n    ]',
  ],
  ['lines that end with the list', '[env,\n      image]', '[env,\n      image,\n      hostname]'],
  ['lines that end with a comma', '[env,\n      image,]', '[env,\n      image,\n      hostname,]'],
  ['lines with two entries on one', '[\n      env, image,\n    ]', '[\n      env, image,\n      hostname,\n    ]'],
  ['the comma on its own line', '[\n      env\n      ,\n    ]', '[\n      env\n      ,\n      hostname,\n    ]'],
];

const LIFECYCLES: readonly (readonly [name: string, before: string, after: string])[] = [
  ['none', '', '\n  lifecycle {\n    ignore_changes = [env, hostname]\n  }\n'],
  [
    'none, and a comment at the end',
    '  # the end\n',
    '  # the end\n\n  lifecycle {\n    ignore_changes = [env, hostname]\n  }\n',
  ],
  ['empty', '  lifecycle {}\n', '  lifecycle {\n    ignore_changes = [env, hostname]\n  }\n'],
  ['empty, two lines', '  lifecycle {\n  }\n', '  lifecycle {\n    ignore_changes = [env, hostname]\n  }\n'],
  ['on one line', '  lifecycle { ignore_changes = [env] }\n', '  lifecycle { ignore_changes = [env, hostname] }\n'],
  [
    'on one line with something else',
    '  lifecycle { create_before_destroy = true }\n',
    '  lifecycle {\n    create_before_destroy = true\n    ignore_changes        = [env, hostname]\n  }\n',
  ],
  [
    'with something else',
    '  lifecycle {\n    create_before_destroy = true\n  }\n',
    '  lifecycle {\n    create_before_destroy = true\n    ignore_changes        = [env, hostname]\n  }\n',
  ],
  [
    'with something else of a shorter name, and a comment',
    '  lifecycle {\n    enabled = true # always\n  }\n',
    '  lifecycle {\n    enabled = true # always\n\n    ignore_changes = [env, hostname]\n  }\n',
  ],
  [
    'with a block',
    '  lifecycle {\n    precondition {\n      condition     = true\n      error_message = "x"\n    }\n  }\n',
    '  lifecycle {\n    precondition {\n      condition     = true\n      error_message = "x"\n    }\n    ignore_changes = [env, hostname]\n  }\n',
  ],
  [
    'in the middle of the resource',
    '  lifecycle {\n    ignore_changes = [env]\n  }\n\n  image = "x"\n',
    '  lifecycle {\n    ignore_changes = [env, hostname]\n  }\n\n  image = "x"\n',
  ],
];

const CASES = [
  ...LISTS.map(
    ([name, before, after]) =>
      [
        `a list: ${name}`,
        `  lifecycle {\n    ignore_changes = ${before}\n  }\n`,
        `  lifecycle {\n    ignore_changes = ${after}\n  }\n`,
      ] as const,
  ),
  ...LIFECYCLES.map(([name, before, after]) => [`a lifecycle: ${name}`, before, after] as const),
];

const STYLES: readonly (readonly [name: string, style: (text: string) => string])[] = [
  ['two blanks', (text) => text],
  ['tabs', (text) => text.replaceAll(/^(?: {2})+/gm, (blanks) => '\t'.repeat(blanks.length / 2))],
  ['Windows', (text) => text.replaceAll('\n', '\r\n')],
];

/** One file with the fixes of a resource applied one after the other, and the reports before and after. */
async function repair(
  text: string,
  wanted: (finding: Finding) => boolean,
): Promise<{ readonly text: string; readonly reports: readonly TemplateReport[] }> {
  const reports = [await lintText(text)];
  let now = text;
  for (let round = 0; round < 5; round += 1) {
    const fix = reports
      .at(-1)!
      .findings.filter(wanted)
      .find((one) => (one.fix?.edits.length ?? 0) > 0)?.fix;
    if (fix === undefined) return { text: now, reports };
    now = applyEdits(now, fix.edits)!;
    reports.push(await lintText(now));
  }
  throw new Error(`no end: ${now}`);
}

describe.each(STYLES)('ignore_changes, written with %s', (_style, write) => {
  it.each(CASES)('%s', async (_name, before, after) => {
    const source = write(`${HEAD}${before}}\n${TAIL}`);
    const { text, reports } = await repair(source, ({ rule }) => rule === 'claim/replace');
    expect(text).toBe(write(`${HEAD}${after}}\n${TAIL}`));
    const [first, last] = [keys(reports[0]!), keys(reports.at(-1)!)];
    expect(first).toContain('claim/replace docker_container.w hostname');
    expect(last.filter((one) => one.startsWith('claim/') || one.startsWith('syntax'))).toEqual([]);
    expect(last.filter((one) => !first.includes(one))).toEqual([]);
  });
});

describe('the place of ignore_changes', () => {
  const truth = (name: string): Promise<TemplateReport> =>
    lintFolder(join(import.meta.dirname, '../../../fixtures/lint/truth', name));

  it('is the file in which the list stands', async () => {
    const report = await truth('076-ignore-override');
    const { fix } = report.findings.find(({ address }) => address === 'terraform_data.uncovered')!;
    const texts = edited(report, fix!.edits);
    expect([...texts.keys()]).toEqual(['z_override.tf']);
    expect(texts.get('z_override.tf')).toContain('    ignore_changes = [input, triggers_replace]\n');
  });

  it('is left to a person in JSON', async () => {
    const { findings } = await truth('077-json-syntax');
    expect(findings.find(({ address }) => address === 'terraform_data.owner')!.fix).toEqual({
      description: 'add `triggers_replace` to ignore_changes of terraform_data.owner',
      edits: [],
    });
  });

  it('is the resource, when that is on one line', async () => {
    const owner = 'data "coder_workspace_owner" "me" {}\n';
    const { text } = await repair(
      `${owner}resource "docker_network" "n" { name = data.coder_workspace_owner.me.name }\n`,
      () => true,
    );
    expect(text).toBe(
      `${owner}resource "docker_network" "n" {\n  name = data.coder_workspace_owner.me.name\n\n  lifecycle {\n    ignore_changes = [name]\n  }\n}\n`,
    );
    expect(keys(await lintText(text))).toEqual([]);
  });
});

describe('what is to be ignored', () => {
  const NAME = 'data.coder_workspace_owner.me.name';
  const EMAIL = 'data.coder_workspace_owner.me.email';

  /** The smallest that keeps the old values: see L 2.7 and 2.12. */
  it.each<readonly [what: string, type: string, body: string, entries: readonly string[]]>([
    ['an attribute', 'docker_network', `name = ${NAME}`, ['name']],
    ['a list of which an element differs', 'docker_container', `env = ["A=x", "B=\${${NAME}}"]`, ['env']],
    ['a key of a map', 'null_resource', `triggers = { a = ${NAME}, b = "x" }`, ['triggers["a"]']],
    ['keys of a map', 'null_resource', `triggers = { a = ${NAME}, b = ${EMAIL}, c = "x" }`, ['triggers["a"]', 'triggers["b"]']],
    ['a key with marks in it', 'docker_container', `log_opts = { "a.b\\"c" = ${NAME} }`, ['log_opts["a.b\\"c"]']],
    ['a map that is another one', 'null_resource', `triggers = { (${NAME}) = "x" }`, ['triggers']],
    ['a key that is a template when written', 'null_resource', `triggers = { "$\${a}" = ${NAME} }`, ['triggers']],
    ['a value of terraform_data', 'terraform_data', `triggers_replace = { a = ${NAME} }`, ['triggers_replace']],
    ['blocks of a set', 'docker_container', `labels {\n    label = "a"\n    value = ${NAME}\n  }`, ['labels']],
    ['a block of Kubernetes', 'kubernetes_pod', `metadata {\n    name = ${NAME}\n  }`, ['metadata[0].name']],
  ])('%s', async (_what, type, body, entries) => {
    const source = `data "coder_workspace_owner" "me" {}\n\nresource "${type}" "r" {\n  ${body}\n}\n`;
    const { text, reports } = await repair(source, ({ rule }) => rule === 'claim/replace');
    expect(reports[0]!.findings).not.toEqual([]);
    const list = /ignore_changes = \[(.*)\]/.exec(text)?.[1];
    expect(list).toBe(entries.join(', '));
    expect(reports.at(-1)!.findings).toEqual([]);
  });
});
