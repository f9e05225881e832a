import { askManifest, type AgentKey } from '../domain/agent.ts';
import { renderManifest, waitingManifest } from '../domain/agent-manifest.ts';
import type { BuildState } from '../domain/types.ts';
import type { Authenticated } from './agent-backend.ts';
import { keyOf } from './agent-presence.ts';
import { changeAgent, factsOf, LOOK_MS, WAIT_SECONDS, type AgentRoom } from './agent-room.ts';

/** How long a request that comes too early is held back, in milliseconds: below every time limit of an agent. */
const HOLD_MS = 20_000;
/** Requests with tokens of nobody that are held back at once. */
const MOST_STRANGERS = 200;
/** States of a build in which its engine may have made an agent. */
const MAKING: ReadonlySet<BuildState> = new Set(['applying', 'verifying']);

/**
 * The last process that asks is the one that counts; its logs begin anew. Held back while its workspace is being built or claimed, so that start
 * scripts begin at once when it is over (agent-protocol 5.3).
 */
export async function manifest(room: AgentRoom, who: Authenticated, proc: string, signal: AbortSignal): Promise<string> {
  const { clock } = room.deps;
  const notYet = waitingManifest(WAIT_SECONDS);
  if (!room.manifests.take('all', clock.monotonic())) return notYet;
  return (await heldBack(room, signal, () => tryManifest(room, who, proc))) ?? notYet;
}

async function tryManifest(room: AgentRoom, who: Authenticated, proc: string): Promise<string | undefined> {
  const facts = factsOf(room, who, true);
  if (facts === undefined) return undefined;
  const asked = await room.inTurn(keyOf(who), async () => {
    const done = await changeAgent(room, who, (agent, world) => askManifest(agent, proc, world));
    if (done?.said === 'changed') await room.deps.logs.begin(who, done.world.generation);
    return done;
  });
  if (asked === undefined || asked.said === 'wait') return undefined;
  room.presence.heard(who);
  room.told.delete(keyOf(who));
  return renderManifest(facts, asked.world.generation, {
    CODER_WORKSPACE_NAME: asked.world.name,
    CODER_WORKSPACE_OWNER_NAME: asked.world.ownerName,
    CODER_WORKSPACE_AGENT_NAME: who.name,
  });
}

/**
 * A machine may be up before the engine that makes it has ended, and its token is known only then (W5). A refusal would make its agent back
 * off for up to 45 s, so its request waits for the end of the engine.
 */
export async function stranger(
  room: AgentRoom,
  tokenSha256: string,
  signal: AbortSignal,
): Promise<AgentKey | 'later' | undefined> {
  if (room.strangers >= MOST_STRANGERS) return undefined;
  room.strangers += 1;
  try {
    const met = await heldBack(room, signal, () => meet(room, tokenSha256));
    return met === 'nobody' ? undefined : (met ?? 'later');
  } finally {
    room.strangers -= 1;
  }
}

async function meet({ deps: { store } }: AgentRoom, tokenSha256: string): Promise<AgentKey | 'nobody' | undefined> {
  // Asked first: the token comes in the transaction that ends the build.
  const making = (await store.liveBuilds()).some((build) => build.transition === 'start' && MAKING.has(build.state));
  const known = await store.findAgent(tokenSha256);
  if (known !== undefined) return known;
  return making ? undefined : 'nobody';
}

/** Tries again and again until there is something, the caller is gone or the time is over. */
async function heldBack<T>(room: AgentRoom, signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const { clock } = room.deps;
  const until = clock.monotonic() + HOLD_MS;
  const over = AbortSignal.any([signal, room.end.signal]);
  for (;;) {
    const found = await look();
    if (found !== undefined || over.aborted || clock.monotonic() >= until) return found;
    await clock.sleep(LOOK_MS, over);
  }
}
