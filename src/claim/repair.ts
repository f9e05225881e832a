import type { Claim } from '../domain/types.ts';
import { isAlive } from '../kit/process.ts';
import type { DriveOptions } from '../workspace/drive.ts';
import { repairBuild } from '../workspace/repair.ts';
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
      if (!(await deps.store.releaseClaim(claim.id, 'its process ended before the apply'))) return 'lost';
      return takeOver ? takeNew(deps, claim) : cancel(deps, claim);
    }
    case 'new':
    case 'waiting':
      return takeOver ? takeNew(deps, claim) : cancel(deps, claim);
    case 'applying':
    case 'cold': {
      const build = claim.workspaceId === undefined ? undefined : await deps.store.liveBuild(claim.workspaceId);
      if (build === undefined) return 'lost';
      const end = await repairBuild(deps, build, options);
      return end.state === 'lost' || end.state === 'detached' ? 'lost' : 'repaired';
    }
    case 'served':
    case 'failed':
    case 'canceled':
      return 'lost';
  }
}

async function takeNew(deps: ClaimDeps, claim: Claim): Promise<'mine' | 'lost'> {
  return (await deps.store.moveClaim(claim.id, ['new', 'waiting'], 'new', { driver: deps.me })) ? 'mine' : 'lost';
}

async function cancel(deps: ClaimDeps, claim: Claim): Promise<'repaired' | 'lost'> {
  const canceled = await deps.store.moveClaim(claim.id, ['new', 'waiting'], 'canceled', { missReason: 'its process ended' });
  return canceled ? 'repaired' : 'lost';
}
