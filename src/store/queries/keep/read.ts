import type { Kysely } from 'kysely';
import type { KeepStore } from '../../keep-store.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import { LIVE } from '../build/live.ts';

type Db = Kysely<Schema>;
type Answer<K extends keyof KeepStore> = ReturnType<KeepStore[K]>;

const CLEANED_AT = 'cleaned_at';

/** A time in the future (the clock went back) does not stop cleaning for ever. */
export function takeCleanUp(session: Session, everyMs: number): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await tx.db.selectFrom('meta').select('value').where('key', '=', CLEANED_AT).executeTakeFirst();
    if (row !== undefined && Math.abs(tx.now - Number(row.value)) < everyMs) return false;
    const value = String(tx.now);
    await tx.db
      .insertInto('meta')
      .values({ key: CLEANED_AT, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
    return true;
  });
}

export async function buildsBeyond(db: Db, keep: number): Answer<'buildsBeyond'> {
  const rows = await db
    .selectFrom('build')
    .innerJoin('workspace', 'workspace.id', 'build.workspace_id')
    .select(['build.workspace_id', (eb) => eb.fn.max('build.number').as('newest')])
    .where('workspace.deleted_at', 'is', null)
    .where('build.number', '>', keep)
    .groupBy('build.workspace_id')
    .execute();
  return rows.map((row) => ({ workspaceId: row.workspace_id, upTo: row.newest - keep }));
}

export async function folderOwners(db: Db): Answer<'folderOwners'> {
  const versions = await db.selectFrom('version').select(['id', 'state']).execute();
  const workspaces = await db.selectFrom('workspace').select(['id', 'deleted_at']).execute();
  return {
    versions: split(versions, (row) => row.state === 'gone'),
    workspaces: split(workspaces, (row) => row.deleted_at !== null),
  };
}

function split<T extends { id: string }>(rows: readonly T[], isOver: (row: T) => boolean) {
  const ids = (over: boolean) => new Set(rows.filter((row) => isOver(row) === over).map((row) => row.id));
  return { here: ids(false), over: ids(true) };
}

export async function forgottenRuns(db: Db): Answer<'forgottenRuns'> {
  const rows = await db
    .selectFrom('run')
    .innerJoin('build', 'build.id', 'run.build_id')
    .select(['run.id', 'run.folder', 'run.workspace_id'])
    .where('run.consumed_at', 'is', null)
    .where('build.ended_at', 'is not', null)
    .execute();
  return rows.map((row) => ({ id: row.id, folder: row.folder, workspaceId: row.workspace_id }));
}

export async function staleHolds(db: Db): Answer<'staleHolds'> {
  const rows = await db
    .selectFrom('charge')
    .leftJoin('build', (join) =>
      join
        .onRef('build.workspace_id', '=', 'charge.workspace_id')
        .onRef('build.beneficiary_id', '=', 'charge.owner_id')
        .on('build.state', 'in', LIVE),
    )
    .select(['charge.workspace_id', 'charge.owner_id'])
    .where('charge.kind', '=', 'held')
    .where('build.id', 'is', null)
    .execute();
  return rows.map((row) => ({ workspaceId: row.workspace_id, ownerId: row.owner_id }));
}

export async function workspaceMarks(db: Db): Answer<'workspaceMarks'> {
  const rows = await db
    .selectFrom('workspace')
    .leftJoin('build', (join) => join.onRef('build.workspace_id', '=', 'workspace.id').on('build.state', 'in', LIVE))
    .select(['workspace.id', 'workspace.row_version', 'workspace.claim_id', 'build.id as build_id', 'build.state as build_state'])
    .where('workspace.deleted_at', 'is', null)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        mark: [row.row_version, row.build_id, row.build_state].join(' '),
        busy: row.build_id !== null || row.claim_id !== null,
      },
    ]),
  );
}

/** Throws where the store was made without its first rows. */
export function identity(session: Session): Answer<'identity'> {
  return write(session, async (tx) => {
    const rows = new Map(
      (await tx.db.selectFrom('meta').selectAll().where('key', 'in', ['schema', 'store_id']).execute()).map((row) => [
        row.key,
        row.value,
      ]),
    );
    const storeId = rows.get('store_id') ?? tx.ids.uuid();
    if (!rows.has('store_id')) await tx.db.insertInto('meta').values({ key: 'store_id', value: storeId }).execute();
    return { schema: Number(rows.get('schema')), storeId };
  });
}
