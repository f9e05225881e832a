import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/domain/types.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { identify } from '../../../src/kit/process.ts';
import { isJudgedByAgents, waitForAgents } from '../../../src/pool/agents.ts';
import type { PoolDeps } from '../../../src/pool/deps.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';
import { applyBuild, givenPrebuild, givenTemplate } from '../../contract/support.ts';

let open: Awaited<ReturnType<typeof openSqlite>>;
let workspace: Workspace;
let asked: number;

beforeEach(async () => {
  open = await openSqlite();
  asked = 0;
});
afterEach(() => open.close());

async function built(agents: readonly string[]): Promise<void> {
  const given = await givenTemplate(open.a);
  const prebuild = await givenPrebuild(open.a, given.preset);
  await applyBuild(open.a, prebuild.build);
  const rows = agents.map((name) => ({ name, tokenSha256: `token of ${name}` }));
  await open.a.finishBuild(prebuild.build.id, { state: 'succeeded', agents: rows });
  workspace = await open.a.getWorkspace(prebuild.workspace.id);
}

const deps = (heard: boolean): PoolDeps =>
  ({
    store: open.a,
    clock: open.clock,
    logger: silentLogger,
    accessUrl: 'http://127.0.0.1:7780',
    hearsAgents: () => {
      asked += 1;
      return Promise.resolve(heard);
    },
  }) as unknown as PoolDeps;

describe('who judges readiness', () => {
  it.each([
    ['auto', ['main'], true, true],
    ['auto', ['main'], false, false],
    ['agent', ['main'], true, true],
    ['agent', ['main'], false, 'unheard'],
    ['auto', [], true, false],
    ['agent', [], true, false],
    ['probe', ['main'], true, false],
    ['provisioned', ['main'], true, false],
  ] as const)('%s with agents %j, heard: %s', async (readiness, agents, heard, expected) => {
    await built(agents);
    expect(await isJudgedByAgents(deps(heard), workspace, { readiness })).toBe(expected);
    // Asking makes a listener, so nobody asks who will not wait.
    expect(asked).toBe(agents.length > 0 && (readiness === 'auto' || readiness === 'agent') ? 1 : 0);
  });
});

describe('waiting for agents', () => {
  it('fails the environment, with what to look at, when one never came while a server was up', async () => {
    await open.a.openServerSession(identify(process.pid));
    await built(['main']);
    const began = open.clock.now();
    const end = await waitForAgents(deps(true), workspace, { signal: undefined, timeoutMs: 120_000 });
    expect(end).toMatchObject({ state: 'failed', errorClass: 'environment' });
    expect(end).toMatchObject({
      reason: expect.stringMatching(
        /agent main is not heard of; can its machine reach http:\/\/127\.0\.0\.1:7780 \(access_url\)/,
      ) as unknown,
    });
    // The limit and a minute of grace, up to now although the server has not written that it lives.
    expect(open.clock.now() - began).toBeGreaterThan(180_000);
    expect(open.clock.now() - began).toBeLessThan(181_000);
  });

  it('fails the template when it came and does not get ready', async () => {
    await open.a.openServerSession(identify(process.pid));
    await built(['main']);
    const agent = await open.a.getAgent({ workspaceId: workspace.id, name: 'main' });
    if (agent === undefined) throw new Error('no agent');
    const change = { life: 'starting', generation: workspace.generation, processKey: 'p', seq: 1, results: [] } as const;
    await open.a.changeAgent(agent, change, 'token of main');
    const end = await waitForAgents(deps(true), workspace, { signal: undefined, timeoutMs: 5000 });
    expect(end).toEqual({ state: 'failed', errorClass: 'template', reason: 'not ready in time: agent main is starting' });
  });

  it('counts no time in which nobody listened', async () => {
    await built(['main']);
    const abort = new AbortController();
    let looks = 0;
    const clock = {
      ...open.clock,
      sleep: (ms: number) => {
        looks += 1;
        if (looks === 100) abort.abort();
        open.clock.advance(ms * 1000);
        return Promise.resolve();
      },
    };
    const end = await waitForAgents({ ...deps(true), clock }, workspace, { signal: abort.signal, timeoutMs: 1000 });
    expect(end).toEqual({ state: 'left' });
  });
});
