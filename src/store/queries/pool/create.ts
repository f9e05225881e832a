import { SYSTEM_USER, type Build, type Workspace } from '../../../domain/types.ts';
import { canonical } from '../../json.ts';
import { toBuild, toWorkspace } from '../../mappers.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import type { PoolStore } from '../../store.ts';
import { count } from '../audit/counter.ts';
import { namesOf, SYSTEM_ACTOR } from '../audit/event.ts';
import { insertBuild, versionRow } from '../build/insert.ts';
import { isOpen, templateRow } from '../catalog/guard.ts';
import { tell } from '../workspace/change.ts';
import { insertWorkspace } from '../workspace/insert.ts';
import { refuseTakenName, takeName } from '../workspace/name-row.ts';
import { getPool, passBreaker } from './breaker.ts';
import { isPaused } from './pause.ts';

/**
 * W1: one prebuild on the lowest free slot. Two reconcilers that both saw one missing meet here: the slot is read and taken in one
 * write transaction (and held by a unique index), so the second finds nothing free and gets undefined.
 */
export function createPrebuild(
  session: Session,
  input: Parameters<PoolStore['createPrebuild']>[0],
): Promise<{ workspace: Workspace; build: Build } | undefined> {
  return write(session, async (tx) => {
    const preset = found(
      await tx.db.selectFrom('preset').select(['id', 'name', 'version_id']).where('id', '=', input.presetId).executeTakeFirst(),
      'preset',
      input.presetId,
    );
    const version = await versionRow(tx, preset.version_id);
    if (version.state !== 'active' || !isOpen(await templateRow(tx, version.template_id))) return undefined;
    if (!(await poolAllows(tx, version.template_id, preset.name, input.maxSize))) return undefined;
    const slot = await lowestFreeSlot(tx, preset.id, input.slotLimit);
    if (slot === undefined) return undefined;
    if (!(await passBreaker(tx, version.template_id, preset.name, input.probeOpenedBefore))) return undefined;
    await refuseTakenName(tx, SYSTEM_USER.id, input.name);
    const row = await insertWorkspace(tx, {
      version,
      preset_id: preset.id,
      owner_id: SYSTEM_USER.id,
      name: input.name,
      slot,
      parameters: canonical(input.parameters),
    });
    await takeName(tx, SYSTEM_USER.id, input.name, { workspaceId: row.id });
    const build = await insertBuild(tx, {
      version,
      workspace_id: row.id,
      transition: 'start',
      stage: 'create',
      reason: input.reason,
      beneficiary_id: SYSTEM_USER.id,
      initiator_id: SYSTEM_USER.id,
      workspace_name: input.name,
      access_url: input.accessUrl,
      parameters: row.parameters,
    });
    await tell(tx, row, { what: 'created', actor: SYSTEM_ACTOR, reason: input.reason, buildId: build.id, data: { slot } });
    await count(tx, 'created_total', await namesOf(tx, row));
    return { workspace: toWorkspace({ ...row, owner_name: SYSTEM_USER.username }), build: toBuild(build) };
  });
}

async function poolAllows(tx: Tx, templateId: string, preset: string, maxSize: number | undefined): Promise<boolean> {
  if (await isPaused(tx.db)) return false;
  const pool = await getPool(tx.db, templateId, preset);
  if (pool === undefined || pool.pausedAt !== undefined || pool.drainingAt !== undefined) return false;
  return maxSize === undefined || (await sizeOf(tx, templateId, preset)) < maxSize;
}

/** Everything of a template and preset name that exists, whoever has it. */
async function sizeOf(tx: Tx, templateId: string, preset: string): Promise<number> {
  const row = await tx.db
    .selectFrom('workspace')
    .innerJoin('preset', 'preset.id', 'workspace.preset_id')
    .select((eb) => eb.fn.countAll<number>().as('size'))
    .where('workspace.template_id', '=', templateId)
    .where('preset.name', '=', preset)
    .where('workspace.deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.size;
}

/** Slots of a preset are 0, 1, 2, ...; undefined when all below the limit are taken. */
export async function lowestFreeSlot(tx: Tx, presetId: string, limit: number): Promise<number | undefined> {
  const rows = await tx.db
    .selectFrom('workspace')
    .select('slot')
    .where('preset_id', '=', presetId)
    .where('slot', 'is not', null)
    .execute();
  const taken = new Set(rows.map((row) => row.slot));
  for (let slot = 0; slot < limit; slot += 1) if (!taken.has(slot)) return slot;
  return undefined;
}
