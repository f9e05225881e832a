import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import type { Outcome } from '../build/end.ts';

/** What is held for a workspace and an owner; growth 0 = nothing is. */
export async function setHold(
  tx: Tx,
  input: { readonly workspaceId: string; readonly ownerId: string; readonly growth: number; readonly claimId: string | null },
): Promise<void> {
  await dropHold(tx, input.workspaceId, input.ownerId);
  if (input.growth === 0) return;
  await tx.db
    .insertInto('charge')
    .values({
      workspace_id: input.workspaceId,
      owner_id: input.ownerId,
      kind: 'held',
      daily_cost: input.growth,
      claim_id: input.claimId,
    })
    .execute();
}

export async function dropHold(tx: Tx, workspaceId: string, ownerId: string): Promise<void> {
  await tx.db
    .deleteFrom('charge')
    .where('workspace_id', '=', workspaceId)
    .where('owner_id', '=', ownerId)
    .where('kind', '=', 'held')
    .execute();
}

/** A workspace that is gone costs nobody anything (W17). */
export async function dropCharges(tx: Tx, workspaceId: string): Promise<void> {
  await tx.db.deleteFrom('charge').where('workspace_id', '=', workspaceId).execute();
}

/**
 * The end of a start or stop: the hold becomes the charge of whoever owns the workspace now, so a claim moves it from the pool to the
 * claimant (W12). A build that failed after something was applied is charged what may exist: what is left of it when the state says
 * so, else the higher of what it was and what was planned (W6).
 */
export async function settleCharge(tx: Tx, build: BuildRow, before: WorkspaceRow, outcome: Outcome): Promise<void> {
  await dropHold(tx, build.workspace_id, build.beneficiary_id);
  const cost = costAfter(build, before, outcome);
  if (cost === undefined) return;
  const ownerId = outcome.state === 'succeeded' ? build.beneficiary_id : before.owner_id;
  await dropCharges(tx, build.workspace_id);
  if (cost > 0) {
    await tx.db
      .insertInto('charge')
      .values({ workspace_id: build.workspace_id, owner_id: ownerId, kind: 'charged', daily_cost: cost, claim_id: null })
      .execute();
  }
  await tx.db.updateTable('workspace').set({ daily_cost: cost }).where('id', '=', build.workspace_id).execute();
  await tx.db.updateTable('build').set({ daily_cost: cost }).where('id', '=', build.id).execute();
}

/** undefined = the charge stays as it is. */
function costAfter(build: BuildRow, before: WorkspaceRow, outcome: Outcome): number | undefined {
  if (outcome.state === 'succeeded') return outcome.dailyCost ?? build.daily_cost;
  if (build.applied_at === null || build.stage === 'claim') return undefined;
  if (outcome.dailyCost === 0) return 0;
  return Math.max(outcome.dailyCost ?? 0, build.daily_cost, before.daily_cost);
}
