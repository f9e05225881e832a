import { isLost, LOST_AFTER_MS, type Agent, type AgentKey } from '../domain/agent.ts';
import type { Clock } from '../kit/clock.ts';

/** How long two processes must both be alive before it is worth an event (agent-protocol 5.4). */
const CONFLICT_MS = 60_000;

/** Who was heard when, in memory: a heartbeat writes nothing (SM section 5). */
export interface AgentPresence {
  heard(agent: AgentKey): void;
  /** Milliseconds since the agent's process was heard, while this server was up. */
  silentMs(agent: AgentKey): number;
  /** A superseded process was heard. True once, when it and the one that counts have both been alive for a minute. */
  heardOther(agent: Agent, proc: string): boolean;
  /** Agents heard since the last call, with wall-clock times. */
  takeHeard(): readonly (AgentKey & { readonly at: number })[];
  /** Keys of those who were heard. */
  keys(): readonly string[];
  /** One that is gone for good. */
  forget(key: string): void;
}

export const keyOf = (agent: AgentKey): string => `${agent.workspaceId}/${agent.name}`;

export function createAgentPresence(clock: Clock): AgentPresence {
  const began = clock.monotonic();
  const last = new Map<string, number>();
  const fresh = new Map<string, AgentKey & { at: number }>();
  const others = new Map<string, { proc: string; since: number; at: number; told: boolean }>();
  const silentMs = (agent: AgentKey): number => clock.monotonic() - (last.get(keyOf(agent)) ?? began);
  return {
    silentMs,
    heard(agent) {
      last.set(keyOf(agent), clock.monotonic());
      fresh.set(keyOf(agent), { workspaceId: agent.workspaceId, name: agent.name, at: clock.now() });
    },
    heardOther(agent, proc) {
      const now = clock.monotonic();
      const before = others.get(keyOf(agent));
      const known = before?.proc === proc && now - before.at < LOST_AFTER_MS ? before : { proc, since: now, told: false };
      const tell = !known.told && now - known.since >= CONFLICT_MS && !isLost(silentMs(agent));
      others.set(keyOf(agent), { proc, since: known.since, at: now, told: known.told || tell });
      return tell;
    },
    takeHeard() {
      const all = [...fresh.values()];
      fresh.clear();
      return all;
    },
    keys: () => [...last.keys(), ...others.keys()],
    forget(key) {
      last.delete(key);
      others.delete(key);
    },
  };
}
