import { rebuilt } from '../domain/guard.ts';
import type { Claim, PlannedChange, Workspace } from '../domain/types.ts';
import { ConflictError } from '../kit/errors.ts';
import type { ClaimDeps } from './deps.ts';
import type { ClaimOutcome, ClaimRequest } from './request.ts';

/** The answer of a claim that was served. */
export async function handOver(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  phases: Record<string, number>,
  changes: readonly PlannedChange[],
): Promise<ClaimOutcome> {
  await deps.store.recordClaim(claim.id, { phases });
  const served = await deps.store.getClaim(claim.id);
  deps.logger.info('coderd.prebuilds: workspace prebuild successfully claimed by user', {
    template: request.template.name,
    preset: request.preset?.name,
    owner: request.owner.username,
    workspace: request.name,
    rebuilt: rebuilt(changes).length,
  });
  return { claim: served, workspace: await workspaceOf(deps, served), repeated: false };
}

/** What the claimant got; ConflictError claim_ended when it got nothing. */
export async function workspaceOf(deps: ClaimDeps, claim: Claim): Promise<Workspace> {
  if (claim.workspaceId === undefined) {
    throw new ConflictError('claim_ended', `the claim of ${claim.name} ended as ${claim.state} without a workspace`, {
      hint: 'run the command again',
    });
  }
  return deps.store.getWorkspace(claim.workspaceId);
}
