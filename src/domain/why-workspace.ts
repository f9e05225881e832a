import { agentsState, type Agent } from './agent.ts';
import { decide } from './decide.ts';
import { describeReplacement } from './guard.ts';
import type { PoolSnapshot, StockItem } from './snapshot.ts';
import { isEligible } from './stock.ts';
import { suspectsCommand } from './suspects.ts';
import { isPrebuild, type Build, type Suspect, type Workspace } from './types.ts';
import { explanation, shellName, type Explanation } from './why.ts';
import { because } from './words.ts';

export interface WorkspaceFacts {
  readonly workspace: Workspace;
  readonly liveBuild: Build | undefined;
  /** Whether the process that drives the live build lives. */
  readonly driven: boolean;
  readonly suspects: readonly Suspect[];
  readonly agents: readonly Agent[];
  /** The pool that a prebuild is stock of. */
  readonly pool: PoolSnapshot | undefined;
  /** Whose a prebuild will be that is being claimed, and under which name. */
  readonly claimant?: { readonly owner: string; readonly name: string } | undefined;
}

/** The one constraint that binds a workspace at `now`; of a prebuild, why it can or cannot be claimed. */
export function explainWorkspace(facts: WorkspaceFacts, now: number): Explanation {
  return inTrouble(facts) ?? underWay(facts) ?? (isPrebuild(facts.workspace) ? asStock(facts, now) : asOwned(facts));
}

const fullName = ({ ownerName, name }: Workspace): string => shellName(`${ownerName}/${name}`);

function inTrouble({ workspace, suspects }: WorkspaceFacts): Explanation | undefined {
  if (suspects.length === 0) return undefined;
  const what = suspects.map(({ address }) => address).join(', ');
  return explanation('suspects', `${what} may exist although no state knows it: an engine was killed while it made it`, {
    next: `look for it, remove it, then run ${suspectsCommand(workspace)}`,
  });
}

function underWay({ workspace, liveBuild, driven, claimant }: WorkspaceFacts): Explanation | undefined {
  if (liveBuild === undefined) return undefined;
  const claimed = liveBuild.stage === 'claim' ? `it is being claimed${claimedBy(claimant)}` : undefined;
  const what = claimed ?? `build ${String(liveBuild.number)} (${liveBuild.transition}) is ${liveBuild.state}`;
  const name = claimant === undefined ? fullName(workspace) : shellName(`${claimant.owner}/${claimant.name}`);
  return driven
    ? explanation(workspace.phase, claimed ?? `${what}: ${liveBuild.reason}`, { next: `prebuilds logs ${name} -f` })
    : explanation(workspace.phase, `${what}, and the process that drove it has ended`, {
        next: 'run prebuilds reconcile: it finishes or undoes what was begun',
      });
}

const claimedBy = (claimant: WorkspaceFacts['claimant']): string =>
  claimant === undefined ? '' : ` by ${claimant.owner} as ${claimant.name}`;

/** A prebuild: what the pool is going to do with it, else what keeps it from being claimed. */
function asStock(facts: WorkspaceFacts, now: number): Explanation {
  const { workspace, pool } = facts;
  if (workspace.heldAt !== undefined) {
    const by = workspace.heldBy === undefined ? '' : ` by ${workspace.heldBy}`;
    return explanation('held', `it is held${by}${because(workspace.heldReason)}`, {
      next: `prebuilds unhold ${fullName(workspace)}`,
    });
  }
  const item = pool?.stock.find((one) => one.workspace.id === workspace.id);
  if (pool === undefined || item === undefined) return byPhase(facts);
  return leaving(pool, item, now) ?? silent(pool, item) ?? byClaim(pool, item, now) ?? byPhase(facts);
}

function leaving(pool: PoolSnapshot, { workspace }: StockItem, now: number): Explanation | undefined {
  const removal = decide(pool, now).find(
    (action) => (action.kind === 'delete' || action.kind === 'cancel') && action.workspaceId === workspace.id,
  );
  if (removal === undefined) return undefined;
  const code = removal.kind === 'delete' ? removal.why : 'surplus';
  return explanation(code, `the next pass deletes it: ${removal.reason}`, {
    next: `nothing; prebuilds hold ${fullName(workspace)} keeps it`,
  });
}

/** A server that was up does not hear its agent any more (SM W23). */
function silent({ pool }: PoolSnapshot, { workspace, agentLost }: StockItem): Explanation | undefined {
  if (!agentLost || workspace.phase !== 'ready') return undefined;
  const text = 'it cannot be claimed: its agent is not heard any more';
  return pool.breaker === 'holding'
    ? explanation('agent_lost', `${text}, like most of the stock, so nothing is replaced`, {
        next: 'look at the host and its network',
      })
    : explanation('agent_lost', text, { next: 'nothing: the next prebuilds reconcile replaces it' });
}

function byClaim(pool: PoolSnapshot, item: StockItem, now: number): Explanation | undefined {
  const { workspace } = item;
  if (workspace.phase !== 'ready') return undefined;
  const changes = workspace.unsafeChanges.map(describeReplacement).join('; ');
  const eligible = isEligible(item, pool, now);
  if (workspace.claimSafety === 'unsafe') {
    const text = eligible
      ? 'it may be claimed, but a claim would rebuild something'
      : 'it cannot be claimed: on_replace is refuse';
    return explanation('unsafe', `${text}: ${changes}`, { next: 'prebuilds lint says where the template causes it' });
  }
  if (!eligible) return undefined;
  const safe = workspace.claimSafety === 'safe' ? ', and a rehearsed claim rebuilt nothing' : '';
  return explanation('eligible', `it may be claimed now${safe}`);
}

function asOwned(facts: WorkspaceFacts): Explanation {
  const { workspace, agents } = facts;
  if (workspace.phase !== 'ready') return byPhase(facts);
  const lost = agents.filter((agent) => agent.lostAt !== undefined).map((agent) => agent.name);
  if (lost.length > 0) return explanation('agent_lost', `it is ready, but its agent ${lost.join(', ')} is not heard any more`);
  const state = agentsState(agents, workspace.generation);
  if (state.kind === 'failed') {
    const next = `correct it, then prebuilds restart ${fullName(workspace)}`;
    return explanation('agents', `it can be used, but not all start scripts succeeded: ${state.reason}`, { next });
  }
  return explanation('ready', 'it is ready', { untilAt: workspace.expiresAt });
}

/** What agents have to say before it is ready, if it has some. */
function warming({ workspace, agents }: WorkspaceFacts): Explanation {
  const state = agentsState(agents, workspace.generation);
  if (state.kind !== 'waiting') {
    return explanation('warming', 'it is built, and its readiness check has not passed', { next: 'run prebuilds reconcile' });
  }
  const next =
    'prebuilds reconcile or serve hears its agents; if they do not come, see whether its machine runs init_script and reaches access_url, or set readiness: provisioned';
  return explanation('warming', `it is built, and ${state.reason}`, { next });
}

/** The engine's log says nothing of a script that failed. */
function logsOf({ workspace, agents }: WorkspaceFacts): string {
  const byAgent = agentsState(agents, workspace.generation).kind === 'failed';
  return `prebuilds logs ${fullName(workspace)}${byAgent ? ' --agent' : ''}`;
}

function byPhase(facts: WorkspaceFacts): Explanation {
  const { workspace } = facts;
  const { phase, lastError, nextTryAt, attempts } = workspace;
  const name = fullName(workspace);
  switch (phase) {
    case 'queued':
      return explanation(phase, 'it is queued', { next: 'run prebuilds reconcile' });
    case 'provisioning':
    case 'stopping':
    case 'claiming':
      return explanation(phase, `it is ${phase}, and nobody works on it`, { next: 'run prebuilds reconcile' });
    case 'warming':
      return warming(facts);
    case 'ready':
      return explanation(phase, 'it is ready, and not claimable: it is not as its pool makes prebuilds now');
    case 'stopped':
      return explanation(phase, 'it is stopped', { next: `prebuilds start ${name}` });
    case 'failed':
      return explanation(phase, `it failed${because(lastError)}`, { next: logsOf(facts) });
    case 'quarantined':
      return explanation(phase, `a claim of it failed half way${because(lastError)}`, { next: `prebuilds history ${name}` });
    case 'deleting':
      return explanation(phase, `its destroy did not end (attempts: ${String(attempts)})${because(lastError)}`, {
        next: `prebuilds delete ${name}`,
        untilAt: nextTryAt,
      });
    case 'deleted':
      return explanation(phase, 'it is deleted');
  }
}
