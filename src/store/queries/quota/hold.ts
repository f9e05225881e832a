import { judgeQuota, type QuotaRefusal, type QuotaVerdict } from '../../../domain/quota.ts';
import type { ClaimRow, WorkspaceRow } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import { LIVE } from '../build/live.ts';
import { buildRow } from '../build/read.ts';
import { workspaceRow } from '../workspace/change.ts';
import { setHold } from './charge.ts';
import { quotaFacts } from './facts.ts';

/**
 * Judges what a live build will cost its beneficiary and holds it, in one transaction: of two builds that fit only one by one, one is
 * refused. A hold of an earlier plan of the same workspace is replaced. undefined = the build is not live any more.
 */
export function holdQuota(session: Session, buildId: string, cost: number): Promise<QuotaVerdict | undefined> {
  return write(session, async (tx) => {
    const build = await buildRow(tx.db, buildId);
    if (build === undefined || build.ended_at !== null) return undefined;
    const workspace = found(await workspaceRow(tx, build.workspace_id), 'workspace', build.workspace_id);
    const facts = await quotaFacts(tx.db, {
      ownerId: build.beneficiary_id,
      templateId: workspace.template_id,
      workspaceId: workspace.id,
    });
    const verdict = judgeQuota(facts, cost);
    if (!verdict.go) return verdict;
    await tx.db.updateTable('build').set({ daily_cost: cost }).where('id', '=', buildId).execute();
    await setHold(tx, {
      workspaceId: workspace.id,
      ownerId: build.beneficiary_id,
      growth: verdict.growth,
      claimId: workspace.claim_id,
    });
    return verdict;
  });
}

/** W9: what the prebuild costs now is held for the claimant; a refusal holds nothing, and the caller takes no stock. */
export async function holdForClaim(tx: Tx, claim: ClaimRow, prebuild: WorkspaceRow): Promise<QuotaRefusal | undefined> {
  if (prebuild.daily_cost === 0) return undefined;
  const facts = await quotaFacts(tx.db, {
    ownerId: claim.owner_id,
    templateId: prebuild.template_id,
    workspaceId: prebuild.id,
  });
  const verdict = judgeQuota(facts, prebuild.daily_cost);
  if (!verdict.go) return verdict.refusal;
  await setHold(tx, { workspaceId: prebuild.id, ownerId: claim.owner_id, growth: verdict.growth, claimId: claim.id });
  return undefined;
}

/** Holds whose build is over are nobody's; the number of those removed (SM section 5 "Quota"). */
export async function dropStaleHolds(session: Session): Promise<number> {
  const held = await session.db
    .selectFrom('charge')
    .select('workspace_id')
    .where('kind', '=', 'held')
    .limit(1)
    .executeTakeFirst();
  if (held === undefined) return 0;
  return write(session, async (tx) => {
    const done = await tx.db
      .deleteFrom('charge')
      .where('kind', '=', 'held')
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('build')
              .select('build.id')
              .whereRef('build.workspace_id', '=', 'charge.workspace_id')
              .whereRef('build.beneficiary_id', '=', 'charge.owner_id')
              .where('build.state', 'in', LIVE),
          ),
        ),
      )
      .executeTakeFirst();
    return Number(done.numDeletedRows);
  });
}
