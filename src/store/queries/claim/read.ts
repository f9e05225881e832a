import type { Kysely } from 'kysely';
import type { Claim } from '../../../domain/types.ts';
import { toClaim } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found } from '../../session.ts';
import type { ClaimStore } from '../../store.ts';

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

export async function claimTries(db: Db, claimId: string): ReturnType<ClaimStore['claimTries']> {
  const rows = await db.selectFrom('claim_try').selectAll().where('claim_id', '=', claimId).orderBy('n').execute();
  return rows.map((row) => ({ n: row.n, workspaceId: row.workspace_id, outcome: row.outcome, reason: row.reason, at: row.at }));
}
