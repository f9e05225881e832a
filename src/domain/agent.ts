import { isPrebuild, type Workspace } from './types.ts';

/**
 * The life of one agent as its process tells it (SM section 3 "Agent", agent-protocol 4 and 5). `lost` is no state: it is the server's
 * view of an agent that has been silent (isLost).
 */
export const AGENT_LIVES = [
  'created',
  'starting',
  'ready',
  'start_error',
  'start_timeout',
  'shutting_down',
  'off',
  'shutdown_error',
  'shutdown_timeout',
] as const;
export type AgentLife = (typeof AGENT_LIVES)[number];

/** How one script ended: exit code, or `timeout`; duration in seconds. */
export interface ScriptResult {
  readonly id: string;
  readonly exit: number | 'timeout';
  readonly seconds: number;
}

export interface AgentKey {
  readonly workspaceId: string;
  readonly name: string;
}

export interface Agent extends AgentKey {
  readonly life: AgentLife;
  /** Generation that the agent works on, as it said last; more than the workspace's after a restored backup. */
  readonly generation: number;
  /** The agent process whose word counts; undefined until one fetched its manifest. */
  readonly processKey: string | undefined;
  /** Number of the last change of state heard of that process. */
  readonly seq: number;
  readonly results: readonly ScriptResult[];
  /** Last request of the process, at most a minute late. */
  readonly seenAt: number | undefined;
  /** Since when a server that was up misses it (isLost); undefined = it was heard since, or nobody listened. */
  readonly lostAt: number | undefined;
  /** Since when the agent is in this life. */
  readonly lifeAt: number;
  readonly rowVersion: number;
}

/** What one poll or report says. */
export interface AgentWord {
  readonly proc: string;
  readonly generation: number;
  readonly seq: number;
  readonly life: AgentLife;
  readonly results: readonly ScriptResult[];
}

export type AgentChange = Pick<Agent, 'life' | 'generation' | 'processKey' | 'seq' | 'results'>;

/** Silence of server up-time after which an agent counts as lost: hold 25 s, back-off 45 s and a margin (agent-protocol 5.7). */
export const LOST_AFTER_MS = 90_000;

/** What stop scripts get before the engine runs, in seconds; the server's limit wins over their own (agent-protocol 5.11). */
export const STOP_SECONDS = 60;

export const isLost = (silentMs: number): boolean => silentMs > LOST_AFTER_MS;

type World = Pick<Workspace, 'generation' | 'phase' | 'ownerId'>;

/**
 * A process asks for its manifest. A new one waits while its workspace is being built or claimed, so that nothing runs once for the
 * system user and once more for the claimant (agent-protocol 5.3); otherwise the last one to ask is the one that counts (5.4).
 */
export function askManifest(agent: Agent, proc: string, world: World): 'wait' | 'same' | AgentChange {
  if (agent.processKey === proc) return 'same';
  if (world.phase === 'claiming' || world.phase === 'provisioning') return 'wait';
  return { life: 'created', generation: world.generation, processKey: proc, seq: 0, results: [] };
}

/**
 * What a poll or a report changes. Another process than the known one is `superseded` while that one is alive, and takes its place
 * when it is not. An older number or generation is acknowledged and changes nothing (agent-protocol 4 and 5.5).
 */
export function hear(agent: Agent, word: AgentWord, world: World, silentMs: number): 'superseded' | 'same' | AgentChange {
  const mine = agent.processKey === word.proc;
  if (!mine && agent.processKey !== undefined && !isLost(silentMs)) return 'superseded';
  if (word.generation < world.generation && !mine) return 'same';
  if (mine && (word.seq <= agent.seq || word.generation < world.generation)) return 'same';
  const { life, generation, seq, results } = word;
  return { life, generation, processKey: word.proc, seq, results };
}

export type MetaMode = 'fast' | 'slow' | 'off';

/** What a poll is answered, and whether at once. */
export interface PollAnswer {
  readonly generation: number;
  readonly stopSeconds: number | undefined;
  readonly meta: MetaMode;
  readonly urgent: boolean;
}

const STOPPING: readonly AgentLife[] = ['shutting_down', 'off', 'shutdown_error', 'shutdown_timeout'];

/** Whether the agent runs its stop scripts, or has. */
export const isStopping = (life: AgentLife): boolean => STOPPING.includes(life);

/** Whether the stop scripts have ended, well or not. */
export const hasStopped = (life: AgentLife): boolean => isStopping(life) && life !== 'shutting_down';

/** Stop scripts run before the engine destroys anything, and never for stock that nobody had (agent-protocol 5.11). */
export const wantsStop = (world: World): boolean =>
  !isPrebuild(world) && (world.phase === 'stopping' || world.phase === 'stopped' || world.phase === 'deleting');

/**
 * Level-triggered: the answer says how things are, and the agent compares. `knownMeta` is the mode that this process was told last.
 */
export function answerPoll(
  world: World,
  word: Pick<AgentWord, 'generation' | 'life'>,
  options: { meta: MetaMode; knownMeta: MetaMode | undefined; stopSeconds: number },
): PollAnswer {
  const stop = wantsStop(world);
  const news = word.generation < world.generation || stop !== isStopping(word.life) || options.meta !== options.knownMeta;
  return {
    generation: world.generation,
    stopSeconds: stop ? options.stopSeconds : undefined,
    meta: options.meta,
    urgent: news,
  };
}

/** Unclaimed stock is measured every ten minutes, a person's workspace as its template says (agent-protocol 5.10). */
export const metaMode = (world: World): MetaMode => (isPrebuild(world) ? 'slow' : 'fast');

export type AgentsState =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly reason: string };

/**
 * Readiness of a workspace by its agents (W7, W8): all `ready` in the current generation. One whose start scripts failed decides at once.
 * No agents at all are ready: what has none is judged by other means.
 */
export function agentsState(agents: readonly Agent[], generation: number): AgentsState {
  const current = agents.filter((agent) => agent.processKey !== undefined && agent.generation >= generation);
  const failed = current.find((agent) => agent.life === 'start_error' || agent.life === 'start_timeout');
  if (failed !== undefined) return { kind: 'failed', reason: `agent ${failed.name}: ${failureOf(failed)}` };
  const waiting = agents.find((agent) => !current.includes(agent) || agent.life !== 'ready');
  if (waiting === undefined) return { kind: 'ready' };
  const life = current.includes(waiting) ? waiting.life.replace('_', ' ') : 'not heard of';
  return { kind: 'waiting', reason: `agent ${waiting.name} is ${life}` };
}

/** Which script failed and how, in words. */
function failureOf(agent: Agent): string {
  const bad = agent.results.find((result) => result.exit !== 0);
  if (bad === undefined) return agent.life === 'start_timeout' ? 'a start script took too long' : 'a start script failed';
  if (bad.exit === 'timeout') return `script ${bad.id} was ended after ${String(bad.seconds)} s, its time limit`;
  const hint = bad.exit === 127 ? ' (a program is missing)' : '';
  return `script ${bad.id} exited ${String(bad.exit)}${hint} after ${String(bad.seconds)} s`;
}

/** A server that could hear agents, from `startedAt` to `endedAt`, or to its last sign of life. */
export interface ServerSession {
  readonly startedAt: number;
  readonly seenAt: number;
  readonly endedAt: number | undefined;
}

/**
 * Milliseconds between two instants in which some server was up (SM R11): silence while none was is nobody's failure. Overlapping sessions
 * count once.
 */
export function serverUpMs(sessions: readonly ServerSession[], from: number, to: number): number {
  const spans = sessions
    .map((one) => ({ from: Math.max(from, one.startedAt), to: Math.min(to, one.endedAt ?? one.seenAt) }))
    .filter((one) => one.to > one.from)
    .sort((a, b) => a.from - b.from);
  let up = 0;
  let end = from;
  for (const span of spans) {
    up += Math.max(0, span.to - Math.max(end, span.from));
    end = Math.max(end, span.to);
  }
  return up;
}
