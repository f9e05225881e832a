import type { Claim } from '../domain/types.ts';
import { isAlive } from '../kit/process.ts';
import type { DriveOptions } from '../workspace/drive-options.ts';
import { endPlanRuns } from '../workspace/plan-runs.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import type { ClaimDeps } from './deps.ts';

export const isAbandonedClaim = (claim: Claim): boolean => claim.driver === undefined || !isAlive(claim.driver);

/**
 * What a killed claim left (SM R6): before its apply everything is rolled back, after it the same claimant gets the workspace.
 * `mine` = the claim is new again and this process may serve it (only with `takeOver`, the same person asking again).
 */
export async function repairClaim(
  deps: ClaimDeps,
  claim: Claim,
  options: Pick<DriveOptions, 'signal' | 'onProgress' | 'providerSession'>,
  takeOver: boolean,
): Promise<'mine' | 'repaired' | 'lost'> {
  if (!isAbandonedClaim(claim)) return 'lost';
  switch (claim.state) {
    case 'reserved':
    case 'planned': {
      if (!(await endLeftPlan(deps, claim))) return 'lost';
      if (!(await deps.store.releaseClaim(claim.id, 'its process ended before the apply'))) return 'lost';
      return takeOver ? takeNew(deps, claim) : cancel(deps, claim);
    }
    case 'new':
    case 'waiting':
      return takeOver ? takeNew(deps, claim) : cancel(deps, claim);
    case 'applying':
    case 'cold': {
      const build = claim.workspaceId === undefined ? undefined : await deps.store.liveBuild(claim.workspaceId);
      if (build === undefined) return leftBehind(deps, claim);
      const end = await repairBuild(deps, build, options);
      return end.state === 'lost' || end.state === 'detached' ? 'lost' : 'repaired';
    }
    case 'served':
    case 'failed':
    case 'canceled':
      return 'lost';
  }
}

/** A version of this tool that ended the build and the claim one after the other was killed in between. */
async function leftBehind(deps: ClaimDeps, claim: Claim): Promise<'repaired' | 'lost'> {
  return (await deps.store.quarantineClaim(claim.id, { error: 'its build failed' })) ? 'repaired' : 'lost';
}

/**
 * The prebuild may be claimed again the moment it is given back, so the plan of the killed claim must be over by then. false = somebody
 * else is at it.
 */
export async function endLeftPlan(deps: ClaimDeps, claim: Claim): Promise<boolean> {
  const build = claim.workspaceId === undefined ? undefined : await deps.store.liveBuild(claim.workspaceId);
  if (build?.stage !== 'claim') return true;
  const taken = isAbandoned(build) ? await deps.store.takeBuild(build.id, build.driver, deps.me) : undefined;
  if (taken === undefined) return false;
  await endPlanRuns(deps, taken);
  return true;
}

async function takeNew(deps: ClaimDeps, claim: Claim): Promise<'mine' | 'lost'> {
  return (await deps.store.moveClaim(claim.id, ['new', 'waiting'], 'new', { driver: deps.me })) ? 'mine' : 'lost';
}

/** Nothing came of it and nobody was told so: who asks again under the same request id, as a client of a killed server does, begins anew. */
async function cancel(deps: ClaimDeps, claim: Claim): Promise<'repaired' | 'lost'> {
  const patch = { missReason: 'its process ended', requestId: undefined };
  const canceled = await deps.store.moveClaim(claim.id, ['new', 'waiting'], 'canceled', patch);
  return canceled ? 'repaired' : 'lost';
}
