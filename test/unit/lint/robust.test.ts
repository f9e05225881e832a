import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lintFolder } from '../../lint-truth/linter.ts';

const HEAD = `data "coder_workspace_owner" "me" {}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
`;
const OWNER = 'data.coder_workspace_owner.me.name';

/** Templates that nobody should write: an answer, in time, and never "clean" when something was left out. */
describe('hostile templates', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'prebuilds-lint-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
  };
  const replaced = async (): Promise<readonly string[]> => (await lintFolder(dir)).replaced.map(({ address }) => address);

  it.each([
    ['locals in a circle', `locals {\n  a = local.b\n  b = local.a\n}\n`, 'local.a'],
    ['a local of itself', `locals {\n  a = "x\${local.a}"\n}\n`, 'local.a'],
    ['resources in a circle', `resource "terraform_data" "a" {\n  input = terraform_data.x.id\n}\n`, 'terraform_data.a.id'],
    ['a count of itself', `resource "terraform_data" "a" {\n  count = length(terraform_data.a)\n}\n`, 'length(terraform_data.a)'],
  ])('%s: the rest is linted', async (_what, text, read) => {
    write({
      'main.tf': `${HEAD}${text}resource "terraform_data" "x" {\n  triggers_replace = ${read}\n}\nresource "terraform_data" "y" {\n  triggers_replace = ${OWNER}\n}\n`,
    });
    expect(await replaced()).toContain('terraform_data.y');
  });

  it('modules that call each other are opaque', async () => {
    write({
      'main.tf': `${HEAD}module "a" {\n  source = "./a"\n  x      = ${OWNER}\n}\nresource "terraform_data" "y" {\n  triggers_replace = module.a.y\n}\n`,
      'a/main.tf': `variable "x" {}\nmodule "b" {\n  source = "../b"\n}\noutput "y" {\n  value = var.x\n}\n`,
      'b/main.tf': `module "a" {\n  source = "../a"\n}\n`,
    });
    const { findings } = await lintFolder(dir);
    expect(findings.map(({ rule }) => rule)).toContain('module/opaque');
    expect(await replaced()).toContain('terraform_data.y');
  });

  it('symbolic links in a circle', async () => {
    write({ 'main.tf': `${HEAD}module "a" {\n  source = "./loop/loop/loop"\n}\n` });
    symlinkSync('.', join(dir, 'loop'));
    await expect(lintFolder(dir)).resolves.toBeDefined();
  });

  it('20,000 locals that follow each other are refused, not taken as clean', async () => {
    const locals = Array.from(
      { length: 20_000 },
      (_none, n) => `  l${String(n)} = ${n === 0 ? OWNER : `local.l${String(n - 1)}`}\n`,
    );
    write({
      'main.tf': `${HEAD}locals {\n${locals.join('')}}\nresource "terraform_data" "x" {\n  triggers_replace = local.l19999\n}\n`,
    });
    expect((await lintFolder(dir)).findings).toMatchObject([{ rule: 'syntax', range: { file: 'main.tf' } }]);
  });

  it('2,000 resources, each reading the one before', async () => {
    const resources = Array.from(
      { length: 2000 },
      (_none, n) =>
        `resource "terraform_data" "r${String(n)}" {\n  triggers_replace = ${n === 0 ? OWNER : `terraform_data.r${String(n - 1)}.id`}\n}\n`,
    );
    write({ 'main.tf': HEAD + resources.join('') });
    expect(await replaced()).toHaveLength(2000);
  }, 60_000);

  it('a pattern that a backtracking matcher never finishes, and a text too long to make', async () => {
    write({
      'main.tf': `${HEAD}resource "terraform_data" "x" {\n  triggers_replace = [regexall("^(a|a)+$", "${'a'.repeat(60)}b"), format("%1000000000d", 1), ${OWNER}]\n}\n`,
    });
    expect(await replaced()).toEqual(['terraform_data.x']);
  });

  it('any expression: an answer', async () => {
    const atom = fc.constantFrom(
      OWNER,
      '1',
      '"a"',
      'null',
      'true',
      '[1, 2]',
      '{ a = 1 }',
      'coder_agent.main.token',
      'local.nope',
      'var.x',
    );
    const expr = fc.letrec<{ expr: string }>((tie) => ({
      expr: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        atom,
        fc
          .tuple(
            fc.constantFrom(
              'upper',
              'length',
              'keys',
              'merge',
              'concat',
              'try',
              'can',
              'tolist',
              'jsondecode',
              'one',
              'nofunction',
            ),
            tie('expr'),
          )
          .map(([name, arg]) => `${name}(${arg})`),
        fc.tuple(tie('expr'), tie('expr'), tie('expr')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
        fc.tuple(tie('expr'), fc.constantFrom('+', '==', '&&', '<'), tie('expr')).map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => `[for k, v in ${a} : ${b}]`),
        fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => `{ for k, v in ${a} : k => ${b} }`),
        tie('expr').map((a) => `"x\${${a}}"`),
        tie('expr').map((a) => `${a}[*].a`),
      ),
    })).expr;
    await fc.assert(
      fc.asyncProperty(expr, async (text) => {
        write({
          'main.tf': `${HEAD}variable "x" {}\nresource "terraform_data" "x" {\n  triggers_replace = ${text}\n  count = ${text}\n}\n`,
        });
        await expect(lintFolder(dir)).resolves.toBeDefined();
      }),
      { numRuns: 200 },
    );
  });
});
