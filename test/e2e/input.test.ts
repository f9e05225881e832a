import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import { plain } from '../support/templates.ts';

/** Every bad input: its exit code, a word that the one line must contain, and that nothing was stored. */
describe('bad input to template push', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = makeSandbox();
  });
  afterAll(async () => {
    await box.dispose();
  });

  const withPreset = (body: string) => plain(1).replace('prebuilds {\n    instances = 1\n  }', body);

  it.each([
    ['a missing folder', () => join(box.folder, 'nowhere'), 2, 'nowhere'],
    ['a file', () => join(box.template('file', plain(1)), 'main.tf'), 2, 'main.tf'],
    ['an empty folder', () => empty(box), 2, 'hollow'],
    ['no coder provider', () => box.template('nocoder', 'resource "terraform_data" "x" {}\n'), 2, 'coder'],
    ['a syntax error', () => box.template('syntax', 'locals {\n  a = (1\n}\n'), 2, 'main.tf:'],
    ['two defaults', () => box.template('defaults', plain(1) + second('Other', true)), 2, 'default'],
    ['duplicate preset names', () => box.template('dupes', plain(1) + second('Standard', false)), 2, 'Standard'],
    ['overlapping schedules', () => box.template('overlap', withPreset(overlapping)), 2, 'overlap'],
    [
      'instances known only after apply',
      () => box.template('unknown', withPreset('prebuilds { instances = length(coder_agent.main.id) }')),
      2,
      'instances',
    ],
    ['a required parameter without a value', () => box.template('required', plain(1) + required), 2, 'cpus'],
  ])('%s', async (_what, dir, code, word) => {
    const answer = await box.run('template', 'push', dir());
    expect(answer.stderr).toContain(word);
    expect(answer.code).toBe(code);
    expect(await box.json('template', 'list')).toEqual([]);
  });

  it('a variable that the template does not declare', async () => {
    const answer = await box.run('template', 'push', box.template('vars', plain(1)), '--var', 'nope=1');
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain('nope');
  });

  it('warns of what a claim would rebuild, and pushes all the same', async () => {
    const rebuilt = `${plain(1)}resource "terraform_data" "follows" {\n  triggers_replace = data.coder_workspace_owner.me.name\n}\n`;
    const answer = await box.run('template', 'push', box.template('rebuilt', rebuilt));
    expect(answer.code).toBe(0);
    expect(answer.stderr).toMatch(/warning: main\.tf:\d+: .*`terraform_data\.follows`.*\(claim\/replace\)/);
    await box.ok('template', 'delete', 'rebuilt');
  });

  it('an engine that is not there', async () => {
    const lost = makeSandbox({ PREBUILDS_ENGINE: '/nonexistent/terraform' });
    const answer = await lost.run('template', 'push', lost.template('plain', plain(1)));
    expect(answer.code).toBe(3);
    expect(answer.stderr).toContain('/nonexistent/terraform');
    await lost.dispose();
  });

  it.each([
    ['an unknown template', ['claim', 'nosuch'], 2, 'nosuch'],
    ['an unknown workspace', ['show', 'nosuch'], 2, 'nosuch'],
    ['an unknown pool', ['status', 'nosuch'], 2, 'nosuch'],
    ['an unknown command', ['klaim'], 2, 'klaim'],
    ['an unknown option', ['list', '--nope'], 2, '--nope'],
  ])('%s', async (_what, args, code, word) => {
    const answer = await box.run(...args);
    expect(answer.code).toBe(code);
    expect(answer.stderr).toContain(word);
  });

  it('an unknown key in the configuration, with its line', async () => {
    box.config('jobs: 2\nreadyness: probe\n');
    const answer = await box.run('list');
    expect(answer.code).toBe(2);
    expect(answer.stderr).toMatch(/config\.yaml:2/);
    expect(answer.stderr).toContain('readiness');
    box.config('');
  });

  it('a home that others can read', async () => {
    const open = join(box.folder, 'open');
    mkdirSync(open, { mode: 0o755 });
    writeFileSync(join(open, 'x'), '');
    const answer = await box.run('list', '--home', open);
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain('chmod 700');
  });
});

const second = (name: string, isDefault: boolean) => `
data "coder_workspace_preset" "second" {
  name    = "${name}"
  default = ${String(isDefault)}
}
`;
const required = `
data "coder_parameter" "cpus" {
  name = "cpus"
  type = "number"
}
`;
const overlapping = `prebuilds {
    instances = 1
    scheduling {
      timezone = "Europe/Berlin"
      schedule {
        cron      = "* 8-12 * * 1-5"
        instances = 2
      }
      schedule {
        cron      = "* 10-14 * * 1"
        instances = 3
      }
    }
  }`;

function empty(box: Sandbox): string {
  const dir = join(box.folder, 'hollow');
  mkdirSync(dir, { recursive: true });
  return dir;
}
