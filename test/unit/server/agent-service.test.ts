import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentFacts } from '../../../src/domain/agent-manifest.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { sha256 } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { createAgentLogs } from '../../../src/server/agent-logs.ts';
import { listen, openRoom, factsOf, type AgentServiceDeps } from '../../../src/server/agent-room.ts';
import { startAgentService } from '../../../src/server/agent-service.ts';
import { forgetGone, miss } from '../../../src/server/agent-watch.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';
import { DRIVER, givenPrebuild, givenTemplate, applyBuild, type Given } from '../../contract/support.ts';

const PROC = 'process-1';
const FACTS: AgentFacts = {
  name: 'main',
  address: 'coder_agent.main',
  dir: '',
  env: {},
  scripts: [{ id: 'startup', name: 'startup', when: 'start', timeoutSeconds: 0, text: ':', logPath: '' }],
  meta: [],
  secrets: [],
};

describe('the agent service', () => {
  let open: Awaited<ReturnType<typeof openSqlite>>;
  let given: Given;
  let folder: string;
  let facts: readonly AgentFacts[];
  beforeEach(async () => {
    open = await openSqlite();
    given = await givenTemplate(open.a);
    folder = mkdtempSync(join(tmpdir(), 'agent-service-'));
    facts = [FACTS];
  });
  afterEach(async () => {
    await open.close();
    rmSync(folder, { recursive: true });
  });
  const deps = (): AgentServiceDeps => ({
    store: open.a,
    clock: systemClock,
    logger: silentLogger,
    me: DRIVER,
    logs: createAgentLogs(() => folder),
    facts: () => facts,
  });
  const agent = async (token: string) => {
    const { workspace, build } = await givenPrebuild(open.a, given.preset);
    await applyBuild(open.a, build);
    await open.a.finishBuild(build.id, { state: 'succeeded', agents: [{ name: 'main', tokenSha256: sha256(token) }] });
    return { workspaceId: workspace.id, name: 'main', tokenSha256: sha256(token) };
  };

  it('remembers nothing of agents whose workspaces are gone', async () => {
    const room = openRoom(deps());
    const [here, gone] = [await agent('a'), await agent('b')];
    for (const one of [here, gone]) {
      await listen(room, one, { proc: PROC, generation: 1, seq: 1, life: 'ready', results: [] });
      await listen(room, one, { proc: 'process-2', generation: 1, seq: 1, life: 'ready', results: [] });
      factsOf(room, one, false);
      room.told.set(`${one.workspaceId}/main`, 'slow');
    }
    open.exec(`delete from agent where workspace_id = '${gone.workspaceId}'`);
    await forgetGone(room);
    const left = [...room.presence.keys(), ...room.facts.keys(), ...room.told.keys()];
    expect(new Set(left)).toEqual(new Set([`${here.workspaceId}/main`]));
    expect(left).toHaveLength(4);
  });

  describe('misses', () => {
    const heardAt = async (seconds: Readonly<Record<string, number>>) => {
      const room = openRoom({ ...deps(), clock: open.clock });
      let now = 0;
      const agents = new Map<string, Awaited<ReturnType<typeof agent>>>();
      for (const name of Object.keys(seconds)) {
        agents.set(name, await agent(name));
        await listen(room, agents.get(name)!, { proc: PROC, generation: 1, seq: 1, life: 'ready', results: [] });
      }
      for (const [name, at] of Object.entries(seconds)) {
        open.clock.advance((at - now) * 1000);
        now = at;
        room.presence.heard(agents.get(name)!);
      }
      return async (at: number): Promise<readonly string[]> => {
        open.clock.advance((at - now) * 1000);
        now = at;
        await miss(room);
        const lost = (await open.a.agentWorlds()).filter(({ lostAt }) => lostAt !== undefined);
        return [...agents].flatMap(([name, one]) =>
          lost.some(({ workspaceId }) => workspaceId === one.workspaceId) ? [name] : [],
        );
      };
    };

    it('one that falls silent alone after 90 s', async () => {
      const lostAt = await heardAt({ dead: 0, other: 80 });
      expect(await lostAt(90)).toEqual([]);
      expect(await lostAt(91)).toEqual(['dead']);
    });

    it('together those whom a broken network silenced within one hold', async () => {
      const lostAt = await heardAt({ a: 0, b: 10, c: 24 });
      expect(await lostAt(91)).toEqual([]);
      expect(await lostAt(113)).toEqual([]);
      expect(await lostAt(115)).toEqual(['a', 'b', 'c']);
    });

    it('and waits no longer than that for others', async () => {
      const lostAt = await heardAt({ a: 0, b: 29, c: 55 });
      expect(await lostAt(118)).toEqual([]);
      expect(await lostAt(121)).toEqual(['a', 'b']);
    });
  });

  it('keeps logs of the scripts of the template alone, and none while it does not know what to hide', async () => {
    const who = await agent('a');
    const service = await startAgentService(deps());
    const signal = new AbortController().signal;
    const say = (script: string, offset: number) =>
      service.log(who, { proc: PROC, generation: 1, script, offset }, Buffer.from('abc'));
    try {
      facts = [];
      await service.report(who, { proc: PROC, generation: 1, seq: 1, life: 'starting', results: [] });
      expect(await say('startup', 7)).toBe(7);
      facts = [FACTS];
      expect(await service.manifest(who, PROC, signal)).toContain('m_script startup');
      expect(await say('startup', 0)).toBe(3);
      expect(await say('of-nobody', 0)).toBe('full');
    } finally {
      await service.stop();
    }
  });
});
