import { agentsState, serverUpMs } from '../domain/agent.ts';
import { mayAskAgents, type EffectivePolicy } from '../domain/policy.ts';
import type { ErrorClass, Workspace } from '../domain/types.ts';
import type { ClaimDeps } from '../claim/deps.ts';
import { isAlive } from '../kit/process.ts';
import type { PoolDeps } from './deps.ts';

/** The grace of one reconnect period (SM R11), in milliseconds of server up-time. */
const GRACE_MS = 60_000;
const LOOK_MS = 250;
/** From when on an agent that was not heard of is worth a word. */
const WORRY_MS = 30_000;

/** What agents say of their workspace. */
export type AgentsVerdict =
  | { readonly state: 'ready' }
  /** Nothing yet; `worrying` = one of them did not come in a time in which it should have. */
  | { readonly state: 'waiting'; readonly reason: string; readonly worrying: boolean }
  | { readonly state: 'failed'; readonly reason: string; readonly errorClass: ErrorClass };

export type AgentsEnd = Exclude<AgentsVerdict, { state: 'waiting' }> | { readonly state: 'left' };

/**
 * Whether readiness is what the agents say: asked for, or `auto` where the template has agents that are served. Where nobody can hear them
 * `auto` goes on without them, and `agent` is `unheard`: what was asked for is not given up.
 */
export async function isJudgedByAgents(
  deps: PoolDeps,
  workspace: Workspace,
  policy: Pick<EffectivePolicy, 'readiness'>,
): Promise<boolean | 'unheard'> {
  if (!mayAskAgents(policy) || (await deps.store.listAgents(workspace.id)).length === 0) return false;
  return (await deps.hearsAgents()) || (policy.readiness === 'agent' && 'unheard');
}

type WaitDeps = Pick<ClaimDeps, 'store' | 'clock' | 'logger' | 'accessUrl'>;

/**
 * Every agent is ready in the workspace's generation, or one has failed, or it took longer than `timeoutMs` in which somebody could hear them
 * (W7, W8), or none of that.
 */
export async function judgeAgents(deps: WaitDeps, workspace: Workspace, timeoutMs: number): Promise<AgentsVerdict> {
  const since = (await deps.store.listBuilds(workspace.id)).at(-1)?.endedAt ?? workspace.createdAt;
  const agents = await deps.store.listAgents(workspace.id);
  const state = agentsState(agents, workspace.generation);
  if (state.kind === 'ready') return { state: 'ready' };
  if (state.kind === 'failed') return { state: 'failed', reason: state.reason, errorClass: 'template' };
  const came = agents.every((agent) => agent.processKey !== undefined);
  const heard = await heardMs(deps, since);
  // The grace of a short limit is short.
  if (heard > timeoutMs + Math.min(timeoutMs, GRACE_MS)) return lateBy({ came, reason: state.reason }, deps.accessUrl);
  return { state: 'waiting', reason: state.reason, worrying: !came && heard > WORRY_MS };
}

/** Waits for the verdict; for ever without `timeoutMs`. `left` = the caller was told to stop waiting. */
export async function waitForAgents(
  deps: WaitDeps,
  workspace: Workspace,
  { signal, timeoutMs = Infinity }: { readonly signal: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Promise<AgentsEnd> {
  let worried = false;
  while (signal?.aborted !== true) {
    const verdict = await judgeAgents(deps, workspace, timeoutMs);
    if (verdict.state !== 'waiting') return verdict;
    if (verdict.worrying && !worried) {
      worried = true;
      const words = `coderd.prebuilds: still waiting: ${verdict.reason}${neverCame(deps.accessUrl)}`;
      deps.logger.warn(words, { workspace: workspace.name });
    }
    await deps.clock.sleep(LOOK_MS, signal);
  }
  return { state: 'left' };
}

/** An agent that never came is the environment's failure, one that never got ready the template's. */
const lateBy = ({ came, reason }: { readonly came: boolean; readonly reason: string }, accessUrl: string): AgentsVerdict => ({
  state: 'failed',
  reason: `not ready in time: ${reason}${came ? '' : neverCame(accessUrl)}`,
  errorClass: came ? 'template' : 'environment',
});

/** Time in which somebody could hear agents: a server that lives is up until now, however long ago it last wrote so. */
async function heardMs({ store, clock }: Pick<ClaimDeps, 'store' | 'clock'>, since: number): Promise<number> {
  const now = clock.now();
  const sessions = await store.serverSessions(since);
  const upToNow = sessions.map((one) => (one.endedAt === undefined && isAlive(one) ? { ...one, seenAt: now } : one));
  return serverUpMs(upToNow, since, now);
}

const neverCame = (accessUrl: string): string =>
  `; can its machine reach ${accessUrl} (access_url), and does it run init_script? If its agents never run, set readiness: provisioned`;
