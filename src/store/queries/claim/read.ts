import type { Kysely } from 'kysely';
import type { Claim } from '../../../domain/types.ts';
import { toClaim } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found } from '../../session.ts';
import type { Claimant, ClaimTime, ClaimTry } from '../../store.ts';
import { nameKey } from '../workspace/name-row.ts';

type Db = Kysely<Schema>;

export async function getClaim(db: Db, id: string): Promise<Claim> {
  return toClaim(found(await db.selectFrom('claim').selectAll().where('id', '=', id).executeTakeFirst(), 'claim', id));
}

/** Claims that somebody must still finish or undo, oldest first. A cold one goes with its build. */
export async function openClaims(db: Db): Promise<readonly Claim[]> {
  const rows = await db
    .selectFrom('claim')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('state', '!=', 'cold')
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(toClaim);
}

export async function claimsSince(db: Db, at: number): Promise<readonly Claim[]> {
  const rows = await db
    .selectFrom('claim')
    .selectAll()
    .where('created_at', '>=', at)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(toClaim);
}

/** A workspace names its claim from the reservation to the end of the claim. */
export async function claimants(db: Db, filter: { named?: string; workspaceId?: string } = {}): Promise<readonly Claimant[]> {
  let query = db
    .selectFrom('workspace')
    .innerJoin('claim', 'claim.id', 'workspace.claim_id')
    .innerJoin('person', 'person.id', 'claim.owner_id')
    .select(['workspace.id', 'person.username', 'claim.name'])
    .where('workspace.claim_id', 'is not', null)
    .orderBy('claim.created_at')
    .orderBy('claim.id');
  if (filter.named !== undefined) query = query.where('claim.name_key', '=', nameKey(filter.named));
  if (filter.workspaceId !== undefined) query = query.where('workspace.id', '=', filter.workspaceId);
  return (await query.execute()).map((row) => ({ workspaceId: row.id, owner: row.username, name: row.name }));
}

/** One row per claim of a pool, without JSON to check. */
export async function claimTimes(db: Db, since: number): Promise<readonly ClaimTime[]> {
  const rows = await db
    .selectFrom('claim')
    .innerJoin('preset', 'preset.id', 'claim.preset_id')
    .select([
      'claim.template_id',
      'preset.name',
      'claim.state',
      'claim.served_as',
      'claim.miss_code',
      'claim.created_at',
      'claim.ended_at',
    ])
    .where('claim.created_at', '>=', since)
    .execute();
  return rows.map((row) => ({
    templateId: row.template_id,
    presetName: row.name,
    state: row.state,
    servedAs: row.served_as ?? undefined,
    missed: row.miss_code !== null,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
  }));
}

const tries = (db: Db) =>
  db
    .selectFrom('claim_try')
    .innerJoin('workspace', 'workspace.id', 'claim_try.workspace_id')
    .selectAll('claim_try')
    .select('workspace.name as workspace_name');

const toTry = (row: Awaited<ReturnType<ReturnType<typeof tries>['executeTakeFirstOrThrow']>>): ClaimTry => ({
  claimId: row.claim_id,
  n: row.n,
  workspaceId: row.workspace_id,
  workspaceName: row.workspace_name,
  outcome: row.outcome,
  reason: row.reason,
  at: row.at,
});

export async function claimTries(db: Db, claimId: string): Promise<readonly ClaimTry[]> {
  return (await tries(db).where('claim_try.claim_id', '=', claimId).orderBy('claim_try.n').execute()).map(toTry);
}

/** Tries that claims made on this workspace, oldest first. */
export async function triesOn(db: Db, workspaceId: string): Promise<readonly ClaimTry[]> {
  const query = tries(db).where('claim_try.workspace_id', '=', workspaceId).orderBy('claim_try.at').orderBy('claim_try.n');
  return (await query.execute()).map(toTry);
}
