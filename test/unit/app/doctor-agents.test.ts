import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { holderOf, homeMark } from '../../../src/app/agent-address.ts';
import { checkAgents } from '../../../src/app/doctor-agents.ts';
import { loadConfig } from '../../../src/app/load-config.ts';
import type { Context } from '../../../src/app/context.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import type { AgentFact } from '../../../src/domain/types.ts';
import { createAgentServer } from '../../../src/server/agent-routes.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { freePort } from '../../support/port.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function foreign(): Promise<number> {
  const server = createServer((_request, response) => response.end('<html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function listener(home: string): Promise<number> {
  const app = createAgentServer({ backend: {} as never, clock: systemClock, logger: silentLogger, home: homeMark(home) });
  closing.push(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

describe('who has the address', () => {
  it.each([
    ['another program', foreign],
    ['this home', () => listener('/some/home')],
    ['another home', () => listener('/other/home')],
    ['nobody', freePort],
  ])('%s', async (expected, open) => {
    const port = await open();
    expect(await holderOf({ host: '127.0.0.1', port }, '/some/home')).toBe(expected);
    expect(await holderOf({ host: '0.0.0.0', port }, '/some/home')).toBe(expected);
  });
});

const linux: AgentFact = { address: 'coder_agent.main', os: 'linux', arch: 'amd64', auth: 'token' };
const windows: AgentFact = { address: 'coder_agent.desk', os: 'windows', arch: 'amd64', auth: 'token' };

/** What `doctor` says of agents under this configuration, with one template that has these agents and one pool. */
async function examine(yaml: (port: number) => string, agents: readonly AgentFact[] = [linux], port?: number) {
  const home = mkdtempSync(join(tmpdir(), 'prebuilds-doctor-'));
  closing.push(() => {
    rmSync(home, { recursive: true, force: true });
  });
  writeFileSync(join(home, 'config.yaml'), yaml(port ?? (await freePort())));
  const store = {
    listTemplates: () => Promise.resolve([{ name: 'docker', activeVersionId: 'v' }]),
    getVersion: () => Promise.resolve({ facts: { agents } }),
    versionPresets: () => Promise.resolve([{ name: 'large', hasPrebuilds: true }]),
  };
  const found = await checkAgents({ config: await loadConfig({ home, env: {} }), store } as unknown as Context);
  for (const { level, remedy } of found) expect(remedy === undefined).toBe(level === 'ok');
  return found.map(({ level, message, remedy }) => `${level}: ${message} ${remedy ?? ''}`);
}

describe('doctor on agents', () => {
  const loopback = (port: number): string => `access_url: http://127.0.0.1:${String(port)}\n`;

  it('nothing wrong, without anybody who listens', async () => {
    const found = await examine(loopback);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^ok: heard on 127\.0\.0\.1:\d+, as access_url says while prebuilds get ready/);
  });

  it('an access URL that leads elsewhere, and nothing listens', async () => {
    const found = await examine(() => 'access_url: https://pool.example\n');
    expect(found).toEqual([
      expect.stringMatching(/^warning: agents are not heard: agent_listen is not set, .*pool\.example.* set `agent_listen/),
    ]);
    expect(await examine(() => 'access_url: https://pool.example\n', [])).toEqual([expect.stringMatching(/^ok: /)]);
    expect(await examine(() => 'agent_listen: off\n')).toEqual(['ok: agents are not heard: agent_listen is off ']);
  });

  it('an access URL with another port', async () => {
    const other = String(await freePort());
    const found = await examine((port) => `access_url: http://127.0.0.1:${other}\nagent_listen: 127.0.0.1:${String(port)}\n`);
    expect(found).toEqual([
      expect.stringMatching(`^warning: .*does not lead there correct access_url \\(its port is ${other}, `),
    ]);
  });

  it('an access URL that leads to another home', async () => {
    const other = String(await listener('/other/home'));
    const found = await examine((port) => `access_url: http://127.0.0.1:${other}\nagent_listen: 127.0.0.1:${String(port)}\n`);
    expect(found).toEqual([expect.stringMatching(/^warning: .*leads to another home/)]);
  });

  it.each([
    ['another program', foreign],
    ['another home', () => listener('/other/home')],
  ])('an address that is held by %s', async (who, open) => {
    const found = await examine(loopback, [linux], await open());
    expect(found).toEqual([
      expect.stringMatching(`^warning: the address 127.0.0.1:\\d+ is held by ${who}, so agents are not heard`),
    ]);
  });

  it('plain http beyond this machine, and an address that is none', async () => {
    const open = await examine((port) => `access_url: http://127.0.0.1:${String(port)}\nagent_listen: 0.0.0.0:${String(port)}\n`);
    expect(open).toEqual([expect.stringMatching(/^warning: agents are heard on 0\.0\.0\.0:\d+ by plain http/)]);
    const none = await examine((port) => `${loopback(port)}agent_listen: 192.0.2.1:${String(port)}\n`);
    expect(none[0]).toMatch(/^warning: agents cannot be heard on 192\.0\.2\.1:\d+: /);
  });

  it('templates that are judged without their agents', async () => {
    const provisioned = await examine((port) => `${loopback(port)}templates: { docker: { readiness: provisioned } }\n`);
    expect(provisioned).toEqual([
      expect.stringMatching(/^ok/),
      expect.stringMatching(/^warning: .*\(large\) is provisioned.* set readiness: auto/),
    ]);
    const others = await examine(loopback, [linux, windows]);
    expect(others).toEqual([
      expect.stringMatching(/^ok/),
      expect.stringMatching(/^warning: not served.*coder_agent\.desk \(windows, auth token\)/),
    ]);
  });
});
