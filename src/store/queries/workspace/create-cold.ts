import type { Build, Workspace } from '../../../domain/types.ts';
import { ConflictError, UserError } from '../../../kit/errors.ts';
import { canonical } from '../../json.ts';
import { toBuild, toWorkspace } from '../../mappers.ts';
import type { WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { WorkspaceStore } from '../../store.ts';
import { insertBuild, versionRow } from '../build/insert.ts';
import { refuseClosed, templateRow } from '../catalog/guard.ts';
import { claimRow, endMiss, updateClaim } from '../claim/row.ts';
import { getPerson } from '../people/people.ts';
import { changeWorkspace, tell, tellAs } from './change.ts';
import { insertWorkspace } from './insert.ts';
import { moveName, refuseTakenName, takeName } from './name-row.ts';

type Input = Parameters<WorkspaceStore['createCold']>[0];

/**
 * W2: a person's cold build. A claim that found no prebuild is bound in the same transaction: it turns `cold` and its name goes over to
 * the workspace. Throws ConflictError: name_taken, template_deleting, template_deprecated, claim_changed.
 */
export function createCold(session: Session, input: Input): Promise<{ workspace: Workspace; build: Build }> {
  return write(session, async (tx) => {
    refuseClosed(await templateRow(tx, input.templateId));
    const version = await versionRow(tx, input.versionId);
    if (version.template_id !== input.templateId || version.state === 'gone') {
      throw new UserError('wrong_version', `version ${input.versionId} cannot be built: it is not of this template`);
    }
    const owner = await getPerson(tx.db, input.ownerId);
    if (input.claimId === undefined) await refuseTakenName(tx, input.ownerId, input.name);
    const row = await insertWorkspace(tx, {
      version,
      preset_id: input.presetId ?? null,
      owner_id: input.ownerId,
      name: input.name,
      slot: null,
      parameters: canonical(input.parameters),
    });
    const build = await insertBuild(tx, {
      version,
      workspace_id: row.id,
      transition: 'start',
      stage: 'none',
      reason: 'created',
      beneficiary_id: input.ownerId,
      initiator_id: input.initiator.id,
      workspace_name: input.name,
      access_url: input.accessUrl,
      parameters: row.parameters,
      driver: input.driver,
    });
    await tell(tx, row, {
      what: 'created',
      actor: input.initiator,
      reason: 'a cold build',
      buildId: build.id,
      claimId: input.claimId,
    });
    if (input.claimId === undefined) await takeName(tx, input.ownerId, input.name, { workspaceId: row.id });
    const made = input.claimId === undefined ? row : await bindClaim(tx, input.claimId, row);
    return { workspace: toWorkspace({ ...made, owner_name: owner.username }), build: toBuild(build) };
  });
}

async function bindClaim(tx: Tx, claimId: string, row: WorkspaceRow): Promise<WorkspaceRow> {
  const claim = await claimRow(tx, claimId);
  const waits = claim.state === 'new' || claim.state === 'waiting' || claim.state === 'cold';
  if (!waits || claim.workspace_id !== null || claim.owner_id !== row.owner_id) {
    throw new ConflictError('claim_changed', `the claim of ${claim.name} is ${claim.state} by now`, {
      hint: 'run the command again',
    });
  }
  if (!(await moveName(tx, claimId, row.id))) await takeName(tx, row.owner_id, row.name, { workspaceId: row.id });
  if (claim.state !== 'cold') await endMiss(tx, claim, claim.miss_code);
  await updateClaim(tx, claim, { state: 'cold', workspace_id: row.id });
  await tellAs(tx, row, { kind: 'claim.cold', reason: claim.miss_reason ?? 'nothing was eligible', claimId });
  // A build that fails must not outlive the time that was asked for; one that succeeds counts from its end.
  return claim.ttl_ms === null ? row : changeWorkspace(tx, row, { expires_at: tx.now + claim.ttl_ms });
}
