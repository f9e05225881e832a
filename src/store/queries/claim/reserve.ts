import { LIVE_BUILD_STATES, SYSTEM_USER, type Build, type ParameterValues, type Workspace } from '../../../domain/types.ts';
import { canonical, readJson, shapes } from '../../json.ts';
import { driverColumns, toBuild, toWorkspace } from '../../mappers.ts';
import type { ClaimRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { ClaimStore } from '../../store.ts';
import { insertBuild, versionRow } from '../build/insert.ts';
import { isOpen, templateRow } from '../catalog/guard.ts';
import { changeWorkspace, tellAs } from '../workspace/change.ts';
import { actorOf, claimRow, updateClaim } from './row.ts';

type Input = Parameters<ClaimStore['reservePrebuild']>[0];

/**
 * W9: the oldest eligible prebuild goes to exactly one claim. Everything that makes it eligible is read in the transaction that takes
 * it, so of two claims one gets it and the other takes the next. undefined = none, or the claim itself is elsewhere by now.
 */
export function reservePrebuild(session: Session, input: Input): Promise<{ workspace: Workspace; build: Build } | undefined> {
  return write(session, async (tx) => {
    const claim = await claimRow(tx, input.claimId);
    if (claim.state !== 'new' && claim.state !== 'waiting') return undefined;
    if (!isOpen(await templateRow(tx, claim.template_id))) return undefined;
    const row = await oldestEligible(tx, input);
    if (row === undefined) return undefined;
    const reserved = await changeWorkspace(tx, row, { phase: 'claiming', claim_id: claim.id });
    await updateClaim(tx, claim, {
      ...driverColumns(input.driver),
      state: 'reserved',
      preset_id: input.presetId,
      workspace_id: row.id,
    });
    const build = await insertBuild(tx, {
      version: await versionRow(tx, row.version_id),
      driver: input.driver,
      workspace_id: row.id,
      transition: 'start',
      stage: 'claim',
      reason: 'claimed',
      beneficiary_id: claim.owner_id,
      initiator_id: claim.actor_id,
      workspace_name: claim.name,
      access_url: input.accessUrl,
      parameters: canonical(parametersOf(row, claim)),
    });
    await tellAs(tx, reserved, {
      kind: 'claim.reserved',
      actor: await actorOf(tx, claim),
      reason: `for ${claim.name}`,
      buildId: build.id,
      claimId: claim.id,
    });
    return { workspace: toWorkspace({ ...reserved, owner_name: SYSTEM_USER.username }), build: toBuild(build) };
  });
}

/** What the prebuild was built with, and on top what the claimant asked for (spec 4.6). */
const parametersOf = (row: WorkspaceRow, claim: ClaimRow): ParameterValues => ({
  ...readJson(shapes.values, 'workspace.parameters', row.parameters),
  ...readJson(shapes.values, 'claim.parameters', claim.parameters),
});

/** Built, ready, of the active version, not held, not expired (age counts from the row's insert, Coder 2.2), nobody works on it. */
function oldestEligible(tx: Tx, input: Input): Promise<WorkspaceRow | undefined> {
  let query = tx.db
    .selectFrom('workspace')
    .innerJoin('version', 'version.id', 'workspace.version_id')
    .innerJoin('preset', 'preset.id', 'workspace.preset_id')
    .selectAll('workspace')
    .where('workspace.preset_id', '=', input.presetId)
    .where('workspace.owner_id', '=', SYSTEM_USER.id)
    .where('workspace.phase', '=', 'ready')
    .where('workspace.deleted_at', 'is', null)
    .where('workspace.held_at', 'is', null)
    .where('version.state', '=', 'active')
    .where((eb) =>
      eb.or([
        eb('preset.ttl_ms', 'is', null),
        eb('preset.ttl_ms', '=', 0),
        eb(eb('workspace.created_at', '+', eb.ref('preset.ttl_ms')), '>=', input.now),
      ]),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('build')
            .select('build.id')
            .whereRef('build.workspace_id', '=', 'workspace.id')
            .where('build.state', 'in', LIVE_BUILD_STATES),
        ),
      ),
    )
    .orderBy('workspace.ready_at')
    .orderBy('workspace.id')
    .limit(1);
  if (input.except.length > 0) query = query.where('workspace.id', 'not in', input.except);
  return query.executeTakeFirst();
}
