import type { AgentKey, AgentWord } from '../domain/agent.ts';

/** One value of one metadata item, as the agent sent it. */
export interface MetaReport {
  readonly id: string;
  readonly exit: number | 'timeout';
  readonly value: string;
}

/** Where bytes of a script's log belong. */
export interface LogPlace {
  readonly proc: string;
  readonly generation: number;
  readonly script: string;
  readonly offset: number;
}

/** What the agent routes ask (agent-protocol 4): bytes and HTTP stay with them, meaning is here. */
export interface AgentBackend {
  /** Whose token this is; undefined = nobody's. */
  authenticate(tokenSha256: string): Promise<AgentKey | undefined>;
  /**
   * The same for a token that nobody has yet, while an engine that may just have made it works: held back until it is somebody's. `later` = the
   * engine still works; undefined = nobody's.
   */
  expect(tokenSha256: string, signal: AbortSignal): Promise<AgentKey | 'later' | undefined>;
  /** The manifest, or the text that says "not yet"; held back while it is not yet, until `signal` aborts. */
  manifest(agent: Authenticated, proc: string, signal: AbortSignal): Promise<string>;
  /** Answer lines without the final `end`; held back while there is no news, until `signal` aborts. */
  poll(agent: Authenticated, word: AgentWord, hold: boolean, signal: AbortSignal): Promise<readonly string[]>;
  report(agent: Authenticated, word: AgentWord): Promise<void>;
  /** Bytes that the log holds now, or `full`. */
  log(agent: Authenticated, place: LogPlace, bytes: Uint8Array): Promise<number | 'full'>;
  meta(agent: Authenticated, proc: string, values: readonly MetaReport[]): Promise<void>;
  /** Text of a script that is too long for the manifest. */
  script(agent: Authenticated, id: string): Promise<string | undefined>;
}

export interface Authenticated extends AgentKey {
  readonly tokenSha256: string;
}
