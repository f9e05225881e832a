import { messageOf } from '../kit/errors.ts';
import { LOST_AFTER_MS } from '../domain/agent.ts';
import { keyOf } from './agent-presence.ts';
import { answerTo, LOOK_MS, type AgentRoom } from './agent-room.ts';

const FLUSH_MS = 60_000;
const MISS_MS = 5000;

/** Until the end: other processes write to the same store, and their changes are news for polls that wait. Flushes every minute. */
export async function watch(room: AgentRoom, session: string): Promise<void> {
  const { clock, logger } = room.deps;
  let flushed = clock.monotonic();
  let missed = flushed;
  while (!room.end.signal.aborted) {
    await clock.sleep(LOOK_MS, room.end.signal);
    try {
      if (room.polls.any()) await look(room);
      if (clock.monotonic() - missed >= Math.min(MISS_MS, lostAfter(room))) {
        missed = clock.monotonic();
        await miss(room);
      }
      if (clock.monotonic() - flushed < FLUSH_MS) continue;
      flushed = clock.monotonic();
      await flush(room, session);
      await forgetGone(room);
    } catch (error) {
      logger.warn('agents: the store cannot be used, trying again', { error: messageOf(error) });
    }
  }
}

async function look(room: AgentRoom): Promise<void> {
  const worlds = new Map((await room.deps.store.agentWorlds()).map((world) => [keyOf(world), world]));
  room.polls.wake(({ agent, word }) => {
    const world = worlds.get(keyOf(agent));
    return world?.processKey !== word.proc || answerTo(room, world, agent, word).urgent;
  });
}

const lostAfter = (room: AgentRoom): number => room.deps.lostAfterMs ?? LOST_AFTER_MS;

/**
 * Agents that were heard once and not for too long, of which this server was up all the time (agent-protocol 5.7, SM R11). A network that breaks
 * silences them within one hold of a poll, not at once: who falls silent together is missed together, so that passes see that it is most of
 * the stock (spec 7.5).
 */
export async function miss(room: AgentRoom): Promise<void> {
  const watched = (await room.deps.store.agentWorlds()).filter(
    ({ processKey, lostAt, phase }) =>
      processKey !== undefined && lostAt === undefined && (phase === 'ready' || phase === 'warming'),
  );
  const limit = lostAfter(room);
  const together = limit / 3;
  const silent = watched.filter((one) => room.presence.silentMs(one) > limit);
  const since = Math.max(0, ...silent.map((one) => room.presence.silentMs(one)));
  const isFalling = (ms: number): boolean => ms > limit - together && ms <= limit;
  if (since <= limit + together && watched.some((one) => isFalling(room.presence.silentMs(one)))) return;
  if (silent.length > 0) await room.deps.store.markAgentsLost(silent);
}

/** Writes what was only in memory: who was heard, and that this server is up. */
export async function flush(room: AgentRoom, session: string): Promise<void> {
  const heard = room.presence.takeHeard();
  if (heard.length > 0) await room.deps.store.markAgentsSeen(heard);
  await room.deps.store.touchServerSession(session);
}

/** Nothing is kept in memory of agents whose workspaces are gone: a server lives for months, and prebuilds come and go. */
export async function forgetGone({ deps, presence, facts, told }: AgentRoom): Promise<void> {
  const gone = new Set([...presence.keys(), ...facts.keys(), ...told.keys()]);
  if (gone.size === 0) return;
  // Asked for afterwards: whoever is heard meanwhile is there.
  for (const world of await deps.store.agentWorlds()) gone.delete(keyOf(world));
  for (const key of gone) {
    presence.forget(key);
    facts.delete(key);
    told.delete(key);
  }
}
