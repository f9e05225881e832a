import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exited, makeSandbox, PROJECT, type Sandbox, until } from '../../support/cli.ts';
import type { Answer, WorkspaceRow } from '../../support/json.ts';
import { freePort } from '../../support/port.ts';

interface Shown extends WorkspaceRow {
  readonly agents: readonly {
    readonly name: string;
    readonly lifecycle: string;
    readonly lifecycleAt: string;
    readonly generation: number;
    readonly heardAt: string | null;
    readonly scripts: readonly { readonly id: string; readonly exit: number | null; readonly seconds: number | null }[];
    readonly metadata: readonly { readonly key: string; readonly value: string | null; readonly measuredAt: string | null }[];
  }[];
}

/** What a template shows of itself. */
const EXTRA = `
resource "coder_app" "editor" {
  agent_id     = coder_agent.main.id
  slug         = "editor"
  display_name = "Editor"
  url          = "http://localhost:13337"
  healthcheck {
    url       = "http://localhost:13337/healthz"
    interval  = 5
    threshold = 6
  }
}
resource "coder_metadata" "home" {
  resource_id = terraform_data.home.id
  item {
    key   = "owner"
    value = data.coder_workspace_owner.me.name
  }
  item {
    key       = "password"
    value     = "hunter2-hunter2"
    sensitive = true
  }
}
`;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The process template, with the machines in the sandbox. */
async function push(box: Sandbox, ...vars: readonly string[]): Promise<void> {
  const dir = join(box.folder, 'template');
  const machines = join(box.folder, 'machines');
  cpSync(join(PROJECT, 'fixtures', 'templates', 'process'), dir, { recursive: true });
  writeFileSync(join(dir, 'extra.tf'), EXTRA);
  mkdirSync(machines);
  const all = [`base_folder=${machines}`, 'start_seconds=0', 'startup_seconds=1', ...vars];
  await box.ok('template', 'push', dir, '--name', 'process', ...all.flatMap((one) => ['--var', one]));
}

describe('a workspace with an agent', () => {
  let box: Sandbox;
  const show = async (name: string): Promise<Shown> => (await box.json('show', name)) as Shown;
  beforeAll(async () => {
    box = makeSandbox();
    box.config(`access_url: http://127.0.0.1:${String(await freePort())}\nrehearsal: false\njobs: 4\n`, true);
    await push(box);
  });
  afterAll(() => box.dispose());

  it('is stock when its start script has ended, without a word in the configuration', async () => {
    expect(await box.json('reconcile')).toMatchObject({ created: 2, failed: 0 });
    const rows = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
    expect(rows).toHaveLength(2);
    for (const { name } of rows) {
      const { agents, readyAt } = await show(name);
      expect(agents).toMatchObject([{ name: 'main', lifecycle: 'ready', generation: 1, scripts: [{ id: 'startup', exit: 0 }] }]);
      expect(agents[0]?.lifecycleAt.localeCompare(readyAt ?? '')).toBeLessThanOrEqual(0);
      expect(agents[0]?.scripts[0]?.seconds).toBeGreaterThanOrEqual(1);
    }
  });

  it('shows apps and metadata in the answer of its claim, and nothing that is sensitive', async () => {
    const answer = (await box.json('claim', 'process', '--name', 'dev')) as Answer;
    expect(answer).toMatchObject({
      servedAs: 'warm',
      rebuilt: [],
      apps: [{ slug: 'editor', name: 'Editor', agent: 'main', url: 'http://localhost:13337', health: 'unknown' }],
    });
    expect(answer).toMatchObject({
      metadata: expect.arrayContaining([
        { resource: 'terraform_data.home', key: 'owner', value: 'anna' },
        { resource: 'terraform_data.home', key: 'password', value: null },
      ]) as unknown,
    });
    expect(answer.phasesMs['agents']).toBeGreaterThan(0);
    const text = await box.ok('show', 'dev');
    expect(text).toMatch(/AGENT +STATE +GENERATION +HEARD\nmain +ready +2 of 2 +\d+s ago/);
    expect(text).toMatch(/main +Startup Script +startup +start +0 +\d/);
    expect(text).toContain('http://localhost:13337');
    expect(text).toContain('(sensitive)');
    expect(text).not.toContain('hunter2');
  });

  it('prints what its scripts wrote, of each generation', async () => {
    // Whole, though nobody listens any more since the claim.
    expect(await box.ok('logs', 'dev', '--agent')).toBe(
      '--- main: Startup Script, generation 2 ---\npreparing for anna\nprepared',
    );
    expect(await box.ok('logs', 'dev', '--agent', 'main', '--script', 'startup', '--generation', '1')).toContain(
      'preparing for prebuilds',
    );
    expect(await box.ok('logs', 'dev', '--agent', '-f')).toContain('prepared');
    expect(
      (await box.ok('logs', 'dev', '--script', 'Startup Script', '--json'))
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toContainEqual({
      agent: 'main',
      script: 'startup',
      scriptName: 'Startup Script',
      generation: 2,
      line: 'prepared',
    });
    const none = await box.run('logs', 'dev', '--agent', '--generation', '7');
    expect(none).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'no script of main (ready) wrote anything in generation 7 in anna/dev',
    });
    for (const [args, words] of [
      [['--agent', 'other'], 'has no agent "other"'],
      [['--agent', '--script', 'other'], 'has no script "other"'],
      [['--agent', '--build', '1'], 'belongs to no build'],
    ] as const) {
      const answer = await box.run('logs', 'dev', ...args);
      expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as unknown });
    }
  });

  it('is heard by a pass that goes on, whose values of metadata every process can read, and followed', async () => {
    const watching = box.start('reconcile', '--watch', '--interval', '1s');
    try {
      const measured = await until('a value', async () => {
        const item = (await show('dev')).agents[0]?.metadata.find(({ key }) => key === 'memory');
        return item?.value === null ? undefined : item;
      });
      expect(measured.value).toMatch(/GiB/);
      expect(measured.measuredAt).toMatch(/^\d{4}-/);
      expect(await box.ok('show', 'dev')).toMatch(/main +Memory +\S+ GiB.* +\d+s/);
      const prebuild = await until('stock', async () => {
        const rows = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
        return rows.length === 2 ? rows[0] : undefined;
      });
      const claiming = box.json('claim', 'process', '--name', 'second');
      await until('the claim', async () => ((await box.run('show', 'second')).code === 0 ? true : undefined));
      expect(await box.ok('logs', 'second', '--agent', '-f')).toContain('preparing for anna\nprepared');
      expect(prebuild.id).not.toBe('');
      await claiming;
    } finally {
      watching.kill('SIGTERM');
      await exited(watching);
    }
  });

  it('doctor tries whether agents are heard', async () => {
    const { stdout } = await box.run('doctor', '--json');
    const findings = JSON.parse(stdout) as readonly { topic: string; level: string; message: string }[];
    expect(findings.filter(({ topic }) => topic === 'agents')).toMatchObject([{ level: 'ok' }]);
  });
});

describe('agents that are not heard', () => {
  it('one that never runs fails its prebuild with what to look at', async () => {
    const box = makeSandbox();
    try {
      const port = String(await freePort());
      box.config(`access_url: http://127.0.0.1:${port}\nagent_timeout: 1s\nfailures: { limit: 1 }\njobs: 4\n`, true);
      await push(box, 'run_agent=false');
      expect(await box.run('reconcile', '--timeout', '90s')).toMatchObject({ code: 3 });
      const rows = (await box.json('list', '--search', 'owner:prebuilds')) as readonly (WorkspaceRow & { lastError: string })[];
      expect(rows.filter(({ status }) => status === 'ready')).toEqual([]);
      expect(rows[0]?.lastError).toContain('agent main is not heard of');
      expect(rows[0]?.lastError).toContain(`http://127.0.0.1:${port} (access_url)`);
      expect(rows[0]?.lastError).toContain('readiness: provisioned');
      const none = await box.run('logs', rows[0]?.name ?? '', '--agent');
      expect(none).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringContaining('no script of main (created) wrote anything') as unknown,
      });
    } finally {
      await box.dispose();
    }
  });

  it('another program has the address: the pass says so and goes on without them', async () => {
    const server = createServer((_request, response) => response.end('hello'));
    const box = makeSandbox();
    try {
      const port = String(await listening(server));
      box.config(`access_url: http://127.0.0.1:${port}\nrehearsal: false\njobs: 4\n`, true);
      await push(box, 'run_agent=false');
      const { code, stderr } = await box.run('reconcile');
      expect(code).toBe(0);
      expect(stderr).toContain(`agents are not heard: another program has the address 127.0.0.1:${port}`);
      expect(await box.json('status')).toMatchObject({ pools: [{ eligible: 2 }] });
      const { stdout } = await box.run('doctor');
      expect(stdout).toContain(`the address 127.0.0.1:${port} is held by another program`);

      box.config(`access_url: http://127.0.0.1:${port}\nrehearsal: false\nreadiness: agent\njobs: 4\n`, true);
      await box.ok('invalidate', 'process');
      await box.ok('reconcile');
      expect(await box.json('status')).toMatchObject({ pools: [{ eligible: 0, running: 2, failed: 0 }] });
    } finally {
      server.close();
      await box.dispose();
    }
  });
});
