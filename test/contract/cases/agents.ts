import { describe, expect, it } from 'vitest';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  DRIVER,
  givenClaim,
  givenPrebuild,
  givenReadyCold,
  givenTemplate,
  kindsOf,
  must,
  queue,
  tryReserve,
} from '../support.ts';
import type { AgentChange } from '../../../src/domain/agent.ts';
import type { NewAgent, Store } from '../../../src/store/store.ts';

const MAIN: NewAgent = { name: 'main', tokenSha256: 'token-1' };
const change = (more: Partial<AgentChange> = {}): AgentChange => ({
  life: 'starting',
  generation: 1,
  processKey: 'p',
  seq: 1,
  results: [],
  ...more,
});

/** W5 with these agents. */
async function givenAgents(store: Store, agents: readonly NewAgent[] = [MAIN]) {
  const given = await givenTemplate(store);
  const { workspace, build } = await givenPrebuild(store, given.preset);
  await applyBuild(store, build);
  await store.finishBuild(build.id, { state: 'succeeded', agents });
  return { given, workspace };
}

export function agentCases(open: OpenStore): void {
  describe('agents', () => {
    const at = eachTest(open);

    it('come with a build that succeeds, found by token and by workspace', async () => {
      const { a, b, clock } = at();
      const { workspace } = await givenAgents(a, [MAIN, { name: 'gpu', tokenSha256: 'token-2' }]);
      const main = must(await b.findAgent('token-1'));
      expect(main).toEqual({
        workspaceId: workspace.id,
        name: 'main',
        life: 'created',
        lifeAt: clock.now(),
        generation: 0,
        processKey: undefined,
        seq: 0,
        results: [],
        seenAt: undefined,
        lostAt: undefined,
        rowVersion: 1,
      });
      expect((await b.listAgents(workspace.id)).map((one) => one.name)).toEqual(['gpu', 'main']);
      expect(await b.getAgent(main)).toEqual(main);
      expect(await b.findAgent('')).toBeUndefined();
      const world = { workspaceId: workspace.id, generation: 1, phase: 'warming', ownerId: workspace.ownerId };
      expect(await b.agentWorlds()).toEqual([
        { ...world, name: 'gpu' },
        { ...world, name: 'main' },
      ]);
    });

    it('change by compare-and-set, with an event when scripts have ended', async () => {
      const { a, b, clock } = at();
      const { workspace } = await givenAgents(a);
      const before = must(await a.findAgent('token-1'));
      clock.advance(1000);
      const starting = must(await a.changeAgent(before, change(), 'token-1'));
      expect(starting).toMatchObject({ life: 'starting', processKey: 'p', seq: 1, lifeAt: clock.now(), seenAt: clock.now() });
      expect(await b.changeAgent(before, change({ life: 'ready' }), 'token-1')).toBeUndefined();
      const results = [
        { id: 'startup', exit: 0, seconds: 2 },
        { id: 's-1', exit: 'timeout', seconds: 9 },
      ] as const;
      clock.advance(1000);
      const late = must(await b.changeAgent(starting, change({ life: 'start_timeout', seq: 2, results }), 'token-1'));
      expect(late.results).toEqual(results);
      clock.advance(1000);
      const again = must(await b.changeAgent(late, change({ life: 'start_timeout', seq: 3, results }), 'token-1'));
      expect(again.lifeAt).toBe(late.lifeAt);
      expect((await kindsOf(a, workspace.id)).filter((kind) => kind.includes('agent'))).toEqual(['prebuild.agent_start_timeout']);
    });

    it('are marked seen without a change of their rows', async () => {
      const { a, clock } = at();
      await givenAgents(a);
      const before = must(await a.findAgent('token-1'));
      await a.markAgentsSeen([
        { ...before, at: clock.now() + 5 },
        { workspaceId: 'gone', name: 'x', at: 1 },
      ]);
      expect(await a.getAgent(before)).toEqual({ ...before, seenAt: clock.now() + 5 });
    });

    it('keep a former token until they were heard with the new one', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const workspace = await givenReadyCold(a, given);
      const start = async (agents: readonly NewAgent[]) => {
        const { build } = must(await queue(a, await a.getWorkspace(workspace.id), 'start'));
        await applyBuild(a, build);
        await a.finishBuild(build.id, { state: 'succeeded', agents });
      };
      const restart = async (agents: readonly NewAgent[]) => {
        const { build } = must(await queue(a, await a.getWorkspace(workspace.id), 'stop'));
        await applyBuild(a, build);
        await a.finishBuild(build.id, { state: 'succeeded' });
        await start(agents);
      };
      await restart([MAIN, { name: 'other', tokenSha256: 'token-o' }]);
      await restart([{ name: 'main', tokenSha256: 'token-2' }]);
      expect((await a.listAgents(workspace.id)).map((one) => one.name)).toEqual(['main']);
      const old = must(await a.findAgent('token-1'));
      const same = must(await a.changeAgent(old, change(), 'token-1'));
      expect(await a.findAgent('token-1')).toEqual(same);
      await a.changeAgent(same, change({ seq: 2 }), 'token-2');
      expect(await a.findAgent('token-1')).toBeUndefined();
      expect(await a.findAgent('token-2')).toMatchObject({ seq: 2 });
    });

    it('of one workspace never take the token of another', async () => {
      const { a } = at();
      const { workspace: first, given } = await givenAgents(a);
      const { workspace, build } = await givenPrebuild(a, given.preset);
      await applyBuild(a, build);
      expect(await a.finishBuild(build.id, { state: 'succeeded', agents: [MAIN] })).toBe(true);
      expect(await a.listAgents(workspace.id)).toEqual([]);
      expect(await a.findAgent('token-1')).toMatchObject({ workspaceId: first.id });
      expect(await kindsOf(a, workspace.id)).toContain('prebuild.agent_conflict');
    });

    it('W12: the generation rises above what any agent has seen; the rows stay', async () => {
      const { a, clock } = at();
      const { workspace, given } = await givenAgents(a);
      await a.markReady(workspace.id, 'agents');
      await a.changeAgent(must(await a.findAgent('token-1')), change({ generation: 7, life: 'ready' }), 'token-1');
      const claim = await givenClaim(a, given);
      const { build } = must(await tryReserve(a, clock, given, claim));
      await applyBuild(a, build);
      await a.finishBuild(build.id, { state: 'succeeded', agents: [MAIN] });
      expect(await a.getWorkspace(workspace.id)).toMatchObject({ generation: 8, ownerName: 'bob' });
      expect(await a.findAgent('token-1')).toMatchObject({ life: 'ready', generation: 7, processKey: 'p' });
    });

    it('are gone with their workspace', async () => {
      const { a } = at();
      const { workspace } = await givenAgents(a);
      await a.markReady(workspace.id, 'agents');
      const { build } = must(await queue(a, await a.getWorkspace(workspace.id), 'delete'));
      await applyBuild(a, build);
      expect(await a.findAgent('token-1')).toBeDefined();
      await a.finishBuild(build.id, { state: 'succeeded', agents: [] });
      expect(await a.findAgent('token-1')).toBeUndefined();
      expect(await a.agentWorlds()).toEqual([]);
    });

    it('with two processes are told as an event', async () => {
      const { a } = at();
      const { workspace } = await givenAgents(a);
      await a.tellAgentConflict({ workspaceId: workspace.id, name: 'main' }, 'two');
      const last = (await a.listEvents({ workspaceId: workspace.id })).at(-1);
      expect(last).toMatchObject({ kind: 'prebuild.agent_conflict', reason: 'two', data: { agent: 'main' } });
    });
  });

  describe('server sessions', () => {
    const at = eachTest(open);

    it('say when a server was up, and are forgotten after a week', async () => {
      const { a, b, clock } = at();
      const start = clock.now();
      const first = await a.openServerSession(DRIVER);
      clock.advance(60_000);
      await a.touchServerSession(first);
      expect(await b.serverSessions(start)).toEqual([
        { ...DRIVER, startedAt: start, seenAt: start + 60_000, endedAt: undefined },
      ]);
      clock.advance(5000);
      expect(await b.serverSessions(start + 61_000)).toHaveLength(1);
      await a.closeServerSession(first);
      expect(await b.serverSessions(start)).toMatchObject([{ seenAt: start + 65_000, endedAt: start + 65_000 }]);
      expect(await b.serverSessions(start + 65_001)).toEqual([]);
      clock.advance(8 * 86_400_000);
      await b.openServerSession(DRIVER);
      expect(await b.serverSessions(0)).toHaveLength(1);
    });
  });
}
