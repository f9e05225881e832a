import { SYSTEM_USER, type Build, type Workspace } from '../../../domain/types.ts';
import { canonical, readJson, shapes } from '../../json.ts';
import { toBuild, toWorkspace } from '../../mappers.ts';
import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { WorkspaceStore } from '../../store.ts';
import { insertBuild, versionRow } from '../build/insert.ts';
import { getPerson } from '../people/people.ts';
import { changeWorkspace, isStock, mayGo, tell, workspaceRow } from './change.ts';
import { getVersion, versionParameters } from '../catalog/read.ts';
import { isIdle } from './idle.ts';
import { nameKey, takeName } from './name-row.ts';
import { isPoolQuiet } from './quiet.ts';

export type QueueInput = Parameters<WorkspaceStore['queueBuild']>[0];

interface Step {
  readonly patch: Partial<WorkspaceRow>;
  readonly what: string;
}

/**
 * W14 to W16, W19, W21, W22, W25: moves the phase and queues the build, if the row is still as the caller saw it and nothing else works
 * on it. undefined is a lost race or a phase that does not allow it. Throws ConflictError name_taken for a rename.
 */
export function queueBuild(session: Session, input: QueueInput): Promise<{ workspace: Workspace; build: Build } | undefined> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, input.workspaceId);
    if (row === undefined || !isAsSeen(row, input) || !(await isIdle(tx, row))) return undefined;
    const step = await stepOf(tx, row, input);
    if (step === undefined) return undefined;
    const uses = await inputsOf(tx, row, input);
    const after = await changeWorkspace(tx, row, step.patch);
    const build = await insertBuild(tx, {
      version: await versionRow(tx, uses.versionId),
      workspace_id: row.id,
      transition: input.transition,
      stage: input.stage,
      reason: input.reason,
      beneficiary_id: row.owner_id,
      initiator_id: input.initiator.id,
      workspace_name: input.workspaceName ?? row.name,
      access_url: input.accessUrl,
      parameters: uses.parameters,
      phase_before: row.phase,
      driver: input.driver,
    });
    await tell(tx, after, { what: step.what, actor: input.initiator, reason: input.reason, buildId: build.id });
    const owner = await getPerson(tx.db, after.owner_id);
    return { workspace: toWorkspace({ ...after, owner_name: owner.username }), build: toBuild(build) };
  });
}

const isAsSeen = (row: WorkspaceRow, input: QueueInput): boolean =>
  (input.rowVersion === undefined || input.rowVersion === row.row_version) &&
  (input.requireOwnerId === undefined || input.requireOwnerId === row.owner_id);

async function stepOf(tx: Tx, row: WorkspaceRow, input: QueueInput): Promise<Step | undefined> {
  if (input.stage !== 'none') return undefined;
  switch (input.transition) {
    case 'delete':
      return deleteStep(tx, row, input);
    case 'stop':
      if (!mayGo(row, 'stopping')) return undefined;
      // A stopped prebuild is no stock, so stopping it also holds it (W19).
      return {
        patch: { phase: 'stopping', slot: null, ...(isStock(row) ? { held_at: row.held_at ?? tx.now } : {}) },
        what: 'stopping',
      };
    case 'start':
      return startStep(tx, row, input);
  }
}

/** The pool's own deletes stop at a pause and at a hold (W14); a person's do not. A failed delete is queued again where it is (W18). */
async function deleteStep(tx: Tx, row: WorkspaceRow, input: QueueInput): Promise<Step | undefined> {
  if (row.phase === 'deleting') return { patch: {}, what: 'deleting' };
  if (!mayGo(row, 'deleting')) return undefined;
  if (input.initiator.id === SYSTEM_USER.id && isStock(row)) {
    if (row.held_at !== null) return undefined;
    const evidence = row.phase === 'failed' || row.phase === 'quarantined';
    if (!evidence && (await isPoolQuiet(tx, row))) return undefined;
  }
  return { patch: { phase: 'deleting', slot: null, next_try_at: null, attempts: 0 }, what: 'deleting' };
}

async function startStep(tx: Tx, row: WorkspaceRow, input: QueueInput): Promise<Step | undefined> {
  if (input.workspaceName !== undefined && input.workspaceName !== row.name) return renameStep(tx, row, input.workspaceName);
  const updates =
    (input.versionId !== undefined && input.versionId !== row.version_id) ||
    (input.parameters !== undefined && canonical(input.parameters) !== row.parameters);
  // Prebuilds are never updated (W22).
  if ((updates && isStock(row)) || !mayGo(row, 'provisioning') || row.phase === 'queued') return undefined;
  return { patch: { phase: 'provisioning' }, what: updates ? 'updating' : 'starting' };
}

/** W25: the new name is taken now, the old one is freed when the build succeeds. The phase stays. */
async function renameStep(tx: Tx, row: WorkspaceRow, name: string): Promise<Step | undefined> {
  if (row.phase !== 'ready' || isStock(row)) return undefined;
  if (nameKey(name) !== nameKey(row.name)) await takeName(tx, row.owner_id, name, { workspaceId: row.id });
  return { patch: {}, what: 'renaming' };
}

/**
 * Version and parameters of the build. A delete uses the newest inputs that may have made something real, which after a failed update
 * are not yet the workspace's own (SM R9).
 */
async function inputsOf(tx: Tx, row: WorkspaceRow, input: QueueInput): Promise<{ versionId: string; parameters: string }> {
  const applied = input.transition === 'delete' ? await lastApplied(tx, row.id) : undefined;
  const versionId = input.versionId ?? applied?.version_id ?? row.version_id;
  if (input.parameters !== undefined) return { versionId, parameters: canonical(input.parameters) };
  if (applied !== undefined) return { versionId, parameters: applied.parameters };
  return { versionId, parameters: await lasting(tx, versionId, row.parameters) };
}

/** Ephemeral values are for one build only (Coder 1.5): the next one has the default again. */
async function lasting(tx: Tx, versionId: string, parameters: string): Promise<string> {
  const { facts } = await getVersion(tx.db, versionId);
  const all = [...Object.values(facts.conditional?.presets ?? {}).flat(), ...(await versionParameters(tx.db, versionId))];
  const ephemeral = all.filter((one) => one.ephemeral);
  if (ephemeral.length === 0) return parameters;
  const values = new Map(Object.entries(readJson(shapes.values, 'workspace.parameters', parameters)));
  for (const { name, defaultValue } of ephemeral) {
    if (!values.has(name)) continue;
    if (defaultValue === undefined) values.delete(name);
    else values.set(name, defaultValue);
  }
  return canonical(Object.fromEntries(values));
}

function lastApplied(tx: Tx, workspaceId: string): Promise<Pick<BuildRow, 'version_id' | 'parameters'> | undefined> {
  return tx.db
    .selectFrom('build')
    .select(['version_id', 'parameters'])
    .where('workspace_id', '=', workspaceId)
    .where('transition', '=', 'start')
    .where('applied_at', 'is not', null)
    .orderBy('number', 'desc')
    .executeTakeFirst();
}
