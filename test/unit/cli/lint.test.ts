import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RULES } from '../../../src/lint/rule-index.ts';
import { cli, type Outcome } from './fakes.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prebuilds-lint-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const at = (path: string): string => join(root, path);
const read = (path: string): string => readFileSync(at(path), 'utf8');

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
}

/** `lint` with the folders of this test; paths in its output are relative to it. */
async function lint(args: readonly string[], dirs: readonly string[] = ['t']): Promise<Outcome> {
  const outcome = await cli(['lint', ...args, ...dirs.map(at)]);
  const local = (text: string): string => text.replaceAll(`${root}/`, '').replaceAll(root, '.');
  return { ...outcome, out: local(outcome.out), err: local(outcome.err) };
}

const compact = async (
  args: readonly string[] = [],
  dirs?: readonly string[],
): Promise<{ code: number; lines: readonly string[] }> => {
  const { code, out } = await lint(['--format', 'compact', ...args], dirs);
  return {
    code,
    lines: out
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace(/^(\S+): (\w+): .*\((\S+)\)$/, '$1 $2 $3')),
  };
};

const CODER = 'data "coder_workspace_owner" "me" {}\ndata "coder_workspace" "me" {}\n';
const CLEAN = `${CODER}resource "terraform_data" "a" {\n  triggers_replace = data.coder_workspace.me.id\n}\n`;
const BAD = `${CODER}resource "terraform_data" "a" {\n  triggers_replace = data.coder_workspace_owner.me.name\n}\n`;
const FIXED = `${CODER}resource "terraform_data" "a" {\n  triggers_replace = data.coder_workspace_owner.me.name\n\n  lifecycle {\n    ignore_changes = [triggers_replace]\n  }\n}\n`;
const AGENT = 'resource "coder_agent" "main" {\n  os   = "linux"\n  arch = "amd64"\n}\n';
const POOL = 'data "coder_workspace_preset" "p" {\n  name = "p"\n  prebuilds {\n    instances = 1\n  }\n}\n';

describe('exit codes', () => {
  it.each<readonly [string, Record<string, string>, readonly string[], number]>([
    ['clean', { 't/main.tf': CLEAN }, [], 0],
    ['findings', { 't/main.tf': BAD }, [], 1],
    ['findings below the threshold', { 't/main.tf': BAD, 't/.prebuilds-lint.yaml': 'rules: { claim/replace: warning }' }, [], 0],
    [
      'findings at the threshold',
      { 't/main.tf': BAD, 't/.prebuilds-lint.yaml': 'rules: { claim/replace: warning }' },
      ['--fail-on', 'warning'],
      1,
    ],
    ['findings that do not count', { 't/main.tf': BAD }, ['--fail-on', 'never'], 0],
    ['the threshold of the settings', { 't/main.tf': BAD, 't/.prebuilds-lint.yaml': 'fail_on: never' }, [], 0],
    ['the option over the settings', { 't/main.tf': BAD, 't/.prebuilds-lint.yaml': 'fail_on: never' }, ['--fail-on', 'error'], 1],
    ['a file that cannot be read', { 't/main.tf': `${CLEAN}x {` }, [], 2],
    ['such a file, whatever the threshold', { 't/main.tf': `${CLEAN}x {` }, ['--fail-on', 'never', '--only', 'ignore/all'], 2],
    ['no configuration', { 't/readme.md': '' }, [], 2],
    ['settings that are wrong', { 't/main.tf': CLEAN, 't/.prebuilds-lint.yaml': 'failon: error' }, [], 2],
  ])('%s', async (_name, files, args, code) => {
    write(files);
    expect((await lint(args)).code).toBe(code);
  });

  it.each([
    [['nowhere'], 'template folder nowhere does not exist'],
    [['t/main.tf'], 't/main.tf is a file, not a template folder'],
  ])('a folder that is none: %j', async (dirs, message) => {
    write({ 't/main.tf': CLEAN });
    const { code, out, err } = await lint([], dirs);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it.each([
    [['--only', 'claim/replce'], 'did you mean claim/replace?'],
    [['--disable', 'zzz'], 'prebuilds lint --rules lists them'],
    [['--update-baseline'], 'name the file to write'],
    [['--baseline', 'b.json', '--update-baseline', '--only', 'ignore/all'], 'leave --since, --only and --disable out'],
    [['--baseline', '/nonexistent/b.json'], 'write it with --update-baseline'],
    [['--json', '--format', 'sarif'], 'leave one of them out'],
    [['--format', 'xml'], 'see --help'],
  ])('wrong use: %j', async (args, hint) => {
    write({ 't/main.tf': CLEAN });
    const { code, err } = await lint(args);
    expect(code).toBe(2);
    expect(err).toContain(`hint: ${hint}`);
  });
});

describe('files that are no configuration', () => {
  it.each([
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x7b])],
    ['an image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['a script', Buffer.from('#!/bin/sh\nset -e; for x in 1 2; do echo "$x"; done\n')],
    ['an open string', Buffer.from('x = "a\n')],
  ])('%s: exit 2 with a position', async (_name, bytes) => {
    mkdirSync(at('t'));
    writeFileSync(at('t/main.tf'), bytes);
    const { code, out } = await lint(['--format', 'compact']);
    expect(code).toBe(2);
    expect(out).toMatch(/^t\/main\.tf:\d+:\d+: error: .+ \(syntax\)$/m);
  });

  it('a broken JSON file too', async () => {
    write({ 't/main.tf.json': '{"resource": {' });
    expect(await compact()).toMatchObject({
      code: 2,
      lines: expect.arrayContaining([expect.stringMatching(/^t\/main\.tf\.json:1:\d+ error syntax$/)]) as unknown,
    });
  });
});

describe('what is printed', () => {
  it('text with the finding, its way and its fix; neither home nor store is opened', async () => {
    write({ 't/main.tf': BAD });
    const { out, opened } = await lint([]);
    expect(opened).toBeUndefined();
    expect(out).toContain('error claim/replace terraform_data.a: triggers_replace (certain)\n  t/main.tf:4:3\n');
    expect(out).toContain('    4 |   triggers_replace = data.coder_workspace_owner.me.name\n      |   ^^^^');
    expect(out).toContain('+    ignore_changes = [triggers_replace]');
    expect(out).toContain('\n1 error in 1 template (1 file)\n');
  });

  it('--json is --format json', async () => {
    write({ 't/main.tf': BAD });
    const { code, json, out } = await lint(['--json']);
    expect(code).toBe(1);
    expect(json).toMatchObject({
      schema: 1,
      templates: [{ dir: at('t'), findings: [{ rule: 'claim/replace', file: 'main.tf', line: 4 }] }],
    });
    expect((await lint(['--format', 'json'])).out).toBe(out);
  });

  it('--output writes a file and says so', async () => {
    write({ 't/main.tf': BAD });
    const { code, out, err } = await lint(['--format', 'junit', '--output', at('out.xml')]);
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: '1 finding; wrote out.xml\n' });
    expect(read('out.xml')).toMatch(/^<\?xml [\s\S]*<failure /);
  });

  it('paths for CI are relative to the repository around the working directory, and absolute outside of it', async () => {
    write({ 't/main.tf': BAD });
    expect((await cli(['lint', '--format', 'github', at('t')])).out).toContain(`::error file=${at('t/main.tf')},line=4`);
    const fixture = join(process.cwd(), 'fixtures/lint/truth/001-owner-fields');
    expect((await cli(['lint', '--format', 'github', fixture])).out).toContain(
      '::error file=fixtures/lint/truth/001-owner-fields/main.tf,',
    );
  });

  it('the exact message for a file that is broken, with its position', async () => {
    write({ 't/main.tf': 'resource "a" {\n' });
    const { out } = await lint(['--format', 'compact']);
    expect(out).toMatch(/^t\/main\.tf:1:14: error: Unclosed configuration block: .* \(syntax\)\n$/);
  });

  it('--strict-syntax reads what the tree did not object to', async () => {
    write({ 't/main.tf': CLEAN, 't/terraform.tfvars': 'x = 1\n' });
    expect(await compact(['--strict-syntax'])).toEqual({ code: 0, lines: [] });
  });

  it('--rules and --explain need no template', async () => {
    const rules = await cli(['lint', '--rules', '--json']);
    expect((rules.json as { rule: string }[]).map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
    const page = await cli(['lint', '--explain', 'claim/replace']);
    expect(page).toMatchObject({ code: 0, err: '', opened: undefined });
    expect(page.out).toMatch(/^# claim\/replace: /);
    expect((await cli(['lint', '--explain', 'replace'])).err).toContain('hint: did you mean claim/replace?');
  });
});

describe('which templates', () => {
  it('--recursive finds those with an agent or a preset, each once', async () => {
    write({ 'a/main.tf': CODER + AGENT, 'a/module/main.tf': CLEAN, 'b/c/main.tf': CODER + POOL, 'd/main.tf': CLEAN });
    const { json } = await lint(['--json', '--recursive'], ['.', 'a']);
    expect((json as { templates: { dir: string }[] }).templates.map(({ dir }) => dir)).toEqual([at('a'), at('b/c')]);
  });

  it('--recursive without any is not clean', async () => {
    write({ 'd/main.tf': CLEAN });
    expect(await lint(['--recursive'], ['.'])).toMatchObject({ code: 2, out: '' });
  });

  it('--only-prebuilds leaves out who asks for none, and says so', async () => {
    write({ 'a/main.tf': BAD, 'b/main.tf': BAD + POOL });
    const { code, json, err } = await lint(['--json', '--only-prebuilds'], ['a', 'b']);
    expect(code).toBe(1);
    expect((json as { templates: { dir: string }[] }).templates.map(({ dir }) => dir)).toEqual([at('b')]);
    expect(err).toBe('1 template left out: no preset asks for prebuilds\n');
  });

  it('settings are found upwards, extended, and ignore folders', async () => {
    write({
      'repo/.git/HEAD': '',
      'repo/.prebuilds-lint.yaml': 'extends: conf/base.yaml\nignore: [old]\n',
      'repo/conf/base.yaml': 'rules: { claim/replace: notice }\n',
      'repo/a/main.tf': BAD,
      'repo/old/main.tf': BAD,
      '.prebuilds-lint.yaml': 'rules: { claim/replace: "off" }\n',
    });
    expect(await compact([], ['repo/a', 'repo/old'])).toEqual({ code: 0, lines: ['repo/a/main.tf:4:3 notice claim/replace'] });
  });

  it('settings that extend themselves are refused', async () => {
    write({ 't/main.tf': CLEAN, 't/.prebuilds-lint.yaml': 'extends: b.yaml', 't/b.yaml': 'extends: .prebuilds-lint.yaml' });
    const { code, err } = await lint([]);
    expect(code).toBe(2);
    expect(err).toContain('extends itself: t/.prebuilds-lint.yaml -> t/b.yaml -> t/.prebuilds-lint.yaml');
  });

  it('settings that extend nothing are refused', async () => {
    write({ 't/main.tf': CLEAN, 't/.prebuilds-lint.yaml': 'extends: gone.yaml' });
    expect((await lint([])).err).toContain('correct `extends` of t/.prebuilds-lint.yaml');
  });

  it('facts of the settings count', async () => {
    const text = `${CODER}resource "acme_vm" "v" {\n  owner = data.coder_workspace_owner.me.name\n}\n`;
    write({ 't/main.tf': text });
    expect((await compact()).lines).toEqual(['t/main.tf:4:3 notice facts/unknown-type']);
    write({ 't/.prebuilds-lint.yaml': 'facts: { acme_vm: { force_new: [owner] } }' });
    expect((await compact()).lines).toEqual(['t/main.tf:4:3 error claim/replace']);
  });

  it('--only and --disable choose rules and families', async () => {
    write({ 't/main.tf': `${BAD}resource "terraform_data" "b" {\n  lifecycle {\n    ignore_changes = all\n  }\n}\n` });
    const rules = async (...args: string[]) => (await compact(args)).lines.map((line) => line.split(' ')[2]);
    expect(await rules()).toEqual(['claim/replace', 'ignore/all']);
    expect(await rules('--only', 'ignore/all')).toEqual(['ignore/all']);
    expect(await rules('--disable', 'claim/*')).toEqual(['ignore/all']);
    expect(await rules('--only', 'claim/*', '--only', 'ignore/all', '--disable', 'ignore/*')).toEqual(['claim/replace']);
  });
});

describe('comments', () => {
  const text = BAD.replace('.name\n', '.name # prebuilds-lint: ignore claim/replace -- wanted\n');

  it('suppress, and are counted', async () => {
    write({ 't/main.tf': text });
    const { code, out } = await lint([]);
    expect({ code, out }).toEqual({ code: 0, out: 'no findings in 1 template (1 file); 1 suppressed\n' });
  });

  it('--no-inline-ignores reports all', async () => {
    write({ 't/main.tf': text });
    expect(await compact(['--no-inline-ignores'])).toEqual({ code: 1, lines: ['t/main.tf:4:3 error claim/replace'] });
  });

  it('are unused when the rule found nothing, not when it was off', async () => {
    write({ 't/main.tf': CLEAN.replace('.id\n', '.id # prebuilds-lint: ignore claim/replace -- wanted\n') });
    expect((await compact()).lines).toEqual(['t/main.tf:4:49 warning suppression/unused']);
    expect((await compact(['--disable', 'claim/replace'])).lines).toEqual([]);
    write({ 't/.prebuilds-lint.yaml': 'rules: { suppression/unused: error }' });
    expect(await compact()).toEqual({ code: 1, lines: ['t/main.tf:4:49 error suppression/unused'] });
  });
});

describe('baseline', () => {
  it('is written, lets old findings pass and new ones not, and counts what is gone', async () => {
    write({ 'a/main.tf': BAD });
    const update = await lint(['--baseline', at('b.json'), '--update-baseline'], ['a']);
    expect(update).toMatchObject({ code: 0, err: expect.stringContaining('wrote b.json') as string });
    expect(JSON.parse(read('b.json'))).toMatchObject({
      findings: [{ template: 'a', file: 'main.tf', rule: 'claim/replace', count: 1 }],
    });

    const moved = `# a line\n\n${BAD}`;
    write({ 'a/main.tf': moved });
    expect(await compact(['--baseline', at('b.json')], ['a'])).toEqual({ code: 0, lines: [] });

    write({
      'a/main.tf': `${moved}resource "terraform_data" "n" {\n  triggers_replace = data.coder_workspace_owner.me.name\n}\n`,
    });
    expect(await compact(['--baseline', at('b.json')], ['a'])).toEqual({ code: 1, lines: ['a/main.tf:9:3 error claim/replace'] });

    write({ 'a/main.tf': CLEAN });
    expect((await lint(['--baseline', at('b.json')], ['a'])).out).toContain('; 1 baseline entry no longer needed\n');
  });

  it('does not hide what cannot be read', async () => {
    write({ 't/main.tf': `${BAD}x {` });
    expect((await lint(['--baseline', at('b.json'), '--update-baseline'])).code).toBe(2);
    expect((await lint(['--baseline', at('b.json')])).code).toBe(2);
  });
});

describe('--since', () => {
  const git = (...args: readonly string[]): void => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'ignore' });
  };

  beforeEach(() => {
    write({
      'a/main.tf': BAD,
      'a/other.tf': '',
      'b/main.tf': BAD,
      'm/main.tf': 'variable "x" {}\n',
      'c/main.tf': `${BAD}module "m" {\n  source = "../m"\n  x = 1\n}\n`,
    });
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'x');
  });

  it('looks only at templates with a changed file, and reports only what concerns one', async () => {
    write({ 'a/other.tf': 'resource "terraform_data" "o" {\n  triggers_replace = data.coder_workspace_owner.me.id\n}\n' });
    const { code, lines } = await compact(['--since', 'HEAD', '--only', 'claim/*', '--only', 'drift/*'], ['a', 'b', 'c']);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['a/other.tf']);
    expect(code).toBe(lines[0]?.includes('error') === true ? 1 : 0);
  });

  it('counts new files, modules, and findings whose cause has changed', async () => {
    write({ 'b/new.tf': 'locals {}\n', 'm/main.tf': 'variable "x" {} # more\n' });
    const { out } = await lint(['--json', '--since', 'HEAD'], ['a', 'b', 'c']);
    expect((JSON.parse(out) as { templates: { dir: string }[] }).templates.map(({ dir }) => dir)).toEqual(['b', 'c']);
    write({ 'a/main.tf': BAD.replace('owner.me.name', 'owner.me.name # touched') });
    expect((await compact(['--since', 'HEAD'], ['a'])).lines).toEqual(['a/main.tf:4:3 error claim/replace']);
  });

  it('compares with the commit where the branch began', async () => {
    git('branch', 'base');
    write({ 'a/main.tf': `${BAD}# mine\n` });
    git('commit', '-q', '-a', '-m', 'mine');
    git('checkout', '-q', 'base');
    write({ 'b/main.tf': `${BAD}# theirs\n` });
    git('commit', '-q', '-a', '-m', 'theirs');
    git('checkout', '-q', '-');
    expect((await compact(['--since', 'base'], ['a', 'b'])).lines).toEqual(['a/main.tf:4:3 error claim/replace']);
  });

  it.each(['nowhere', '--output=x', 'HEAD:a'])('a revision that is none is wrong use: %s', async (ref) => {
    const { code, err } = await lint([`--since=${ref}`], ['a']);
    expect(code).toBe(2);
    expect(err).toContain(`has no revision ${ref}`);
    expect(existsSync(at('x'))).toBe(false);
  });

  it('finds the repository by itself in a hook', async () => {
    write({ 'a/main.tf': `${BAD}# more\n` });
    process.env['GIT_DIR'] = '.git';
    try {
      expect((await compact(['--since', 'HEAD'], ['a', 'b'])).lines).toEqual(['a/main.tf:4:3 error claim/replace']);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  it('outside of a repository is wrong use', async () => {
    rmSync(at('.git'), { recursive: true });
    expect(await lint(['--since', 'HEAD'], ['a'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is in no git repository') as string,
    });
  });
});

describe('--fix', () => {
  it('writes the change, keeps permissions and the rest of the file, and reports what is left', async () => {
    write({ 't/main.tf': BAD, 't/other.tf': '# as   it is\n' });
    chmodSync(at('t/main.tf'), 0o640);
    const { code, out, err } = await lint(['--fix']);
    expect({ code, out, err }).toEqual({ code: 0, out: 'no findings in 1 template (2 files)\n', err: 'repaired t/main.tf\n' });
    expect(read('t/main.tf')).toBe(FIXED);
    expect(statSync(at('t/main.tf')).mode & 0o777).toBe(0o640);
    expect((await lint(['--fix'])).err).toBe('');
  });

  it('--dry-run prints a diff that git can apply, and writes nothing', async () => {
    write({ 't/main.tf': BAD });
    execFileSync('git', ['init', '-q', root]);
    const { code, out } = await cli(['lint', '--fix', '--dry-run', at('t')]);
    expect(code).toBe(1);
    expect(read('t/main.tf')).toBe(BAD);
    expect(out).toContain(`\n+++ b${at('t/main.tf')}\n`);
    execFileSync('git', ['apply', `-p${String(root.split('/').length)}`, '-'], { cwd: root, input: out });
    expect(read('t/main.tf')).toBe(FIXED);
  });

  it('repairs several attributes of one resource, and keeps CRLF', async () => {
    const text = `${CODER}resource "docker_container" "w" {\n  name  = "c-\${data.coder_workspace_owner.me.name}"\n  image = "x"\n  env   = ["A=\${data.coder_workspace_owner.me.name}"]\n}\n`;
    write({ 't/main.tf': text.replaceAll('\n', '\r\n') });
    const { code } = await lint(['--fix']);
    expect(code).toBe(0);
    expect(read('t/main.tf')).toMatch(/ignore_changes = \[(?:name, env|env, name)\]\r\n/);
    expect(read('t/main.tf')).not.toMatch(/[^\r]\n/);
  });

  it('touches nothing where a file cannot be read', async () => {
    write({ 't/main.tf': BAD, 't/broken.tf': 'x {' });
    expect((await lint(['--fix'])).code).toBe(2);
    expect(read('t/main.tf')).toBe(BAD);
  });

  it('does not follow a link out of the template', async () => {
    write({ 'elsewhere.tf': BAD, 't/coder.tf': '' });
    symlinkSync(at('elsewhere.tf'), at('t/main.tf'));
    const { code, err } = await lint(['--fix']);
    expect(code).toBe(2);
    expect(err).toContain('t/main.tf is a link out of its template; nothing was written');
    expect(read('elsewhere.tf')).toBe(BAD);
  });

  it('leaves suppressed findings alone', async () => {
    const text = BAD.replace('.name\n', '.name # prebuilds-lint: ignore claim/replace -- wanted\n');
    write({ 't/main.tf': text });
    expect((await lint(['--fix'])).code).toBe(0);
    expect(read('t/main.tf')).toBe(text);
  });

  it('says in JSON what it did', async () => {
    write({ 't/main.tf': BAD });
    const { json } = await lint(['--fix', '--json']);
    expect(json).toMatchObject({
      fixed: { written: true, files: [at('t/main.tf')], findings: 1, refused: 0 },
      summary: { findings: 0 },
    });
  });
});
