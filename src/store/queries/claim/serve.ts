import { rebuilt } from '../../../domain/guard.ts';
import { SYSTEM_USER, type PlannedChange } from '../../../domain/types.ts';
import { BugError } from '../../../kit/errors.ts';
import { readJson, shapes } from '../../json.ts';
import type { BuildRow, ClaimRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { nextGeneration } from '../agent/agent.ts';
import { count } from '../audit/counter.ts';
import { namesOf } from '../audit/event.ts';
import { measureReady } from '../audit/measure.ts';
import { changeWorkspace, tellAs } from '../workspace/change.ts';
import { freeNamesOfWorkspace, moveName } from '../workspace/name-row.ts';
import { actorOf, claimRow, recordTry, updateClaim } from './row.ts';

/** W12: the prebuild becomes the claimant's, whose start scripts run next. The workspace id, its version and its fingerprint stay. */
export async function serveWarm(tx: Tx, build: BuildRow, workspace: WorkspaceRow, warming: boolean): Promise<void> {
  if (workspace.claim_id === null) throw new BugError(`build ${build.id} claims a workspace that is not being claimed`);
  const claim = await claimRow(tx, workspace.claim_id);
  await freeNamesOfWorkspace(tx, workspace.id);
  if (!(await moveName(tx, claim.id, workspace.id))) throw new BugError(`the claim of ${claim.name} lost its name`);
  const served = await changeWorkspace(tx, workspace, {
    phase: warming ? 'warming' : 'ready',
    owner_id: claim.owner_id,
    name: claim.name,
    parameters: build.parameters,
    claimed_at: tx.now,
    generation: await nextGeneration(tx, workspace),
    expires_at: claim.ttl_ms === null ? null : tx.now + claim.ttl_ms,
    claim_id: null,
    slot: null,
    last_error: null,
  });
  const lost = rebuilt(readJson(shapes.changes, 'build.changes', build.changes));
  await updateClaim(tx, claim, {
    state: 'served',
    served_as: claim.served_as ?? 'warm',
    rebuilt: JSON.stringify(lost),
  });
  await recordTry(tx, claim.id, workspace.id, 'served', 'applied');
  if (!warming) await measureReady(tx, served, 'success');
  await countServed(tx, build, claim, served, lost);
}

async function countServed(
  tx: Tx,
  build: BuildRow,
  claim: ClaimRow,
  served: WorkspaceRow,
  lost: readonly PlannedChange[],
): Promise<void> {
  const names = await namesOf(tx, served);
  const how = claim.served_as ?? 'warm';
  const replaced = lost.filter((change) => change.action === 'replace');
  await count(tx, 'claimed_total', names);
  // One per claim with at least one replacement, not one per resource (Coder 7.1).
  if (replaced.length > 0) await count(tx, 'resource_replacements_total', names);
  await tellAs(tx, served, {
    kind: 'claim.served',
    actor: await actorOf(tx, claim),
    reason: lost.length === 0 ? how : `${how}, ${String(lost.length)} rebuilt`,
    buildId: build.id,
    claimId: claim.id,
    data: { from: SYSTEM_USER.username, replaced: replaced.map((change) => change.address), rebuilt: lost },
  });
}

/** A claim that fell to a cold build ends with build 1 of its workspace (SM section 3, last row); none = nothing to do. */
export async function settleCold(
  tx: Tx,
  workspace: WorkspaceRow,
  state: 'served' | 'failed' | 'canceled',
  reason: string,
): Promise<void> {
  const claim = await tx.db
    .selectFrom('claim')
    .selectAll()
    .where('workspace_id', '=', workspace.id)
    .where('state', '=', 'cold')
    .executeTakeFirst();
  if (claim === undefined) return;
  await updateClaim(tx, claim, { state, ...(state === 'served' ? { served_as: 'cold' as const } : {}) });
  if (state === 'served' && claim.ttl_ms !== null) await changeWorkspace(tx, workspace, { expires_at: tx.now + claim.ttl_ms });
  await tellAs(tx, workspace, { kind: `claim.${state}`, actor: await actorOf(tx, claim), reason, claimId: claim.id });
}
