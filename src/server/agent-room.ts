import {
  answerPoll,
  hear,
  metaMode,
  type Agent,
  type AgentChange,
  type AgentKey,
  type AgentWord,
  type MetaMode,
  STOP_SECONDS,
  type PollAnswer,
} from '../domain/agent.ts';
import type { AgentFacts } from '../domain/agent-manifest.ts';
import type { Driver, Workspace } from '../domain/types.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Store } from '../store/store.ts';
import type { Authenticated } from './agent-backend.ts';
import type { AgentLogs } from './agent-logs.ts';
import type { AgentValues } from './agent-values.ts';
import { createAgentPolls, type AgentPolls } from './agent-polls.ts';
import { createAgentPresence, keyOf, type AgentPresence } from './agent-presence.ts';
import { makeLimiter, type Limiter } from './limits.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface AgentServiceDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly me: Driver;
  readonly logs: AgentLogs;
  /** Where other processes find the values of metadata; undefined = nowhere. */
  readonly values?: AgentValues | undefined;
  /** Agents of the state of a workspace; empty while there is none to read. */
  readonly facts: (workspaceId: string) => readonly AgentFacts[];
  /** An agent's life changed: whoever waits for its workspace looks again. */
  readonly onChange?: ((workspaceId: string) => void) | undefined;
  /** How long a poll without news is held, in milliseconds. */
  readonly holdMs?: number | undefined;
  /** What stop scripts get before the engine runs, in seconds. */
  readonly stopSeconds?: number | undefined;
  /** After how many milliseconds of silence an agent is lost. */
  readonly lostAfterMs?: number | undefined;
  /** False for fleets: no metadata is measured. */
  readonly meta?: boolean | undefined;
}

/** Manifests a second, over all agents: after a restart they come spread, not all at once (agent-protocol 5.8). */
const MANIFESTS_A_SECOND = 50;
const MOST_ROUNDS = 5;
/** How soon a change made by another process is seen, in milliseconds. */
export const LOOK_MS = 250;
/** After how many seconds an agent asks again that was not given its manifest. */
export const WAIT_SECONDS = 1;

/** What the parts of the agent service share: the store's rows are the truth, everything here may be forgotten. */
export interface AgentRoom {
  readonly deps: AgentServiceDeps;
  readonly polls: AgentPolls;
  readonly presence: AgentPresence;
  readonly inTurn: ReturnType<typeof oneAtATime>;
  readonly manifests: Limiter;
  readonly facts: Map<string, AgentFacts>;
  /** Metadata mode that the process of an agent was told last. */
  readonly told: Map<string, MetaMode>;
  /** Requests held back whose token is nobody's. */
  strangers: number;
  readonly end: AbortController;
}

export const openRoom = (deps: AgentServiceDeps): AgentRoom => ({
  deps,
  polls: createAgentPolls(deps.clock),
  presence: createAgentPresence(deps.clock),
  inTurn: oneAtATime(),
  manifests: makeLimiter(MANIFESTS_A_SECOND, 1000),
  facts: new Map(),
  told: new Map(),
  strangers: 0,
  end: new AbortController(),
});

type World = Pick<Workspace, 'generation' | 'phase' | 'ownerId'>;

export function answerTo(room: AgentRoom, world: World, who: AgentKey, word: AgentWord): PollAnswer {
  return answerPoll(world, word, {
    meta: room.deps.meta === false ? 'off' : metaMode(world),
    knownMeta: room.told.get(keyOf(who)),
    stopSeconds: room.deps.stopSeconds ?? STOP_SECONDS,
  });
}

/** What the state says of an agent; kept from its last manifest on, unless `fresh`. */
export function factsOf(room: AgentRoom, agent: AgentKey, fresh: boolean): AgentFacts | undefined {
  const known = room.facts.get(keyOf(agent));
  if (known !== undefined && !fresh) return known;
  const found = room.deps.facts(agent.workspaceId).find((one) => one.name === agent.name);
  if (found !== undefined) room.facts.set(keyOf(agent), found);
  return found;
}

export interface Seen {
  readonly agent: Agent;
  readonly world: Workspace;
}

/** Decides on the rows as they are and writes the change; a lost race is decided again. undefined = the agent is gone. */
export async function changeAgent<Word extends string>(
  room: AgentRoom,
  who: Authenticated,
  decide: (agent: Agent, world: Workspace) => AgentChange | Word,
): Promise<(Seen & { readonly said: Word | 'changed' }) | undefined> {
  const { store, onChange } = room.deps;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const agent = await store.getAgent(who);
    if (agent === undefined) return undefined;
    const world = await store.getWorkspace(who.workspaceId);
    const decided = decide(agent, world);
    if (typeof decided === 'string') return { agent, world, said: decided };
    const changed = await store.changeAgent(agent, decided, who.tokenSha256);
    if (changed === undefined) continue;
    // The process that does not count any more hears it now.
    if (changed.processKey !== agent.processKey) room.polls.wake((poll) => keyOf(poll.agent) === keyOf(who));
    onChange?.(who.workspaceId);
    return { agent: changed, world, said: 'changed' };
  }
  return undefined;
}

/** A poll or a report, taken note of (agent-protocol 5.4, 5.5). undefined = the agent is gone. */
export async function listen(room: AgentRoom, who: Authenticated, word: AgentWord): Promise<Seen | 'superseded' | undefined> {
  const { presence } = room;
  const heard = await room.inTurn(keyOf(who), () =>
    changeAgent(room, who, (agent, world) => hear(agent, word, world, presence.silentMs(who))),
  );
  if (heard === undefined) return undefined;
  if (heard.said !== 'superseded') {
    presence.heard(who);
    // One that was missed can be used again at once, not at the next flush.
    if (heard.agent.lostAt !== undefined) await room.deps.store.markAgentsSeen([{ ...who, at: room.deps.clock.now() }]);
    return heard;
  }
  if (presence.heardOther(heard.agent, word.proc))
    await room.deps.store.tellAgentConflict(who, `two processes use the token of agent ${who.name}; the later one counts`);
  return 'superseded';
}
