import { describe, expect, it } from 'vitest';
import { agentsState, type AgentChange } from '../../../src/domain/agent.ts';
import type { PlannedChange, Workspace } from '../../../src/domain/types.ts';
import type { Store } from '../../../src/store/store.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  applyBuild,
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReadyCold,
  givenTemplate,
  kindsOf,
  must,
  queue,
  tryReserve,
  type TestClock,
} from '../support.ts';

const AGENTS = [{ name: 'main', tokenSha256: 'token-1' }];
const MACHINE: PlannedChange = { address: 'docker_container.x', type: 'docker_container', action: 'create' };
const NO_MACHINE: readonly PlannedChange[] = [
  { address: 'coder_agent.main', type: 'coder_agent', action: 'update' },
  { address: 'data.docker_image.x', type: 'docker_image', action: 'read' },
];

async function say(store: Store, change: Partial<AgentChange>): Promise<void> {
  const agent = must(await store.findAgent('token-1'));
  const said = { life: 'ready', generation: 1, processKey: 'p', seq: agent.seq + 1, results: [], ...change } as const;
  must(await store.changeAgent(agent, said, 'token-1'));
}

/** A prebuild whose agent is ready, then bob's, with agents to wait for. */
async function givenClaimed(store: Store, clock: TestClock): Promise<Workspace> {
  const given = await givenTemplate(store);
  const { workspace, build } = await givenPrebuild(store, given.preset);
  await applyBuild(store, build);
  await store.finishBuild(build.id, { state: 'succeeded', agents: AGENTS, warming: true });
  await say(store, {});
  await store.markReady(workspace.id, 'its agents are ready');
  clock.advance(1000);
  const claim = await givenClaim(store, given);
  const taken = must(await tryReserve(store, clock, given, claim));
  await applyBuild(store, taken.build);
  await store.finishBuild(taken.build.id, { state: 'succeeded', agents: AGENTS, warming: true });
  return store.getWorkspace(workspace.id);
}

async function build(
  store: Store,
  id: string,
  transition: 'start' | 'stop',
  changes: readonly PlannedChange[] = [MACHINE],
): Promise<Workspace> {
  const queued = must(await queue(store, await store.getWorkspace(id), transition));
  await applyBuild(store, queued.build);
  await store.finishBuild(queued.build.id, { state: 'succeeded', agents: AGENTS, changes, warming: true });
  return store.getWorkspace(id);
}

export function agentLifeCases(open: OpenStore): void {
  describe('workspaces that wait for their agents', () => {
    const at = eachTest(open);

    it("W12: what was claimed is ready when its agents are, in the claim's generation", async () => {
      const { a, b, clock } = at();
      const claimed = await givenClaimed(a, clock);
      expect(claimed).toMatchObject({ phase: 'warming', ownerName: 'bob', generation: 2 });
      expect((await b.warmingOfPeople()).map((one) => one.id)).toEqual([claimed.id]);
      expect((await a.claimsSince(0)).map((claim) => claim.state)).toEqual(['served']);
      await say(a, { generation: 1 });
      expect((await b.getWorkspace(claimed.id)).phase).toBe('warming');
      await say(a, { generation: 2, life: 'starting' });
      await say(a, { generation: 2 });
      const ready = await b.getWorkspace(claimed.id);
      // It was ready as a prebuild before, which is what the pool's lead is computed from.
      expect(ready).toMatchObject({ phase: 'ready', readyAt: claimed.readyAt });
      expect(await b.warmingOfPeople()).toEqual([]);
      expect((await kindsOf(a, ready.id)).slice(-2)).toEqual(['workspace.agent_ready', 'workspace.ready']);
    });

    it('W8: scripts that fail leave a workspace to its owner; a prebuild waits for the pass that counts it', async () => {
      const { a, clock } = at();
      const claimed = await givenClaimed(a, clock);
      const results = [{ id: 'startup', exit: 3, seconds: 1 }] as const;
      await say(a, { generation: 2, life: 'start_error', results });
      expect(await a.getWorkspace(claimed.id)).toMatchObject({ phase: 'ready', ownerName: 'bob' });
      const last = (await a.listEvents({ workspaceId: claimed.id })).at(-1);
      expect(last).toMatchObject({ kind: 'workspace.ready', reason: 'agent main: script startup exited 3 after 1 s' });
      const measured = (await a.measurements()).histograms.filter((row) => row.name === 'ready_duration');
      expect(measured.map(({ labels }) => [labels['is_prebuild'], labels['status']])).toEqual(
        expect.arrayContaining([
          ['true', 'success'],
          ['false', 'error'],
        ]),
      );
      expect(measured).toHaveLength(2);
    });

    it('W8: a pass lets go of one whose agents nobody ever hears, never of a prebuild', async () => {
      const { a, clock } = at();
      const claimed = await givenClaimed(a, clock);
      expect(await a.markReady(claimed.id, 'not ready in time', 'error')).toBe(true);
      expect(await a.markReady(claimed.id, 'again', 'error')).toBe(false);
      const other = await givenTemplate(a, { name: 'other' });
      const { workspace, build: first } = await givenPrebuild(a, other.preset);
      await applyBuild(a, first);
      await a.finishBuild(first.id, { state: 'succeeded', agents: [{ name: 'main', tokenSha256: 'token-2' }] });
      expect(await a.markReady(workspace.id, 'not ready in time', 'error')).toBe(false);
    });

    it('W5: a cold build serves its claim at once and is ready with its agents; without agents it is ready at once', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const cold = await givenCold(a, given);
      await applyBuild(a, cold.build);
      await a.finishBuild(cold.build.id, { state: 'succeeded', agents: AGENTS, warming: true });
      expect(await a.getWorkspace(cold.workspace.id)).toMatchObject({ phase: 'warming', readyAt: undefined });
      await say(a, {});
      expect(await a.getWorkspace(cold.workspace.id)).toMatchObject({ phase: 'ready' });
      const bare = await givenCold(a, given, { name: 'bare' });
      await applyBuild(a, bare.build);
      await a.finishBuild(bare.build.id, { state: 'succeeded', agents: [], warming: true });
      expect((await a.getWorkspace(bare.workspace.id)).phase).toBe('ready');
    });

    it('forget what agents of machines said that are gone, and keep what others said', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { id } = await givenReadyCold(a, given);
      await build(a, id, 'stop');
      expect((await build(a, id, 'start')).phase).toBe('warming');
      await say(a, {});
      expect((await a.getWorkspace(id)).phase).toBe('ready');
      // Nothing but the coder provider's own changed: the agent has nothing more to say.
      expect((await build(a, id, 'start', NO_MACHINE)).phase).toBe('ready');
      expect((await build(a, id, 'start')).phase).toBe('warming');
      expect(must((await a.listAgents(id))[0])).toMatchObject({ life: 'created', processKey: undefined });
      await say(a, { processKey: 'q' });
      await build(a, id, 'stop');
      const agents = await a.listAgents(id);
      expect(agents).toMatchObject([{ life: 'off', processKey: undefined }]);
      expect(agentsState(agents, 1).kind).toBe('waiting');
    });
  });

  describe('agents that are missed', () => {
    const at = eachTest(open);

    it('are an event, once, and again when they are back; only where their machine should be', async () => {
      const { a, b, clock } = at();
      const claimed = await givenClaimed(a, clock);
      const key = { workspaceId: claimed.id, name: 'main' };
      await a.markAgentsLost([key, { workspaceId: 'gone', name: 'x' }]);
      const lostAt = clock.now();
      clock.advance(1000);
      await b.markAgentsLost([key]);
      expect(await a.getAgent(key)).toMatchObject({ lostAt });
      await a.markAgentsSeen([{ ...key, at: clock.now() }]);
      expect((await a.getAgent(key))?.lostAt).toBeUndefined();
      await a.markAgentsLost([key]);
      await say(a, { generation: 2 });
      expect((await a.getAgent(key))?.lostAt).toBeUndefined();
      const told = (await kindsOf(a, claimed.id)).filter((kind) => kind.includes('lost') || kind.includes('back'));
      expect(told).toEqual(['workspace.agent_lost', 'workspace.agent_back', 'workspace.agent_lost']);
      must(await queue(a, await a.getWorkspace(claimed.id), 'stop'));
      await a.markAgentsLost([key]);
      expect((await a.getAgent(key))?.lostAt).toBeUndefined();
    });
  });
}
