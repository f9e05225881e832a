import type { AgentWord } from '../domain/agent.ts';
import type { Clock } from '../kit/clock.ts';
import type { Authenticated } from './agent-backend.ts';

/** A poll that waits for news. */
export interface HeldPoll {
  readonly agent: Authenticated;
  readonly word: AgentWord;
}

/** Polls that wait: at most one of each agent process. */
export interface AgentPolls {
  /** Resolves after `ms`, when it is woken, when `signal` aborts, or when the same process polls again. */
  hold(poll: HeldPoll, ms: number, signal: AbortSignal): Promise<void>;
  /** Wakes the polls for which `because` holds. */
  wake(because: (poll: HeldPoll) => boolean): void;
  any(): boolean;
}

export function createAgentPolls(clock: Clock): AgentPolls {
  const held = new Map<string, { poll: HeldPoll; end: AbortController }>();
  return {
    async hold(poll, ms, signal) {
      const key = `${poll.agent.workspaceId}/${poll.agent.name}/${poll.word.proc}`;
      const entry = { poll, end: new AbortController() };
      held.get(key)?.end.abort();
      held.set(key, entry);
      const leave = (): void => {
        entry.end.abort();
      };
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      await clock.sleep(ms, entry.end.signal);
      signal.removeEventListener('abort', leave);
      if (held.get(key) === entry) held.delete(key);
    },
    wake(because) {
      for (const { poll, end } of held.values()) if (because(poll)) end.abort();
    },
    any: () => held.size > 0,
  };
}
