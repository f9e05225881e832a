import type { AgentWord } from '../domain/agent.ts';
import { type AgentFacts, renderScript } from '../domain/agent-manifest.ts';
import { blotOut, SHORTEST_SECRET } from '../kit/blot.ts';
import type { AgentBackend, Authenticated, LogPlace, MetaReport } from './agent-backend.ts';
import { keyOf } from './agent-presence.ts';
import { manifest, stranger } from './agent-manifests.ts';
import { answerTo, factsOf, listen, openRoom, WAIT_SECONDS, type AgentRoom, type AgentServiceDeps } from './agent-room.ts';
import type { KeptValue } from './agent-values.ts';
import { flush, watch } from './agent-watch.ts';

export interface AgentService extends AgentBackend {
  /** Answers all polls, writes what is only in memory, and says in the store that this server is gone. */
  stop(): Promise<void>;
}

const HOLD_MS = 25_000;

/**
 * The meaning of the agent protocol over the store: who counts, what is news, what is kept (agent-protocol 5). Says in the store that a
 * server is up (SM R11), until `stop`.
 */
export async function startAgentService(deps: AgentServiceDeps): Promise<AgentService> {
  const room = openRoom(deps);
  const session = await deps.store.openServerSession(deps.me);
  const watching = watch(room, session);
  return {
    authenticate: (tokenSha256) => deps.store.findAgent(tokenSha256),
    expect: (tokenSha256, signal) => stranger(room, tokenSha256, signal),
    manifest: (who, proc, signal) => manifest(room, who, proc, signal),
    poll: (who, word, hold, signal) => poll(room, who, word, hold, signal),
    report: async (who, word) => {
      await listen(room, who, word);
    },
    log: (who, place, bytes) => room.inTurn(`${keyOf(who)} log`, () => log(room, who, place, bytes)),
    meta: (who, proc, values) => meta(room, who, proc, values),
    script: (who, id) => {
      const script = factsOf(room, who, false)?.scripts.find((one) => one.id === id);
      return Promise.resolve(script === undefined ? undefined : renderScript(script));
    },
    stop: async () => {
      room.end.abort();
      room.polls.wake(() => true);
      await watching;
      await flush(room, session);
      await deps.values?.flush();
      await deps.store.closeServerSession(session);
    },
  };
}

async function poll(
  room: AgentRoom,
  who: Authenticated,
  word: AgentWord,
  hold: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { store, holdMs } = room.deps;
  const gone = [`wait ${String(WAIT_SECONDS)}`];
  const heard = await listen(room, who, word);
  if (heard === undefined) return gone;
  if (heard === 'superseded') return [heard];
  let world = heard.world;
  if (hold && !room.end.signal.aborted && !answerTo(room, world, who, word).urgent) {
    await room.polls.hold({ agent: who, word }, holdMs ?? HOLD_MS, signal);
    const agent = await store.getAgent(who);
    if (agent === undefined) return gone;
    // A machine that was not taken away by a build counts again at its next poll.
    if (agent.processKey !== undefined && agent.processKey !== word.proc) return ['superseded'];
    world = await store.getWorkspace(who.workspaceId);
  }
  const answer = answerTo(room, world, who, word);
  room.told.set(keyOf(who), answer.meta);
  const stop = answer.stopSeconds === undefined ? [] : [`stop ${String(answer.stopSeconds)}`];
  return [`gen ${String(answer.generation)}`, ...stop, `meta ${answer.meta}`];
}

/** Bytes of a process that does not count, or of a script that nobody wrote, are not kept, and need not be sent again. */
async function log(room: AgentRoom, who: Authenticated, place: LogPlace, bytes: Uint8Array): Promise<number | 'full'> {
  if (!(await counts(room, who, place.proc))) return 'full';
  const facts = factsOf(room, who, false);
  // While an engine writes the state nobody knows what to hide: the agent asks again.
  if (facts === undefined) return place.offset;
  if (facts.scripts.every(({ id }) => id !== place.script)) return 'full';
  return room.deps.logs.append(who, place, bytes, facts.secrets);
}

async function meta(room: AgentRoom, who: Authenticated, proc: string, values: readonly MetaReport[]): Promise<void> {
  if (!(await counts(room, who, proc))) return;
  room.deps.values?.set(who, toKeep(factsOf(room, who, false), values, room.deps.clock.now()));
}

/** By key, which outlives a change of the template, and without the secrets of the workspace. */
function toKeep(facts: AgentFacts | undefined, values: readonly MetaReport[], at: number): readonly KeptValue[] {
  const secrets = (facts?.secrets ?? []).filter((one) => one.length >= SHORTEST_SECRET);
  return values.flatMap(({ id, exit, value }) => {
    const key = facts?.meta.find((one) => one.id === id)?.key;
    const open = blotOut(value, secrets, (secret) => '*'.repeat(secret.length));
    return key === undefined ? [] : [{ key, exit, value: open, at }];
  });
}

async function counts(room: AgentRoom, who: Authenticated, proc: string): Promise<boolean> {
  const agent = await room.deps.store.getAgent(who);
  if (agent?.processKey !== proc) return false;
  room.presence.heard(who);
  return true;
}
