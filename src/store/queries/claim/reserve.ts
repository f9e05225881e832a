import { quotaExceeded } from '../../../domain/quota.ts';
import { SYSTEM_USER, type Build, type Driver, type ParameterValues, type Workspace } from '../../../domain/types.ts';
import { canonical, readJson, shapes } from '../../json.ts';
import { driverColumns, toBuild, toWorkspace } from '../../mappers.ts';
import type { ClaimRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { ClaimStore } from '../../store.ts';
import { insertBuild, versionRow } from '../build/insert.ts';
import { isOpen, templateRow } from '../catalog/guard.ts';
import { holdForClaim } from '../quota/hold.ts';
import { changeWorkspace, tellAs } from '../workspace/change.ts';
import { oldestEligible } from './eligible.ts';
import { countBefore } from './line.ts';
import { actorOf, claimRow, updateClaim } from './row.ts';

type Input = Parameters<ClaimStore['reservePrebuild']>[0];

/**
 * W9: the oldest eligible prebuild goes to exactly one claim. Everything that makes it eligible is read in the transaction that takes
 * it, so of two claims one gets it and the other takes the next. undefined = none, or the claim itself is elsewhere by now. Throws
 * ConflictError quota_exceeded when the claimant's budget does not hold what it costs (spec 5.9).
 */
export function reservePrebuild(session: Session, input: Input): Promise<{ workspace: Workspace; build: Build } | undefined> {
  return write(session, async (tx) => {
    const claim = await claimRow(tx, input.claimId);
    if (claim.state !== 'new' && claim.state !== 'waiting') return undefined;
    if (!isOpen(await templateRow(tx, claim.template_id))) return undefined;
    const row = await oldestEligible(tx, input, await countBefore(tx, claim));
    if (row === undefined) return undefined;
    const refusal = await holdForClaim(tx, claim, row);
    if (refusal !== undefined) throw quotaExceeded(refusal);
    return reserveFor(tx, claim, row, input);
  });
}

/** W9 for a prebuild that was found eligible, and is held for the claimant, in this transaction. */
export async function reserveFor(
  tx: Tx,
  claim: ClaimRow,
  row: WorkspaceRow,
  how: { presetId: string | null; driver: Driver | undefined; accessUrl: string },
): Promise<{ workspace: Workspace; build: Build }> {
  const reserved = await changeWorkspace(tx, row, { phase: 'claiming', claim_id: claim.id });
  await updateClaim(tx, claim, {
    ...driverColumns(how.driver),
    state: 'reserved',
    preset_id: how.presetId,
    workspace_id: row.id,
    ...(claim.state === 'waiting' ? { served_as: 'waited' as const } : {}),
  });
  const version = await versionRow(tx, row.version_id);
  const build = await insertBuild(tx, {
    version,
    driver: how.driver,
    workspace_id: row.id,
    transition: 'start',
    stage: 'claim',
    reason: 'claimed',
    beneficiary_id: claim.owner_id,
    initiator_id: claim.actor_id,
    workspace_name: claim.name,
    access_url: how.accessUrl,
    parameters: canonical(parametersOf(row, claim)),
  });
  await tellAs(tx, reserved, {
    kind: 'claim.reserved',
    actor: await actorOf(tx, claim),
    reason: version.state === 'active' ? `for ${claim.name}` : `for ${claim.name}, of version ${String(version.number)}`,
    buildId: build.id,
    claimId: claim.id,
  });
  return { workspace: toWorkspace({ ...reserved, owner_name: SYSTEM_USER.username }), build: toBuild(build) };
}

/** What the prebuild was built with, and on top what the claimant asked for (spec 4.6). */
const parametersOf = (row: WorkspaceRow, claim: ClaimRow): ParameterValues => ({
  ...readJson(shapes.values, 'workspace.parameters', row.parameters),
  ...readJson(shapes.values, 'claim.parameters', claim.parameters),
});
