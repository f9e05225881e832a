import { SYSTEM_USER } from '../../../domain/types.ts';
import { BugError } from '../../../kit/errors.ts';
import { readJson, shapes } from '../../json.ts';
import type { BuildRow, ClaimRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { count } from '../audit/counter.ts';
import { namesOf } from '../audit/event.ts';
import { changeWorkspace, tellAs } from '../workspace/change.ts';
import { freeNamesOfWorkspace, moveName } from '../workspace/name-row.ts';
import { actorOf, claimRow, recordTry, updateClaim } from './row.ts';

/** W12: the prebuild becomes the claimant's. The workspace id, its version and its fingerprint stay. */
export async function serveWarm(tx: Tx, build: BuildRow, workspace: WorkspaceRow): Promise<void> {
  if (workspace.claim_id === null) throw new BugError(`build ${build.id} claims a workspace that is not being claimed`);
  const claim = await claimRow(tx, workspace.claim_id);
  await freeNamesOfWorkspace(tx, workspace.id);
  if (!(await moveName(tx, claim.id, workspace.id))) throw new BugError(`the claim of ${claim.name} lost its name`);
  const served = await changeWorkspace(tx, workspace, {
    phase: 'ready',
    owner_id: claim.owner_id,
    name: claim.name,
    parameters: build.parameters,
    claimed_at: tx.now,
    generation: workspace.generation + 1,
    claim_id: null,
    slot: null,
    last_error: null,
  });
  await updateClaim(tx, claim, { state: 'served', served_as: claim.served_as ?? 'warm' });
  await recordTry(tx, claim.id, workspace.id, 'served', 'applied');
  await countServed(tx, build, claim, served);
}

async function countServed(tx: Tx, build: BuildRow, claim: ClaimRow, served: WorkspaceRow): Promise<void> {
  const names = await namesOf(tx, served);
  const changes = readJson(shapes.changes, 'build.changes', build.changes);
  const replaced = changes.filter((change) => change.action === 'replace' && !change.type.startsWith('coder_'));
  await count(tx, 'claimed_total', names);
  // One per claim with at least one replacement, not one per resource (Coder 7.1).
  if (replaced.length > 0) await count(tx, 'resource_replacements_total', names);
  await tellAs(tx, served, {
    kind: 'claim.served',
    actor: await actorOf(tx, claim),
    reason: replaced.length === 0 ? 'warm' : `warm, ${String(replaced.length)} rebuilt`,
    buildId: build.id,
    claimId: claim.id,
    data: { from: SYSTEM_USER.username, replaced: replaced.map((change) => change.address) },
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
  await tellAs(tx, workspace, { kind: `claim.${state}`, actor: await actorOf(tx, claim), reason, claimId: claim.id });
}
