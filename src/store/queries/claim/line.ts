import type { Kysely } from 'kysely';
import { WAITER_GONE_MS } from '../../../domain/phases.ts';
import type { ClaimRow, Schema, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';

/** Claims that wait now and have somebody to serve: detached, or with a client that lives; deadline not over. First come, first served. */
const line = (db: Kysely<Schema>, now: number) =>
  db
    .selectFrom('claim')
    .innerJoin('preset', 'preset.id', 'claim.preset_id')
    .where('claim.state', '=', 'waiting')
    .where((eb) => eb.or([eb('claim.detached', '=', 1), eb('claim.touched_at', '>', now - WAITER_GONE_MS)]))
    .where((eb) => eb.or([eb('claim.deadline_at', 'is', null), eb('claim.deadline_at', '>', now)]))
    .orderBy('claim.created_at')
    .orderBy('claim.id');

/** How many live claims of the same pool wait that were opened before this one. */
export async function countBefore(tx: Tx, claim: ClaimRow): Promise<number> {
  const preset = await presetOf(tx, claim.preset_id);
  if (preset === undefined) return 0;
  const rows = await line(tx.db, tx.now)
    .select(['claim.id', 'claim.created_at'])
    .where('claim.template_id', '=', claim.template_id)
    .where('preset.name', '=', preset.name)
    .execute();
  return rows.filter((row) => row.created_at < claim.created_at || (row.created_at === claim.created_at && row.id < claim.id))
    .length;
}

/**
 * The oldest live waiter that this prebuild may serve: of the same pool, not one that tried it already. One that was opened against an
 * earlier version is served when preset values and parameters are still the same.
 */
export async function firstInLine(tx: Tx, row: WorkspaceRow): Promise<ClaimRow | undefined> {
  const preset = await presetOf(tx, row.preset_id);
  if (preset === undefined) return undefined;
  const waiting = await line(tx.db, tx.now)
    .selectAll('claim')
    .select('preset.version_id')
    .where('claim.template_id', '=', row.template_id)
    .where('preset.name', '=', preset.name)
    .where('preset.identity', '=', preset.identity)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('claim_try')
            .select('claim_try.n')
            .whereRef('claim_try.claim_id', '=', 'claim.id')
            .where('claim_try.workspace_id', '=', row.id),
        ),
      ),
    )
    .execute();
  for (const { version_id: versionId, ...claim } of waiting) {
    if (versionId === row.version_id || (await parametersOf(tx, versionId)) === (await parametersOf(tx, row.version_id))) {
      return claim;
    }
  }
  return undefined;
}

async function presetOf(tx: Tx, id: string | null): Promise<{ name: string; identity: string } | undefined> {
  if (id === null) return undefined;
  return tx.db.selectFrom('preset').select(['name', 'identity']).where('id', '=', id).executeTakeFirst();
}

async function parametersOf(tx: Tx, versionId: string): Promise<string> {
  const rows = await tx.db.selectFrom('parameter').selectAll().where('version_id', '=', versionId).orderBy('position').execute();
  return JSON.stringify(rows.map((row) => ({ ...row, version_id: '' })));
}

/** Sign of life of the process that waits; false = the claim does not wait any more. */
export function touchClaim(session: Session, claimId: string): Promise<boolean> {
  return write(session, async (tx) => {
    const touched = await tx.db
      .updateTable('claim')
      .set({ touched_at: tx.now })
      .where('id', '=', claimId)
      .where('state', '=', 'waiting')
      .executeTakeFirst();
    return touched.numUpdatedRows > 0n;
  });
}
