import { parsePoolName } from '../domain/names.ts';
import type { PoolSnapshot } from '../domain/snapshot.ts';
import { explainWaiting } from '../domain/why-claim.ts';
import { explainPool } from '../domain/why-pool.ts';
import { explainWorkspace } from '../domain/why-workspace.ts';
import { UserError } from '../kit/errors.ts';
import { isAbandoned } from '../workspace/repair.ts';
import type { Answer } from '../api/app.ts';
import type { WaitingView } from '../api/workspaces.ts';
import type { Context } from './context.ts';
import { lookUpWorkspace, type Found } from './names.ts';
import { findWaiting } from './waiting.ts';

/**
 * The constraint that binds each pool, workspace and claim in line of this name (spec 3, `why`); every pool without a name. A name that is both a
 * pool's and a workspace's is answered for both. UserError when it is none.
 */
export async function explain(context: Context, name: string | undefined): Promise<readonly Answer[]> {
  const { store, config, clock } = context;
  const now = clock.now();
  const snapshots = await store.snapshot(config.policy);
  const pools = snapshots.filter((snapshot) => name === undefined || isNamed(snapshot, name));
  const answers = pools.map((snapshot): Answer => ({ kind: 'pool', name: fullName(snapshot), ...explainPool(snapshot, now) }));
  if (name === undefined) return answers;
  const found = await findOrNone(context, name, pools.length > 0);
  if (found !== undefined) return [...answers, await explainOne(context, found, snapshots, now)];
  const waiting = await findWaiting(context, name);
  if (waiting !== undefined) return [...answers, explainClaim(waiting, snapshots, now)];
  if (answers.length > 0) return answers;
  throw new UserError('unknown_name', `there is no pool, no workspace and no claim in line "${name}"`, {
    hint: 'see `prebuilds status` and `prebuilds list`',
  });
}

const fullName = ({ templateName, pool }: PoolSnapshot): string => `${templateName}/${pool.presetName}`;

function isNamed(snapshot: PoolSnapshot, name: string): boolean {
  const { template, preset } = parsePoolName(name);
  const same = snapshot.templateName.toLowerCase() === template.toLowerCase();
  return same && (preset === undefined || snapshot.pool.presetName === preset);
}

async function findOrNone(context: Context, name: string, isPool: boolean): Promise<Found | undefined> {
  try {
    return await lookUpWorkspace(context.store, context.caller, name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (isPool || error.code === 'unknown_workspace') return undefined;
    throw error;
  }
}

function explainClaim(claim: WaitingView, snapshots: readonly PoolSnapshot[], now: number): Answer {
  const { before, deadlineAt, template, preset } = claim;
  const pool = snapshots.find((one) => one.templateName === template && one.pool.presetName === preset);
  return { kind: 'claim', name: `${claim.owner}/${claim.name}`, ...explainWaiting({ pool, before, deadlineAt }, now) };
}

async function explainOne(
  context: Context,
  { workspace, claimant }: Found,
  snapshots: readonly PoolSnapshot[],
  now: number,
): Promise<Answer> {
  const { store } = context;
  const liveBuild = await store.liveBuild(workspace.id);
  const suspects = await store.listSuspects('open', workspace.id);
  const pool = snapshots.find(({ stock }) => stock.some((item) => item.workspace.id === workspace.id));
  const agents = await store.listAgents(workspace.id);
  const [holder] = workspace.claimId === undefined ? [] : await store.claimants({ workspaceId: workspace.id });
  const driven = liveBuild !== undefined && !isAbandoned(liveBuild);
  const facts = { workspace, liveBuild, agents, driven, suspects, pool, claimant: claimant ?? holder };
  const name = claimant === undefined ? `${workspace.ownerName}/${workspace.name}` : `${claimant.owner}/${claimant.name}`;
  return { kind: 'workspace', name, ...explainWorkspace(facts, now) };
}
