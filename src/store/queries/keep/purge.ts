import { sql, type Kysely } from 'kysely';
import type { Aging } from '../../keep-store.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';

type Db = Kysely<Schema>;

/** Claims that ended and that hold neither a workspace, a name nor a quota. */
const oldClaims = (db: Db, before: number) =>
  db
    .selectFrom('claim')
    .where('claim.ended_at', '<', before)
    .where(sql<boolean>`not exists (select 1 from workspace w where w.claim_id = claim.id)`)
    .where(sql<boolean>`not exists (select 1 from name_row r where r.claim_id = claim.id)`)
    .where(sql<boolean>`not exists (select 1 from charge c where c.claim_id = claim.id and c.kind = 'held')`);

/** Deleted workspaces that no claim names any more. One with an open suspect is never forgotten (SM R5). */
const oldWorkspaces = (db: Db, before: number) =>
  db
    .selectFrom('workspace')
    .where('workspace.deleted_at', '<', before)
    .where(sql<boolean>`not exists (select 1 from claim c where c.workspace_id = workspace.id)`)
    .where(sql<boolean>`not exists (select 1 from claim_try t where t.workspace_id = workspace.id)`)
    .where(sql<boolean>`not exists (select 1 from suspect s where s.workspace_id = workspace.id and s.state = 'open')`)
    .where(sql<boolean>`not exists (select 1 from build b where b.workspace_id = workspace.id and b.ended_at is null)`);

export async function countOld(db: Db, kind: Aging, before: number): Promise<number> {
  const count = sql<number>`count(*)`.as('n');
  switch (kind) {
    case 'claims':
      return (await oldClaims(db, before).select(count).executeTakeFirstOrThrow()).n;
    case 'workspaces':
      return (await oldWorkspaces(db, before).select(count).executeTakeFirstOrThrow()).n;
    case 'events':
      return (await db.selectFrom('event').where('at', '<', before).select(count).executeTakeFirstOrThrow()).n;
    case 'notifications':
      return (await db.selectFrom('outbox').where('done_at', '<', before).select(count).executeTakeFirstOrThrow()).n;
    case 'samples':
      return (await db.selectFrom('pool_sample').where('until_at', '<', before).select(count).executeTakeFirstOrThrow()).n;
  }
}

export function purgeOld(session: Session, kind: Aging, before: number, limit: number): Promise<number> {
  return write(session, (tx) => {
    switch (kind) {
      case 'claims':
        return purgeClaims(tx, before, limit);
      case 'workspaces':
        return purgeWorkspaces(tx, before, limit);
      case 'events':
        return purgeEvents(tx, before, limit);
      case 'notifications':
        return purgeNotifications(tx, before, limit);
      case 'samples':
        return purgeSamples(tx, before, limit);
    }
  });
}

async function purgeClaims(tx: Tx, before: number, limit: number): Promise<number> {
  const rows = await oldClaims(tx.db, before).select('id').orderBy('ended_at').limit(limit).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  await tx.db.updateTable('charge').set({ claim_id: null }).where('claim_id', 'in', ids).execute();
  await tx.db.deleteFrom('claim_try').where('claim_id', 'in', ids).execute();
  await tx.db.deleteFrom('claim').where('id', 'in', ids).execute();
  return ids.length;
}

async function purgeWorkspaces(tx: Tx, before: number, limit: number): Promise<number> {
  const rows = await oldWorkspaces(tx.db, before).select('id').orderBy('deleted_at').limit(limit).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  for (const table of ['suspect', 'run', 'build', 'charge', 'name_row'] as const) {
    await tx.db.deleteFrom(table).where('workspace_id', 'in', ids).execute();
  }
  await tx.db.deleteFrom('workspace').where('id', 'in', ids).execute();
  return ids.length;
}

async function purgeEvents(tx: Tx, before: number, limit: number): Promise<number> {
  const rows = await tx.db.selectFrom('event').select('seq').where('at', '<', before).orderBy('at').limit(limit).execute();
  const seqs = rows.map((row) => row.seq);
  if (seqs.length > 0) await tx.db.deleteFrom('event').where('seq', 'in', seqs).execute();
  return seqs.length;
}

async function purgeNotifications(tx: Tx, before: number, limit: number): Promise<number> {
  const rows = await tx.db.selectFrom('outbox').select('id').where('done_at', '<', before).limit(limit).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) await tx.db.deleteFrom('outbox').where('id', 'in', ids).execute();
  return ids.length;
}

async function purgeSamples(tx: Tx, before: number, limit: number): Promise<number> {
  const key = ['template_id', 'preset_name', 'at'] as const;
  const rows = await tx.db.selectFrom('pool_sample').select(key).where('until_at', '<', before).limit(limit).execute();
  for (const row of rows) {
    await tx.db
      .deleteFrom('pool_sample')
      .where('template_id', '=', row.template_id)
      .where('preset_name', '=', row.preset_name)
      .where('at', '=', row.at)
      .execute();
  }
  return rows.length;
}
