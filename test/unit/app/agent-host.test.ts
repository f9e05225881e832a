import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderOf } from '../../../src/app/agent-address.ts';
import { agentsBarredBy, hostAgents, withAgents } from '../../../src/app/agent-host.ts';
import type { Context } from '../../../src/app/context.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import type { Logger } from '../../../src/kit/logger.ts';
import { identify } from '../../../src/kit/process.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';
import { until } from '../../support/cli.ts';

let root: string;
let port: number;
let open: Awaited<ReturnType<typeof openSqlite>>;
let warnings: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'prebuilds-host-'));
  open = await openSqlite();
  warnings = [];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
});
afterEach(async () => {
  await open.close();
  rmSync(root, { recursive: true, force: true });
});

/** A process of a home, as far as listening goes. */
function processOf(home: string): Context {
  const path = join(root, home);
  mkdirSync(path, { recursive: true });
  const warn = (message: string): void => {
    warnings.push(message);
  };
  const logger: Logger = { debug: warn, info: warn, warn, error: warn };
  return {
    config: { home: path, agentListen: { host: '127.0.0.1', port } },
    store: open.a,
    clock: systemClock,
    logger,
    pool: { me: identify(process.pid) },
  } as unknown as Context;
}

const heardIn = (context: Context): Promise<boolean> => withAgents(context, (deps) => deps.hearsAgents());
const holder = (home: string) => holderOf({ host: '127.0.0.1', port }, join(root, home));

describe('hearing agents', () => {
  it('begins when a pass first asks, and ends with it', async () => {
    const context = processOf('one');
    await withAgents(context, async (deps) => {
      expect(await holder('one')).toBe('nobody');
      expect(await deps.hearsAgents()).toBe(true);
      expect(await deps.hearsAgents()).toBe(true);
      expect(await holder('one')).toBe('this home');
      expect(await holder('two')).toBe('another home');
    });
    expect(await holder('one')).toBe('nobody');
    expect(await open.a.serverSessions(0)).toMatchObject([{ endedAt: expect.any(Number) as number }]);
  });

  it('is shared in a process until the last one leaves', async () => {
    const context = processOf('one');
    const leave = await hostAgents(context);
    expect(await heardIn(context)).toBe(true);
    expect(await agentsBarredBy(context)).toBeUndefined();
    expect(await holder('one')).toBe('this home');
    const second = await hostAgents(context);
    await leave();
    await leave();
    expect(await holder('one')).toBe('this home');
    await second();
    expect(await holder('one')).toBe('nobody');
  });

  it('is left to another process of the home, and taken over when that ends', async () => {
    const [first, second] = [processOf('one'), processOf('one')];
    const leave = await hostAgents(first);
    await withAgents(second, async (deps) => {
      expect(await deps.hearsAgents()).toBe(true);
      await leave();
      await until('the other process', async () => ((await holder('one')) === 'this home' ? true : undefined), 10_000);
    });
    expect(await holder('one')).toBe('nobody');
    expect(warnings).toEqual([]);
  });

  it('waits for a short process of another home, and says so', async () => {
    const leave = await hostAgents(processOf('two'));
    const barred = processOf('one');
    const give = await hostAgents(barred);
    expect(await agentsBarredBy(barred)).toBe('another home');
    await give();
    warnings.length = 0;
    const heard = heardIn(processOf('one'));
    await until('the warning', () => (warnings.length > 0 ? true : undefined), 10_000);
    expect(warnings).toEqual([expect.stringContaining(`another home has the address 127.0.0.1:${String(port)}`)]);
    await leave();
    expect(await heard).toBe(true);
  });

  it('is given up at once where another program listens', async () => {
    const server = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await heardIn(processOf('one'))).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('another program has the address')]);
    server.close();
  });

  it('is impossible on an address of another machine: a pass goes on, who asked for it is told', async () => {
    const context = processOf('one');
    const far = { ...context, config: { ...context.config, agentListen: { host: '192.0.2.1', port } } };
    expect(await heardIn(far)).toBe(false);
    await expect(hostAgents(far)).rejects.toThrow('agents cannot be heard on 192.0.2.1');
  });
});
