import { sql, type Kysely } from 'kysely';
import { type Build, type Run } from '../../../domain/types.ts';
import { toBuild, toRun } from '../../mappers.ts';
import type { BuildRow, Schema } from '../../schema.ts';
import { found } from '../../session.ts';
import { LIVE } from './live.ts';

type Db = Kysely<Schema>;

export function buildRow(db: Db, id: string): Promise<BuildRow | undefined> {
  return db.selectFrom('build').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The one live build of a workspace. */
export function liveBuildRow(db: Db, workspaceId: string): Promise<BuildRow | undefined> {
  return db.selectFrom('build').selectAll().where('workspace_id', '=', workspaceId).where('state', 'in', LIVE).executeTakeFirst();
}

export async function getBuild(db: Db, id: string): Promise<Build> {
  return toBuild(found(await buildRow(db, id), 'build', id));
}

export async function listBuilds(db: Db, workspaceId: string): Promise<readonly Build[]> {
  const rows = await db.selectFrom('build').selectAll().where('workspace_id', '=', workspaceId).orderBy('number').execute();
  return rows.map(toBuild);
}

export async function liveBuild(db: Db, workspaceId: string): Promise<Build | undefined> {
  const row = await liveBuildRow(db, workspaceId);
  return row === undefined ? undefined : toBuild(row);
}

/** All live builds, oldest first: what the repairer looks at. */
export async function liveBuilds(db: Db): Promise<readonly Build[]> {
  const rows = await db.selectFrom('build').selectAll().where('state', 'in', LIVE).orderBy('created_at').orderBy('id').execute();
  return rows.map(toBuild);
}

export async function listRuns(db: Db, buildId: string): Promise<readonly Run[]> {
  const rows = await db
    .selectFrom('run')
    .selectAll()
    .where('build_id', '=', buildId)
    // As they were added: the clock may have gone back in between.
    .orderBy(sql`rowid`)
    .execute();
  return rows.map(toRun);
}
