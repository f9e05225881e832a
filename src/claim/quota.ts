import type { Claim } from '../domain/types.ts';
import { ConflictError } from '../kit/errors.ts';
import type { ClaimDeps } from './deps.ts';

/** Serves a claim; one that the claimant's budget does not hold ends as failed, with its name free again (SM section 3, "over quota"). */
export async function endingOverQuota<T>(deps: ClaimDeps, claim: Claim, serve: () => Promise<T>): Promise<T> {
  try {
    return await serve();
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'quota_exceeded') {
      await deps.store.moveClaim(claim.id, ['new', 'waiting'], 'failed', { missReason: error.message });
    }
    throw error;
  }
}
