import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_ROOT, PATHS, placeOf, type RouteId } from '../../src/api/paths.ts';
import { asking } from '../support/asking.ts';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { startServe, type Served } from '../support/serve.ts';

const CANARY = 'canary5ecret';
const secret = (of: string): string => `${CANARY}-${of}`;

const TEMPLATE = `
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
variable "api_key" {
  type      = string
  sensitive = true
}
variable "from_env" {
  type      = string
  sensitive = true
}
variable "fails" {
  type    = bool
  default = false
}
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_workspace_preset" "standard" {
  name    = "Standard"
  default = true
  prebuilds { instances = 1 }
}
resource "coder_agent" "main" {
  os             = "linux"
  arch           = "amd64"
  env            = { KEY = var.api_key }
  startup_script = "true"
}
resource "terraform_data" "machine" {
  input = [var.api_key, var.from_env, coder_agent.main.token]
  provisioner "local-exec" {
    command     = "echo the key is $KEY; \${var.fails ? "exit 3" : "true"}"
    environment = { KEY = var.api_key }
  }
}
resource "coder_metadata" "machine" {
  resource_id = terraform_data.machine.id
  item {
    key       = "key"
    value     = var.api_key
    sensitive = true
  }
}
resource "terraform_data" "handover" {
  count            = data.coder_workspace_owner.me.name == "prebuilds" ? 0 : 1
  triggers_replace = var.api_key
}
output "key" {
  value     = var.api_key
  sensitive = true
}
`;

/** Arguments of every process of this machine, looked at while something goes on. */
async function argumentsDuring(work: () => Promise<unknown>): Promise<string> {
  const seen = new Set<string>();
  const end = new AbortController();
  const looking = (async () => {
    while (!end.signal.aborted) {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
        } catch {
          // It has ended.
        }
      }
      await pause(20);
    }
  })();
  await work().finally(() => {
    end.abort();
  });
  await looking;
  return [...seen].join('\n');
}

describe('secrets', () => {
  let box: Sandbox;
  let served: Served;
  let admin: string;
  let member: string;
  const heard: string[] = [];
  let hook: ReturnType<typeof createServer>;
  beforeAll(async () => {
    hook = createServer((request, response) => {
      heard.push(JSON.stringify(request.headers));
      request.on('data', (chunk: Buffer) => heard.push(String(chunk)));
      request.on('end', () => response.writeHead(500).end());
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const { port } = hook.address() as AddressInfo;
    box = makeSandbox({ HOOK_SECRET: secret('hook') });
    writeFileSync(join(box.home, 'secrets.env'), `TF_VAR_from_env=${secret('env-file')}\n`, { mode: 0o600 });
    box.config(
      [
        'env_file: secrets.env',
        `env: { OTHER_TOKEN: ${secret('env')} }`,
        'failures: { keep: 1 }',
        `hooks: { on_claim: { webhook: 'http://127.0.0.1:${String(port)}/${secret('path')}?key=${secret('query')}', secret_env: HOOK_SECRET } }`,
        '',
      ].join('\n'),
    );
    const values = join(box.folder, 'values.tfvars');
    writeFileSync(values, `api_key = "${secret('variable')}"\n`);
    const failing = join(box.folder, 'failing.tfvars');
    writeFileSync(failing, `api_key = "${secret('failing')}"\nfails = true\n`);
    await box.ok('template', 'push', box.template('keeps', TEMPLATE), '--var-file', values);
    await box.ok('template', 'push', box.template('fails', TEMPLATE), '--var-file', failing);
    await box.ok('user', 'create', 'bob');
    served = await startServe(box);
    admin = await box.ok('token', 'create', '--role', 'admin');
    member = await box.ok('token', 'create', '--role', 'member', '--user', 'bob');
  });
  afterAll(async () => {
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    await over;
    hook.close();
    await box.dispose();
  });

  /** Tokens that were really made: those of people, and those of agents, out of the states. */
  const secrets = (): readonly string[] => {
    const states = readdirSync(join(box.home, 'workspaces'))
      .map((id) => join(box.home, 'workspaces', id, 'work', 'terraform.tfstate'))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'));
    const tokens = states.flatMap((text) => [...text.matchAll(/"token": "([0-9a-f-]{36})"/g)].map(([, token = '']) => token));
    expect(tokens.length).toBeGreaterThan(0);
    expect(states.join('')).toContain(secret('variable'));
    return [CANARY, admin, member, ...tokens];
  };
  const clean = (where: string, text: string): void => {
    for (const one of secrets()) expect([where, text.includes(one) ? `has ${one}` : '']).toEqual([where, '']);
  };

  it('are in no arguments while pools fill, claims run and builds fail', async () => {
    const seen = await argumentsDuring(async () => {
      const ask = asking(served.url, member);
      await until('stock, and a failure', async () => {
        const pools = (await ask('pools.status')).body as { template: string; eligible: number; failed: number }[];
        const of = (name: string) => pools.find(({ template }) => template === name);
        return of('keeps')?.eligible === 1 && (of('fails')?.failed ?? 0) > 0 ? true : undefined;
      });
      const claim = await ask('claims.create', { template: 'keeps', name: 'dev' });
      expect(claim.status).toBe(200);
      clean('the answer of a claim', claim.text);
      const failed = await ask('claims.create', { template: 'fails', name: 'broken', noPool: true });
      expect(failed.status).toBe(502);
      clean('the answer of a claim that failed', failed.text);
      clean('stopping', (await ask('workspaces.stop', { owner: 'bob', name: 'dev' })).text);
      clean('starting', (await ask('workspaces.start', { owner: 'bob', name: 'dev' })).text);
    });
    expect(seen).toContain('terraform');
    clean('arguments', seen);
  });

  it('are in no answer of any route, to nobody', async () => {
    let logs = 0;
    for (const [role, token] of [
      ['admin', admin],
      ['member', member],
    ] as const) {
      const ask = asking(served.url, token);
      const names = ((await ask('workspaces.list')).body as { workspace: { ownerName: string; name: string } }[]).map(
        ({ workspace }) => ({ owner: workspace.ownerName, name: workspace.name }),
      );
      expect(names.length).toBeGreaterThan(0);
      for (const id of (Object.keys(PATHS) as RouteId[]).filter(
        (one) => placeOf(one).method === 'GET' && one !== 'events.stream',
      )) {
        const { params } = placeOf(id);
        const own = id.startsWith('templates.') ? [{ name: 'keeps' }, { name: 'fails' }] : [{ name: 'bob' }];
        for (const inputs of params.includes('owner') ? names : params.includes('name') ? own : [{}]) {
          const { text } = await ask(id, id === 'tokens.list' ? { all: true } : inputs);
          clean(`${id} as ${role}`, text);
          if (id === 'workspaces.logs') logs += text.split('event: line').length - 1;
        }
      }
    }
    expect(logs).toBeGreaterThan(10);
    for (const path of ['/', '/metrics', '/healthz', '/readyz', `${API_ROOT}/openapi.json`])
      clean(path, (await served.get(path, { authorization: `Bearer ${admin}` })).text);
    const end = new AbortController();
    const stream = await fetch(`${served.url}${API_ROOT}/events/stream`, {
      headers: { authorization: `Bearer ${admin}` },
      signal: end.signal,
    });
    const { value } = (await stream.body?.getReader().read()) ?? {};
    clean('the stream of events', Buffer.from(value ?? []).toString());
    end.abort();
  });

  it('are in no notification, no log, no event, and in nothing that the command line prints', async () => {
    await until('a notification that was tried', () => (heard.length > 0 ? true : undefined));
    for (const one of heard) expect(one).not.toContain(secret('variable'));
    expect(heard.join('')).not.toContain(secret('hook'));
    clean('prebuilds.log', box.log());
    clean('the arguments of serve', readFileSync(`/proc/${String(served.child.pid)}/cmdline`, 'latin1'));
    for (const words of [
      ['hooks', 'list'],
      ['events'],
      ['doctor'],
      ['status'],
      ['why'],
      ['template', 'show', 'keeps'],
      ['show', 'bob/dev'],
    ]) {
      const { stdout, stderr } = await box.run(...words);
      clean(words.join(' '), stdout + stderr);
    }
  });
});
