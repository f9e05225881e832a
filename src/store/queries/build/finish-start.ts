import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { count } from '../audit/counter.ts';
import { namesOf } from '../audit/event.ts';
import { measureReady } from '../audit/measure.ts';
import { settleCold } from '../claim/serve.ts';
import { countPoolFailure } from '../pool/breaker.ts';
import { dropCharges } from '../quota/charge.ts';
import { changeWorkspace, isStock, tell } from '../workspace/change.ts';
import { freeName, freeNamesOfWorkspace, nameKey } from '../workspace/name-row.ts';
import { warms, type Outcome } from './end.ts';
import { versionRow } from './insert.ts';

/** The end of a create, a person's cold build, a start, an update or a rename (W5, W6, W22, W25). */
export async function finishStart(tx: Tx, build: BuildRow, workspace: WorkspaceRow, outcome: Outcome): Promise<void> {
  if (outcome.state === 'succeeded') return succeed(tx, build, workspace, warms(outcome));
  if (build.workspace_name !== workspace.name) return failRename(tx, build, workspace, outcome);
  if (workspace.phase === 'queued') return cancelUnbuilt(tx, workspace, outcome.error);
  if (outcome.state === 'failed' && outcome.refused === 'quota' && build.stage === 'none')
    return undoStart(tx, build, workspace, outcome.error);
  const counts = outcome.state === 'failed' && build.stage === 'create';
  const useless = build.stage === 'create' && tellsNothing(outcome);
  const failed = await changeWorkspace(tx, workspace, {
    phase: 'failed',
    slot: null,
    last_error: outcome.error,
    ...(useless ? { invalidated_at: tx.now } : {}),
  });
  await tell(tx, failed, { what: 'failed', reason: outcome.error, buildId: build.id });
  if (counts) {
    await countPoolFailure(tx, workspace, outcome);
    await count(tx, 'failed_total', await namesOf(tx, workspace));
  }
  if (build.number === 1) await settleCold(tx, workspace, outcome.state, outcome.error);
}

/** A create that was canceled or refused made nothing, and one that was killed half way explains nothing: no evidence (SM W15). */
const tellsNothing = (outcome: Exclude<Outcome, { state: 'succeeded' }>): boolean =>
  outcome.state === 'canceled' || outcome.refused === 'quota' || outcome.noEvidence === true;

/**
 * What the build used becomes the workspace's own at success only (W22). A prebuild goes on to its readiness check; a person's workspace
 * is ready at once, unless its agents are to say when (`warming`). A rename leaves what is ready ready (W25).
 */
async function succeed(tx: Tx, build: BuildRow, workspace: WorkspaceRow, warming: boolean): Promise<void> {
  const stock = isStock(workspace);
  const waits = !stock && warming && workspace.phase !== 'ready';
  const version = await versionRow(tx, build.version_id);
  const renamed = build.workspace_name !== workspace.name;
  const after = await changeWorkspace(tx, workspace, {
    phase: stock || waits ? 'warming' : 'ready',
    version_id: version.id,
    fingerprint: version.fingerprint,
    parameters: build.parameters,
    name: build.workspace_name,
    attempts: 0,
    next_try_at: null,
    last_error: null,
    ...(stock ? {} : { ready_at: waits ? null : tx.now }),
  });
  if (renamed && nameKey(workspace.name) !== nameKey(after.name))
    await freeName(tx, workspace.owner_id, workspace.name, workspace.id);
  if (renamed) await tell(tx, after, { what: 'renamed', reason: `it was ${workspace.name}`, buildId: build.id });
  if (stock) return;
  if (!waits) {
    await tell(tx, after, { what: 'ready', reason: 'provisioned', buildId: build.id });
    await measureReady(tx, after, 'success');
  }
  await settleCold(tx, after, 'served', 'built cold');
}

/** W25 undone: the new name is free again. The workspace stays as it was, unless something was applied. */
async function failRename(
  tx: Tx,
  build: BuildRow,
  workspace: WorkspaceRow,
  outcome: Exclude<Outcome, { state: 'succeeded' }>,
): Promise<void> {
  if (nameKey(build.workspace_name) !== nameKey(workspace.name)) {
    await freeName(tx, workspace.owner_id, build.workspace_name, workspace.id);
  }
  const touched = build.applied_at !== null;
  const after = await changeWorkspace(tx, workspace, {
    last_error: outcome.error,
    ...(touched ? { phase: 'failed' as const } : {}),
  });
  if (touched) await tell(tx, after, { what: 'failed', reason: outcome.error, buildId: build.id });
}

/** W2, W21 and W22 undone: a quota refused the build before anything was applied, so the workspace is as it was, or never was. */
async function undoStart(tx: Tx, build: BuildRow, workspace: WorkspaceRow, reason: string): Promise<void> {
  if (build.phase_before === null) {
    return settleCold(tx, await removeUnbuilt(tx, workspace, reason), 'failed', reason);
  }
  const after = await changeWorkspace(tx, workspace, { phase: build.phase_before });
  await tell(tx, after, { what: 'refused', reason, buildId: build.id });
}

/** W4: nothing real exists yet, so the workspace is gone with its only build. */
export async function cancelUnbuilt(tx: Tx, workspace: WorkspaceRow, reason: string, actor?: Actor): Promise<void> {
  await settleCold(tx, await removeUnbuilt(tx, workspace, reason, actor), 'canceled', reason);
}

async function removeUnbuilt(tx: Tx, workspace: WorkspaceRow, reason: string, actor?: Actor): Promise<WorkspaceRow> {
  await freeNamesOfWorkspace(tx, workspace.id);
  await dropCharges(tx, workspace.id);
  const gone = await changeWorkspace(tx, workspace, { phase: 'deleted', deleted_at: tx.now, slot: null, last_error: reason });
  await tell(tx, gone, { what: 'canceled', actor, reason });
  return gone;
}
