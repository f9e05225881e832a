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
  if (neverWas(build, workspace, outcome)) return cancelUnbuilt(tx, workspace, outcome.error);
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

/** A person's cold build that was canceled made nothing, and its name is free for the same request again. */
const neverWas = (build: BuildRow, { phase }: WorkspaceRow, outcome: Outcome): boolean =>
  phase === 'queued' || (outcome.state === 'canceled' && build.stage === 'none' && build.phase_before === null);

/** A create that was canceled or refused made nothing, and one that was killed half way explains nothing: no evidence (SM W15). */
const tellsNothing = (outcome: Exclude<Outcome, { state: 'succeeded' }>): boolean =>
  outcome.state === 'canceled' || outcome.refused === 'quota' || outcome.noEvidence === true;

/**
 * What the build used becomes the workspace's own at success only (W22). A prebuild goes on to its readiness check; a person's workspace
 * is ready at once, unless its agents are to say when (`warming`). A rename leaves what is ready ready (W25).
 */
async function succeed(tx: Tx, build: BuildRow, workspace: WorkspaceRow, warming: boolean): Promise<void> {
  const stock = isStock(workspace);
  const then = phaseAfter(workspace, warming);
  const version = await versionRow(tx, build.version_id);
  const after = await changeWorkspace(tx, workspace, {
    phase: then === 'stays' ? workspace.phase : then,
    version_id: version.id,
    fingerprint: version.fingerprint,
    parameters: build.parameters,
    name: build.workspace_name,
    attempts: 0,
    next_try_at: null,
    last_error: null,
    ...(stock || then === 'stays' ? {} : { ready_at: then === 'ready' ? tx.now : null }),
  });
  if (build.workspace_name !== workspace.name) await endRename(tx, build, workspace, after);
  if (stock) return;
  if (then === 'ready') {
    await tell(tx, after, { what: 'ready', reason: 'provisioned', buildId: build.id });
    await measureReady(tx, after, 'success');
  }
  await settleCold(tx, after, 'served', 'built cold');
}

/** `stays` = it was ready, and a rename leaves it so. */
function phaseAfter(workspace: WorkspaceRow, warming: boolean): 'warming' | 'ready' | 'stays' {
  if (isStock(workspace)) return 'warming';
  if (workspace.phase === 'ready') return 'stays';
  return warming ? 'warming' : 'ready';
}

async function endRename(tx: Tx, build: BuildRow, workspace: WorkspaceRow, after: WorkspaceRow): Promise<void> {
  if (nameKey(workspace.name) !== nameKey(after.name)) await freeName(tx, workspace.owner_id, workspace.name, workspace.id);
  await tell(tx, after, { what: 'renamed', reason: `it was ${workspace.name}`, buildId: build.id });
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
    ...(outcome.state === 'failed' ? { last_error: outcome.error } : {}),
    ...(touched ? { phase: 'failed' as const, last_error: outcome.error } : {}),
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

/** W16, W19, W21 and W22 undone: a build was canceled before anything was applied. */
export async function undo(tx: Tx, build: BuildRow, workspace: WorkspaceRow, reason: string): Promise<void> {
  const after = await changeWorkspace(tx, workspace, { phase: build.phase_before ?? workspace.phase });
  await tell(tx, after, { what: 'undone', reason: `${reason}: it is ${after.phase} as before`, buildId: build.id });
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
