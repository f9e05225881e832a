import type { ChildProcess } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults, openBrowser, openPage, type Watched } from '../../support/browser.ts';
import { exited, makeSandbox, until, type Sandbox } from '../../support/cli.ts';

/** Its preset has a name that would be a script if it were markup; starting it again takes seconds, so its log can be followed. */
const TEMPLATE = `
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_workspace_preset" "standard" {
  name       = "Fast <img src=x onerror=alert(1)>"
  default    = true
  parameters = { cpus = 4 }
  prebuilds {
    instances = 2
  }
}
data "coder_parameter" "cpus" {
  name    = "cpus"
  type    = "number"
  default = 2
  validation {
    min = 1
    max = 8
  }
}
data "coder_parameter" "mood" {
  name         = "mood"
  display_name = "Mood"
  type         = "string"
  default      = "calm"
  mutable      = true
  option {
    name  = "Calm"
    value = "calm"
  }
  option {
    name  = "Wild"
    value = "wild"
  }
}
resource "terraform_data" "machine" {
  input = data.coder_workspace.me.id
}
resource "terraform_data" "boot" {
  count = data.coder_workspace_owner.me.name == "prebuilds" ? 0 : data.coder_workspace.me.start_count
  provisioner "local-exec" { command = "sleep 3" }
}
output "mood" { value = data.coder_parameter.mood.value }
`;
const PRESET = 'Fast <img src=x onerror=alert(1)>';

interface Status {
  readonly pools: readonly { readonly eligible: number }[];
}

describe('the web page', () => {
  const sandbox: Sandbox = makeSandbox();
  let server: ChildProcess;
  let browser: Browser;
  let origin: string;
  let main: Watched;

  const token = async (...args: string[]): Promise<string> =>
    ((await sandbox.json('token', 'create', ...args)) as { text: string }).text;
  const signIn = async (page: Page, text: string): Promise<void> => {
    await page.goto(`${origin}/`);
    await page.getByLabel('Token').fill(text);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
  };
  const go = async (page: Page, view: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: view }).waitFor();
  };

  beforeAll(async () => {
    sandbox.config(`engine: ${process.env['PREBUILDS_ENGINE'] ?? 'terraform'}\nlisten: 127.0.0.1:0\nagent_listen: 127.0.0.1:0\n`);
    await sandbox.ok('template', 'push', sandbox.template('docker', TEMPLATE));
    browser = await openBrowser();
    server = sandbox.start('serve');
    origin = await until('the server to listen', () => /serve: listening.*url="?(http:[^\s"]+)/.exec(sandbox.log())?.[1]);
    await until('a full pool', async () =>
      ((await sandbox.json('status')) as Status).pools[0]?.eligible === 2 ? true : undefined,
    );
    main = await openPage(browser, origin);
  });
  afterAll(async () => {
    await browser.close();
    server.kill('SIGTERM');
    await exited(server);
    await sandbox.dispose();
  });

  it('asks for a token, says when it is wrong, and forgets it with the tab', async () => {
    const { page } = await openPage(browser, origin);
    await page.goto(`${origin}/`);
    await page.getByLabel('Token').fill(`pb_${'x'.repeat(43)}`);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('the token is unknown, expired or revoked').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);

    await signIn(main.page, await token('--role', 'admin'));
    expect(await main.page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);
    await main.page.reload();
    await main.page.getByRole('heading', { name: 'Pools' }).waitFor();
    await page.context().close();
  });

  it('takes the token of a login address, and takes it out of the address', async () => {
    const { page, faults } = await openPage(browser, origin);
    await page.goto(`${origin}/#token=${await token('--role', 'admin')}`);
    await page.getByRole('heading', { name: 'Pools' }).waitFor();
    expect(page.url()).not.toContain('token');
    // Once more, in the tab that shows the page already.
    await page.goto(`${origin}/#token=${await token('--role', 'agent-read')}`);
    await page.getByText('agent-read').waitFor();
    expect(page.url()).not.toContain('token');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows the pool: its numbers, its last day, its next size', async () => {
    const { page } = main;
    const pool = page.getByRole('article', { name: `docker/${PRESET}` });
    await pool.getByText('full').waitFor();
    expect(await pool.locator('.lead dd').innerText()).toBe('2/2');
    await until('a history', async () =>
      (await pool.getByRole('img', { name: /^Last 24 hours: .* eligible/ }).count()) === 1 ? true : undefined,
    );
    await pool.getByRole('button', { name: /^numbers/ }).click();
    expect(await pool.getByRole('columnheader').allInnerTexts()).toContain('eligible');
    expect(await pool.getByRole('row').count()).toBe(25);
    await pool.getByRole('button', { name: /^hide numbers/ }).click();
  });

  it('pauses and resumes, and says so', async () => {
    const { page } = main;
    await page.getByRole('button', { name: 'Pause all' }).click();
    await page.getByText('Everything is paused.').waitFor();
    expect(await sandbox.json('status')).toMatchObject({ paused: true });
    await page.getByRole('button', { name: 'Resume all' }).click();
    await page.getByRole('button', { name: 'Pause all' }).waitFor();
  });

  it('finds workspaces by the words of the command line, and opens one, with the keyboard alone', async () => {
    const { page } = main;
    await go(page, 'Workspaces');
    await page.keyboard.press('/');
    await page.keyboard.type('owner:prebuilds status:ready template:docker');
    await page.waitForURL(/search=owner%3Aprebuilds\+status%3Aready\+template%3Adocker$/);
    await page.getByText('2 found').waitFor();
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(2);
    expect(await rows.first().innerText()).toContain('rebuilds nothing');
    await page.keyboard.type(' nothing-of-this-name');
    await page.getByText('No workspace matches.').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('owner:prebuilds');
    await page.getByText('2 found').waitFor();

    await page.getByRole('button', { name: 'Workspace', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.locator('th[aria-sort="ascending"]', { hasText: 'Workspace' }).waitFor();
    await rows.first().getByRole('link').focus();
    await page.keyboard.press('ArrowDown');
    const name = await page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: String(name) }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it('keeps what is typed while the page asks for what was typed before', async () => {
    const { page, faults } = await openPage(browser, origin);
    await signIn(page, await token('--role', 'admin'));
    await go(page, 'Workspaces');
    const box = page.getByLabel('Search');
    await page.evaluate(`addEventListener('hashchange', () => {
      const box = document.querySelector('[data-shortcut="/"]');
      box.value += 'r:prebuilds';
      box.dispatchEvent(new Event('input', { bubbles: true }));
    }, { once: true })`);
    await box.fill('owne');
    await page.waitForURL(/search=owner%3Aprebuilds$/);
    await page.getByText('2 found').waitFor();
    expect(await box.inputValue()).toBe('owner:prebuilds');
    await page.getByRole('button', { name: 'status:ready' }).click();
    await page.waitForURL(/search=owner%3Aprebuilds\+status%3Aready$/);
    expect(await box.inputValue()).toBe('owner:prebuilds status:ready');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows a workspace: builds, log, resources, events', async () => {
    const { page } = main;
    await page.getByRole('log', { name: 'Log of build 1' }).getByText('apply: 1 to add').waitFor();
    expect(await page.locator('.builds li').innerText()).toMatch(/#1 create[\s\S]*succeeded[\s\S]*worked/);
    await page.getByRole('rowheader', { name: 'terraform_data.machine' }).waitFor();
    await page.getByRole('cell', { name: 'prebuild.ready' }).waitFor();
  });

  it('answers a wrong search in the words of the server', async () => {
    const { page } = await openPage(browser, origin);
    await signIn(page, await token('--role', 'admin'));
    await page.goto(`${origin}/#/workspaces?search=colour:red`);
    await page.getByRole('alert').getByText('unknown search key "colour"').waitFor();
    await page.context().close();
  });

  it('claims with a parameter, and tells where the time went', async () => {
    const { page } = main;
    await go(page, 'Claim');
    await page.getByLabel('Mood').selectOption({ label: 'Wild' });
    await page.getByLabel('Name').fill('dev');
    await page.getByRole('button', { name: 'Claim', exact: true }).click();
    await page
      .getByRole('log', { name: 'Progress' })
      .getByText(/applying/)
      .waitFor();
    await page.getByRole('heading', { name: 'anna/dev' }).waitFor();
    expect(await page.locator('.served').innerText()).toMatch(/^from the pool in \d/);
    expect(await page.locator('.phases ol').innerText()).toMatch(/plan[\s\S]*apply/);
    expect(await sandbox.json('show', 'anna/dev')).toMatchObject({ parameters: { mood: 'wild' }, status: 'ready' });

    await page.getByLabel('Name').fill('dev');
    await page.getByRole('button', { name: 'Claim', exact: true }).click();
    await page.getByRole('alert').getByText(/dev/).waitFor();
  });

  it('shows events as they happen', async () => {
    const { page } = main;
    await go(page, 'Events');
    await page.getByRole('cell', { name: 'claim.served' }).waitFor();
    const [prebuild] = (await sandbox.json('list', '--search', 'owner:prebuilds')) as { name: string }[];
    await sandbox.ok('hold', prebuild!.name, '--reason', 'looking \u202einto <b>it');
    await page.getByRole('row').filter({ hasText: 'prebuild.held' }).first().waitFor();
    await sandbox.ok('unhold', prebuild!.name);
    await page.getByLabel('Filter').fill('claim.served dev');
    await page.getByRole('link', { name: 'dev' }).click();
    await page.getByRole('heading', { level: 1, name: 'anna/dev' }).waitFor();
  });

  it('shows nothing of a workspace that is deleted while it is looked at', async () => {
    const { page } = await openPage(browser, origin);
    await signIn(page, await token('--role', 'admin'));
    await sandbox.ok('claim', 'docker', '--name', 'short', '--no-pool');
    await page.goto(`${origin}/#/workspaces/anna/short`);
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    await sandbox.ok('delete', 'short', '--yes');
    await page.getByRole('alert').getByText('there is no workspace "anna/short"').waitFor();
    expect(await page.getByRole('button', { name: /^(Start|Stop|Delete)$/ }).count()).toBe(0);
    await page.context().close();
  });

  it('stops and starts, and follows the log while it is written', async () => {
    const { page } = main;
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const log = page.getByRole('log', { name: /^Log of build 4/ });
    await log.getByText('terraform_data.boot[0]: create started').waitFor();
    await page.getByText('following').waitFor();
    expect(await log.innerText()).not.toContain('create complete');
    await log.getByText('terraform_data.boot[0]: create complete').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  });

  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 400],
    ['dark', 400],
  ] as const)('has nothing that keeps people out: %s, %i pixels', async (colorScheme, width) => {
    const { page, faults } = await openPage(browser, origin, { colorScheme, viewport: { width, height: 900 } });
    await page.goto(`${origin}/`);
    await page.getByLabel('Token').waitFor();
    const found = [...(await accessibilityFaults(page))];
    await signIn(page, await token('--role', 'admin'));
    for (const place of ['pools', 'workspaces', 'workspaces/anna/dev', 'events', 'claim']) {
      await page.goto(`${origin}/#/${place}`);
      await page.locator('main h1').waitFor();
      await page.locator('[aria-busy="true"]').waitFor({ state: 'detached' });
      found.push(...(await accessibilityFaults(page)).map((fault) => `${place}: ${fault}`));
      expect([place, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([place, 0]);
    }
    expect(found).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('gives each role its own', async () => {
    await sandbox.ok('user', 'create', 'ben');
    const { page, faults } = await openPage(browser, origin);
    await signIn(page, await token('--role', 'member', '--user', 'ben'));
    await page.getByRole('article', { name: `docker/${PRESET}` }).waitFor();
    expect(await page.getByRole('button', { name: 'Pause all' }).count()).toBe(0);
    await go(page, 'Workspaces');
    await page.getByText('0 found').waitFor();
    expect(faults).toEqual([]);

    await page.getByRole('button', { name: 'sign out' }).click();
    await signIn(page, await token('--role', 'agent-read'));
    await page.getByRole('article', { name: `docker/${PRESET}` }).waitFor();
    expect(await page.getByRole('navigation').getByRole('link').allInnerTexts()).toEqual(['Pools']);
    await page.context().close();
  });

  it('asks before it deletes; Escape means no', async () => {
    const { page } = main;
    const button = page.getByRole('button', { name: 'Delete', exact: true });
    await button.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Delete anna/dev?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Delete');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    // The browser tells of the closed question with its next frame, when the button was pressed again already.
    await page.evaluate(`document.querySelector('dialog').close(); document.querySelector('.verbs > .danger').click()`);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor();
    expect(await sandbox.json('list', '--search', 'owner:anna')).toEqual([]);
  });

  it('goes on by itself when the server comes back', async () => {
    const { page } = main;
    await go(page, 'Events');
    const before = main.faults.length;
    server.kill('SIGTERM');
    await exited(server);
    await page.getByText('no connection').waitFor();
    sandbox.config(
      `engine: ${process.env['PREBUILDS_ENGINE'] ?? 'terraform'}\nlisten: ${new URL(origin).host}\nagent_listen: 127.0.0.1:0\n`,
    );
    server = sandbox.start('serve');
    await page.getByText('live', { exact: true }).waitFor();
    const [prebuild] = (await sandbox.json('list', '--search', 'owner:prebuilds')) as { name: string }[];
    await sandbox.ok('hold', prebuild!.name, '--reason', 'after the break');
    await page.getByRole('row').filter({ hasText: 'after the break' }).first().waitFor();
    // Requests that were refused meanwhile are noted by the browser itself.
    expect(main.faults.slice(before).filter((fault) => !/Failed to load resource|ERR_/.test(fault))).toEqual([]);
    expect(main.faults.slice(0, before).filter((fault) => !/status of 4\d\d/.test(fault))).toEqual([]);
  });
});
