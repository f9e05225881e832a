import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Configuration, ModuleSource, ResourceDecl } from '../../../../src/template/syntax/configuration.ts';
import { findTemplates, loadConfiguration, type LoadOptions } from '../../../../src/template/syntax/load.ts';
import { sha256 } from '../../../../src/kit/ids.ts';
import { parser, show, showProblems } from './show.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prebuilds-syntax-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

async function load(files: Readonly<Record<string, string | Uint8Array>>, options?: LoadOptions): Promise<Configuration> {
  write(files);
  return loadConfiguration(root, parser, options);
}

/** A resource in one line: arguments, blocks, then what has a meaning of its own. */
function showResource(decl: ResourceDecl | undefined): string {
  if (decl === undefined) return 'none';
  const { lifecycle } = decl;
  const optional = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [`${name}: ${value}`]);
  return [
    ...decl.attributes.map(({ name, expr }) => `${name} = ${show(expr)}`),
    ...decl.blocks.map(
      ({ type, labels, body }) => `${[type, ...labels].join(' ')} {${body.attributes.map(({ name }) => name).join(' ')}}`,
    ),
    ...optional('count', decl.count && show(decl.count.expr)),
    ...optional('for_each', decl.forEach && show(decl.forEach.expr)),
    ...optional('provider', decl.provider && show(decl.provider)),
    ...optional('depends_on', decl.dependsOn.map(show).join(' ') || undefined),
    ...optional('ignore', ignored(decl)),
    ...optional('prevent', lifecycle.preventDestroy && show(lifecycle.preventDestroy)),
    ...optional('before', lifecycle.createBeforeDestroy && show(lifecycle.createBeforeDestroy)),
    ...optional('triggers', lifecycle.replaceTriggeredBy.map(show).join(' ') || undefined),
    ...optional('enabled', lifecycle.enabled && show(lifecycle.enabled.expr)),
    ...optional('conditions', lifecycle.conditions.map(show).join(' ') || undefined),
    ...optional('destroy', decl.destroyProvisioners.length === 0 ? undefined : String(decl.destroyProvisioners.length)),
  ].join('; ');
}

function ignored({ lifecycle: { ignoreChanges } }: ResourceDecl): string | undefined {
  if (ignoreChanges === undefined) return undefined;
  return ignoreChanges.all ? 'all' : JSON.stringify(ignoreChanges.entries.map(({ path }) => path));
}

describe('a resource', () => {
  const shown = [
    'x = 1; b {y}; dynamic c {for_each}; count: 2; provider: p.q; depends_on: t.m module.k',
    'ignore: [["x"],["tags","a"],["b",0,"y"],["port",1,"z"],["quoted"],[]]; prevent: true; before: var.c; triggers: t.m[0].id',
    'enabled: false; conditions: a b; destroy: 1',
  ].join('; ');

  it('is taken apart', async () => {
    const { root: module, problems } = await load({
      'main.tf': `resource "t" "n" {
  count      = 2
  provider   = p.q
  depends_on = [t.m, "module.k"]
  x          = 1
  b {
    y = 1
  }
  dynamic "c" {
    for_each = []
  }
  lifecycle {
    ignore_changes        = [x, tags["a"], b[0].y, port.1.z, "quoted", a[count.index]]
    prevent_destroy       = true
    create_before_destroy = var.c
    replace_triggered_by  = [t.m[0].id]
    enabled               = false
    precondition {
      condition = a
    }
    postcondition {
      condition = b
    }
  }
  provisioner "local-exec" {
    when = destroy
  }
  provisioner "local-exec" {
    command = "x"
  }
  connection {}
}
`,
    });
    expect([showResource(module.managed.get('t.n')), problems]).toEqual([shown, []]);
    expect(module.managed.get('t.n')?.block.headRange.start).toBe(0);
    expect(module.managed.get('t.n')?.lifecycle.block?.type).toBe('lifecycle');
  });

  it('is the same in JSON, where blocks are properties', async () => {
    const body = {
      count: 2,
      provider: 'p.q',
      depends_on: ['t.m', 'module.k'],
      x: 1,
      b: { y: 1 },
      lifecycle: [
        {
          ignore_changes: ['x', 'tags["a"]'],
          prevent_destroy: true,
          replace_triggered_by: ['t.m[0].id'],
          precondition: [{ condition: '${a}' }],
        },
      ],
      provisioner: [{ 'local-exec': { when: 'destroy' } }, { 'local-exec': [{ command: 'x' }] }],
    };
    const { root: module, problems } = await load({ 'main.tf.json': JSON.stringify({ resource: { t: { n: body } } }) });
    expect([showResource(module.managed.get('t.n')), problems]).toEqual([
      'x = 1; b = {"y"=1}; count: 2; provider: p.q; depends_on: t.m module.k; ignore: [["x"],["tags","a"]]; prevent: true; triggers: t.m[0].id; conditions: T(<a>); destroy: 1',
      [],
    ]);
  });

  it.each([
    ['ignore_changes = all', 'ignore: all'],
    ['ignore_changes = []', 'ignore: []'],
    ['ignore_changes = [all]', 'ignore: [["all"]]'],
    ['ignore_changes = x', 'ignore: []'],
  ])('%s', async (argument, expected) => {
    const { root: module } = await load({ 'main.tf': `resource "t" "n" {\n  lifecycle {\n    ${argument}\n  }\n}\n` });
    expect(showResource(module.managed.get('t.n'))).toBe(expected);
  });
});

describe('a folder', () => {
  it('is made of all its files', async () => {
    const { root: module, problems } = await load({
      'b.tf': 'locals {\n  b = 1\n}\nlocals {\n  c = 2\n}\noutput "o" {\n  value = 1\n}\n',
      'a.tf':
        'data "d" "x" {}\nvariable "v" {\n  type     = list(string)\n  default  = ["a"]\n  nullable = false\n}\nprovider "p" {\n  alias = "q"\n}\n',
      'c.tf.json': '{"resource": {"r": {"x": {}}}, "terraform": {"required_providers": {"d": {"source": "k/d"}, "e": "~> 1"}}}',
      'd.tofu':
        'moved {\n  from = a.b\n  to   = a.c\n}\nterraform {\n  required_providers {\n    f = { source = "k/f" }\n  }\n}\n',
      '.hidden.tf': 'nonsense',
      'e.tf~': 'nonsense',
      'f.tftest.hcl': 'nonsense',
      'g.txt': 'nonsense',
      'deeper/h.tf': 'nonsense',
    });
    expect(problems).toEqual([]);
    expect(module.files.map(({ path }) => path)).toEqual(['a.tf', 'b.tf', 'c.tf.json', 'd.tofu']);
    expect([...module.locals.keys()]).toEqual(['b', 'c']);
    expect([...module.data.keys(), ...module.managed.keys(), ...module.outputs.keys()]).toEqual(['d.x', 'r.x', 'o']);
    const variable = module.variables.get('v')!;
    expect([variable.type, variable.default, variable.nullable].map((expr) => show(expr!))).toEqual([
      'list(string)',
      '["a"]',
      'false',
    ]);
    expect(module.providers.map(({ labels }) => labels)).toEqual([['p']]);
    expect(module.moved.map(({ from, to }) => [show(from), show(to)])).toEqual([['a.b', 'a.c']]);
    expect([...module.requiredProviders]).toEqual([
      ['d', 'k/d'],
      ['f', 'k/f'],
    ]);
  });

  it('takes .tofu files for the .tf files of the same name, or not at all', async () => {
    const files = {
      'a.tf': 'locals {\n  a = "tf"\n}\n',
      'a.tofu': 'locals {\n  a = "tofu"\n}\n',
      'b.tf.json': '{"locals": {"b": "tf"}}',
      'b.tofu.json': '{"locals": {"b": "tofu"}}',
      'c_override.tofu': 'locals {\n  c = "tofu"\n}\n',
      'c.tf': 'locals {\n  c = "tf"\n}\n',
    };
    const values = ({ root: module }: Configuration): string[] => [...module.locals.values()].map(({ expr }) => show(expr));
    expect(values(await load(files))).toEqual(['"tofu"', '"tofu"', '"tofu"']);
    expect(values(await load(files, { tofu: false }))).toEqual(['"tf"', '"tf"', '"tf"']);
  });

  it('has values of variables, later files first', async () => {
    const { variableValues, problems } = await load({
      'main.tf': '',
      'terraform.tfvars': 'a = 1\nb = 1\nc = 1\nd = 1\n',
      'terraform.tfvars.json': '{"b": 2, "c": 2, "d": "${x}"}',
      'a.auto.tfvars': 'c = 3\n',
      'b.auto.tfvars.json': '{"e": 4}',
      'other.tfvars': 'a = 9\n',
    });
    expect(problems).toEqual([]);
    expect([...variableValues].map(([name, expr]) => `${name}=${show(expr)}`)).toEqual(['a=1', 'b=2', 'c=3', 'd="${x}"', 'e=4']);
  });
});

describe('override files', () => {
  const base = `resource "t" "n" {
  x = 1
  y = 2
  b {
    p = 1
  }
  b {
    p = 2
  }
  c {
    p = 3
  }
  dynamic "d" {
    for_each = []
  }
  count = 1
  lifecycle {
    ignore_changes  = [x]
    prevent_destroy = true
  }
}
`;
  it.each([
    ['', 'x = 1; y = 2; b {p}; b {p}; c {p}; dynamic d {for_each}; count: 1; ignore: [["x"]]; prevent: true'],
    ['x = 9\nz = 8', 'y = 2; x = 9; z = 8; b {p}; b {p}; c {p}; dynamic d {for_each}; count: 1; ignore: [["x"]]; prevent: true'],
    ['b {\n  q = 1\n}', 'x = 1; y = 2; c {p}; dynamic d {for_each}; b {q}; count: 1; ignore: [["x"]]; prevent: true'],
    ['d {\n  q = 1\n}', 'x = 1; y = 2; b {p}; b {p}; c {p}; d {q}; count: 1; ignore: [["x"]]; prevent: true'],
    [
      'dynamic "b" {\n  for_each = 1\n}',
      'x = 1; y = 2; c {p}; dynamic d {for_each}; dynamic b {for_each}; count: 1; ignore: [["x"]]; prevent: true',
    ],
    [
      'count = 2\nprovider = p.q',
      'x = 1; y = 2; b {p}; b {p}; c {p}; dynamic d {for_each}; count: 2; provider: p.q; ignore: [["x"]]; prevent: true',
    ],
    [
      'lifecycle {\n  ignore_changes = [y, z]\n}',
      'x = 1; y = 2; b {p}; b {p}; c {p}; dynamic d {for_each}; count: 1; ignore: [["y"],["z"]]; prevent: true',
    ],
    [
      'lifecycle {\n  ignore_changes = all\n}',
      'x = 1; y = 2; b {p}; b {p}; c {p}; dynamic d {for_each}; count: 1; ignore: all; prevent: true',
    ],
    [
      'lifecycle {\n  ignore_changes = []\n  create_before_destroy = true\n  replace_triggered_by = [a.b]\n}',
      'x = 1; y = 2; b {p}; b {p}; c {p}; dynamic d {for_each}; count: 1; ignore: [["x"]]; prevent: true; before: true',
    ],
  ])('%j', async (over, expected) => {
    const { root: module, problems } = await load({ 'main.tf': base, 'override.tf': `resource "t" "n" {\n${over}\n}\n` });
    expect([showResource(module.managed.get('t.n')), problems]).toEqual([expected, []]);
  });

  it('override everything else too, one after the other', async () => {
    const { root: module, problems } = await load({
      'z.tf':
        'locals {\n  a = 1\n}\nvariable "v" {\n  type    = string\n  default = "a"\n}\noutput "o" {\n  value = 1\n}\nmodule "m" {\n  source = "./m"\n  x      = 1\n  y      = 2\n}\nprovider "p" {\n  x = 1\n  y = 2\n}\ndata "d" "n" {\n  x = 1\n}\n',
      'a_override.tf':
        'locals {\n  a = 2\n}\nvariable "v" {\n  default = "b"\n}\noutput "o" {\n  value = 2\n}\nmodule "m" {\n  y = 3\n}\n',
      'b_override.tf.json': '{"locals": {"a": 3}, "provider": {"p": {"y": 4}}, "data": {"d": {"n": {"x": 5}}}}',
      'm/main.tf': '',
    });
    expect(problems.filter(({ range }) => range.file !== 'm')).toEqual([]);
    expect([module.locals.get('a')!, module.outputs.get('o')!].map(({ expr }) => show(expr))).toEqual(['3', '2']);
    expect(show(module.variables.get('v')!.default!)).toBe('"b"');
    expect(show(module.variables.get('v')!.type!)).toBe('string');
    expect(module.calls.get('m')!.inputs.map(({ name, expr }) => `${name}=${show(expr)}`)).toEqual(['x=1', 'y=3']);
    expect(module.providers[0]!.body.attributes.map(({ name, expr }) => `${name}=${show(expr)}`)).toEqual(['x=1', 'y=4']);
    expect(showResource(module.data.get('d.n'))).toBe('x = 5');
  });

  it.each([
    ['resource "t" "other" {}', /t\.other is overridden here, but declared nowhere/],
    ['resource "t" "n" {\n  depends_on = [a.b]\n}', /depends_on cannot be overridden/],
    [
      'resource "t" "n" {\n  lifecycle {\n    precondition {\n      condition = true\n    }\n  }\n}',
      /conditions cannot be overridden/,
    ],
  ])('%s is refused', async (over, message) => {
    const { problems } = await load({ 'main.tf': base, 'x_override.tf': `${over}\n` });
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
    expect(problems[0]!.range.file).toBe('x_override.tf');
  });
});

describe('what the engine would refuse', () => {
  it.each([
    ['resource "t" "n" {}\nresource "t" "n" {}', '2:1 t.n is declared twice'],
    ['data "t" "n" {}\nresource "t" "n" {}', undefined],
    ['locals {\n  a = 1\n}\nlocals {\n  a = 2\n}', '5:3 a is declared twice'],
    ['variable "a" {}\nvariable "a" {}', '2:1 a is declared twice'],
    ['output "a" {\n  value = 1\n}\noutput "a" {\n  value = 1\n}', '4:1 a is declared twice'],
    ['module "a" {\n  source = "x/y/z"\n}\nmodule "a" {\n  source = "x/y/z"\n}', '4:1 a is declared twice'],
    ['provider "p" {}\nprovider "p" {}', '2:1 provider p is configured twice; a second configuration needs an alias'],
    ['provider "p" {}\nprovider "p" {\n  alias = "a"\n}', undefined],
    ['resource "t" {}', '1:1 a resource block has two labels, type and name'],
    ['resource "t" "n" "o" {}', '1:1 a resource block has two labels, type and name'],
    ['variable {}', '1:1 a variable block has one label, its name'],
    ['locals "a" {}', '1:1 a locals block has no label'],
    ['resources "t" "n" {}', '1:1 resources is not a type of block'],
    ['a = 1', '1:1 a cannot be set at the top of a file'],
    ['resource "t" "n" {\n  lifecycle {}\n  lifecycle {}\n}', '3:3 there can be one lifecycle block only'],
    ['resource "t" "n" {\n  count    = 1\n  for_each = []\n}', '3:3 count and for_each cannot both be set'],
    ['output "a" {}', '1:1 output a has no value'],
    ['moved {\n  from = a.b\n}', '1:1 a moved block has from and to'],
    ['check "a" {}\nimport {\n  to = a.b\n}\nremoved {\n  from = a.b\n}\nephemeral "a" "b" {}', undefined],
  ])('%j', async (text, problem) => {
    const { problems } = await load({ 'main.tf': `${text}\n` });
    expect(showProblems(problems)).toEqual(problem === undefined ? [] : [problem]);
  });

  it('is said of all files, with the rest of them read', async () => {
    const { root: module, problems } = await load({
      'a.tf': 'resource "t" "a" {\n  x = [\n}\n\nresource "t" "b" {}\n',
      'b.tf': 'resource "t" "c" {}\n',
      'terraform.tfvars': 'a = \nblock {}\n',
    });
    expect(problems.map(({ range }) => range.file)).toEqual(['a.tf', 'terraform.tfvars', 'terraform.tfvars']);
    expect([...module.managed.keys()]).toEqual(expect.arrayContaining(['t.b', 't.c']));
  });
});

describe('modules', () => {
  const call = (name: string, source: string, more = ''): string => `module "${name}" {\n  source = "${source}"\n${more}}\n`;
  const dirs = (module: ModuleSource | undefined): unknown =>
    module === undefined
      ? undefined
      : { [module.dir]: Object.fromEntries([...module.calls].map(([name, each]) => [name, dirs(each.module)])) };

  it('are read once per folder, from wherever they are called', async () => {
    const { root: module, problems } = await load({
      'main.tf':
        call('a', './m/a', '  x = 1\n  count = 2\n  depends_on = [t.n]\n  providers = {}\n  version = "1"\n') +
        call('b', './m/b') +
        call('c', './m/b'),
      'm/a/main.tf': call('inner', '../b'),
      'm/b/main.tf': 'locals {\n  x = 1\n}\n',
    });
    expect(problems).toEqual([]);
    expect(dirs(module)).toEqual({ '': { a: { 'm/a': { inner: { 'm/b': {} } } }, b: { 'm/b': {} }, c: { 'm/b': {} } } });
    const [a, b, c] = [...module.calls.values()];
    expect(b!.module).toBe(c!.module);
    expect(a!.module!.calls.get('inner')!.module).toBe(b!.module);
    expect(b!.module!.files.map(({ path }) => path)).toEqual(['m/b/main.tf']);
    expect([a!.inputs.map(({ name }) => name), show(a!.count!.expr), a!.dependsOn.map(show), a!.source]).toEqual([
      ['x'],
      '2',
      ['t.n'],
      './m/a',
    ]);
  });

  it('may lie outside the template', async () => {
    write({ 'shared/main.tf': 'x = \n', 't/main.tf': call('a', '../shared') });
    const { root: module, problems } = await loadConfiguration(join(root, 't'), parser);
    expect(dirs(module)).toEqual({ '': { a: { '../shared': {} } } });
    expect(problems[0]!.range.file).toBe('../shared/main.tf');
  });

  it('of others are where init put them', async () => {
    const modules = [
      { Key: '', Source: '', Dir: '.' },
      { Key: 'a', Source: 'registry/x', Dir: '.terraform/modules/a/sub', Version: '1' },
      { Key: 'a.b', Source: 'git::x', Dir: '.terraform/modules/a.b' },
    ];
    const { root: module, problems } = await load({
      'main.tf': call('a', 'k/x/y') + call('gone', 'k/z/y'),
      '.terraform/modules/modules.json': JSON.stringify({ Modules: modules }),
      '.terraform/modules/a/sub/main.tf': call('b', 'git::x') + call('l', './local'),
      '.terraform/modules/a/sub/local/main.tf': '',
      '.terraform/modules/a.b/main.tf': '',
    });
    expect(problems).toEqual([]);
    expect(dirs(module)).toEqual({
      '': {
        a: { '.terraform/modules/a/sub': { b: { '.terraform/modules/a.b': {} }, l: { '.terraform/modules/a/sub/local': {} } } },
        gone: undefined,
      },
    });
  });

  it.each(['', '[]', '{"Modules": [{"Key": 1}]}', '{"Modules": {}}', 'x'])(
    'a list of modules that says %j is as none',
    async (text) => {
      const { root: module } = await load({ 'main.tf': call('a', 'k/x/y'), '.terraform/modules/modules.json': text });
      expect(module.calls.get('a')!.module).toBeUndefined();
    },
  );

  it('in a circle, by links too, end where it closes', async () => {
    write({
      'main.tf': call('a', './m'),
      'm/main.tf': call('b', '../n') + call('self', './link'),
      'n/main.tf': call('back', '../m'),
    });
    symlinkSync('.', join(root, 'm', 'link'));
    const { root: module, problems } = await loadConfiguration(root, parser);
    expect(dirs(module)).toEqual({ '': { a: { m: { b: { n: { back: undefined } }, self: undefined } } } });
    expect(problems).toEqual([]);
  });

  it('that are not there are a problem', async () => {
    const { root: module, problems } = await load({ 'main.tf': call('a', './gone') });
    expect(module.calls.get('a')!.module).toBeUndefined();
    expect(problems).toEqual([
      {
        message: expect.stringMatching(/^gone cannot be read: ENOENT: no such file or directory$/) as string,
        range: expect.objectContaining({ file: 'main.tf', line: 2, column: 3 }) as unknown,
      },
    ]);
  });
});

describe('what cannot be read is a problem', () => {
  it('a folder without configuration, or none', async () => {
    expect((await load({})).problems.map(({ message }) => message)).toEqual(['there is no configuration file in this folder']);
    const gone = await loadConfiguration(join(root, 'gone'), parser);
    expect(gone.problems.map(({ message }) => message)).toEqual([expect.stringMatching(/^this folder cannot be read: ENOENT/)]);
    expect(gone.root.managed.size).toBe(0);
  });

  it('links that lead nowhere or in a circle, what is no file, and bytes that are no text', async () => {
    write({ 'ok.tf': 'locals {\n  a = 1\n}\n', 'bytes.tf': Buffer.from('locals {\n  b = "\xff"\n}\n', 'latin1') });
    symlinkSync('nowhere', join(root, 'gone.tf'));
    symlinkSync('loop.tf', join(root, 'loop.tf'));
    symlinkSync('/dev/zero', join(root, 'zero.tf'));
    symlinkSync('.', join(root, 'folder.tf'));
    mkdirSync(join(root, 'real.tf'));
    const { root: module, problems } = await loadConfiguration(root, parser);
    expect(problems.map(({ range, message }) => `${range.file}: ${message}`)).toEqual([
      'bytes.tf: this file is not in UTF-8',
      'folder.tf: this is not a regular file',
      expect.stringMatching(/^gone\.tf: this file cannot be read: ENOENT/),
      expect.stringMatching(/^loop\.tf: this file cannot be read: ELOOP/),
      'zero.tf: this is not a regular file',
    ]);
    expect([...module.locals.keys()]).toEqual(['b', 'a']);
  });
});

describe('the content of files', () => {
  it('is read when it is asked for, once', async () => {
    const { content } = await load({ 'main.tf': '', 'a.txt': 'é', 'b.tftpl': 'x${y}', 'c.bin': Buffer.from([255]) });
    expect(content.text('a.txt')).toBe('é');
    expect(content.text(join(root, 'a.txt'))).toBe('é');
    expect(content.digest('a.txt')).toBe(sha256('é'));
    expect(content.text('c.bin')).toBeUndefined();
    expect(content.digest('c.bin')).toBe(sha256(Buffer.from([255])));
    expect(content.template('b.tftpl')).toMatchObject([
      { kind: 'text', text: 'x' },
      { expr: { name: 'y', range: { file: 'b.tftpl' } } },
    ]);
    write({ 'a.txt': 'changed' });
    expect(content.text('a.txt')).toBe('é');
  });

  it.each(['gone', '.', '/dev/zero', '../../../../gone', '\u0000'])('of %j is not there', async (path) => {
    const { content } = await load({ 'main.tf': '' });
    expect([content.text(path), content.digest(path), content.template(path)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('finding templates', () => {
  const agent = 'resource "coder_agent" "main" {}\n';
  const call = (source: string): string => `module "m" {\n  source = "${source}"\n}\n`;
  it.each<[string, Record<string, string>, string[]]>([
    ['nothing', { 'a/main.tf': 'locals {}\n', 'b/readme.md': agent }, []],
    ['the folder itself', { 'main.tf': agent }, ['']],
    [
      'agents and presets, in JSON and in OpenTofu too',
      {
        'a/main.tf': agent,
        'b/x.tf': 'data "coder_workspace_preset" "p" {}\n',
        'c/x.tf.json': '{"resource": {"coder_agent": {"main": {}}}}',
        'd/x.tofu': agent,
        'e/f/main.tf': `${agent}x = [\n`,
      },
      ['a', 'b', 'c', 'd', 'e/f'],
    ],
    [
      'no text that only looks like it',
      { 'a/main.tf': '# resource "coder_agent" "x" {}\nlocals {\n  a = <<E\nresource "coder_agent" "x" {}\nE\n}\n' },
      [],
    ],
    [
      'no hidden folders',
      { '.git/main.tf': agent, '.terraform/modules/x/main.tf': agent, 'node_modules/x/main.tf': agent, 'a/.x/main.tf': agent },
      [],
    ],
    ['no module of a template', { 'a/main.tf': agent + call('./m'), 'a/m/main.tf': agent }, ['a']],
    ['no module of a module', { 'a/main.tf': agent + call('../b'), 'b/main.tf': call('../c'), 'c/main.tf': agent }, ['a']],
    ['a module of what is no template', { 'a/main.tf': call('./m'), 'a/m/main.tf': agent }, ['a/m']],
    ['the first of those in a circle', { 'a/main.tf': agent + call('../b'), 'b/main.tf': agent + call('../a') }, ['a']],
    ['one that calls itself', { 'a/main.tf': agent + call('../a') }, ['a']],
  ])('%s', async (_, files, found) => {
    write(files);
    expect(await findTemplates(root)).toEqual(found.map((name) => join(root, name)));
  });

  it('does not follow links', async () => {
    write({ 'a/main.tf': agent });
    symlinkSync('..', join(root, 'a', 'up'));
    symlinkSync('a', join(root, 'b'));
    expect(await findTemplates(root)).toEqual([join(root, 'a')]);
  });
});
