import type { Agent, AgentChange, AgentKey, ServerSession } from '../domain/agent.ts';
import type { Driver, Workspace } from '../domain/types.ts';

/** An agent as the state has it. The name is unique in its workspace. */
export interface NewAgent {
  readonly name: string;
  /** Lower-case hex. */
  readonly tokenSha256: string;
}

/**
 * Agents of workspaces that are not deleted (SM section 3 "Agent"). They are written when builds end and when their life changes, never
 * for a heartbeat alone.
 */
export interface AgentStore {
  /** Whose token this is. A former token is good until the agent was heard with its new one. */
  findAgent(tokenSha256: string): Promise<Agent | undefined>;
  getAgent(key: AgentKey): Promise<Agent | undefined>;
  listAgents(workspaceId: string): Promise<readonly Agent[]>;
  /**
   * What a request of the agent changed, as a compare-and-set on its row version; the former token ends when `tokenSha256` is the new one.
   * undefined = somebody else wrote. An event is written when start or stop scripts have ended.
   */
  changeAgent(agent: Agent, change: AgentChange, tokenSha256: string): Promise<Agent | undefined>;
  /** Last requests, all in one transaction; callers collect them for a minute. Those that were lost are back, which is an event. */
  markAgentsSeen(seen: readonly (AgentKey & { readonly at: number })[]): Promise<void>;
  /** A server that was up missed these for too long: `lostAt` and an event, where the workspace is ready or warming. */
  markAgentsLost(lost: readonly AgentKey[]): Promise<void>;
  /** People's workspaces in `warming`. */
  warmingOfPeople(): Promise<readonly Workspace[]>;
  /** What the poll of every agent depends on. */
  agentWorlds(): Promise<readonly AgentWorld[]>;
  /** Two processes were alive with one token: an event, nothing else. */
  tellAgentConflict(key: AgentKey, reason: string): Promise<void>;
  /** A server that can hear agents is up from now on (SM R11). Returns its id. */
  openServerSession(driver: Driver): Promise<string>;
  touchServerSession(id: string): Promise<void>;
  closeServerSession(id: string): Promise<void>;
  /** Those that were seen at or after an instant. */
  serverSessions(since: number): Promise<readonly (ServerSession & Driver)[]>;
}

export interface AgentWorld
  extends AgentKey, Pick<Agent, 'processKey' | 'lostAt'>, Pick<Workspace, 'generation' | 'phase' | 'ownerId'> {}
