import { sql, type Kysely } from 'kysely';
import type { Schema } from '../../schema.ts';

/**
 * By the builds that gave the name (of a claim, a cold build, a rename) or kept it: a row knows its last name alone. What never had a build of
 * its own that succeeded is found by that last name.
 */
export async function onceNamed(
  db: Kysely<Schema>,
  ownerId: string,
  name: string,
): Promise<readonly { readonly workspaceId: string; readonly at: number }[]> {
  const built = db
    .selectFrom('build')
    .select(['workspace_id', 'created_at as at'])
    .where('beneficiary_id', '=', ownerId)
    .where(sql<boolean>`workspace_name = ${name} collate nocase`)
    .where('state', '=', 'succeeded');
  const last = db
    .selectFrom('workspace')
    .select(['id as workspace_id', 'created_at as at'])
    .where('owner_id', '=', ownerId)
    .where('name', '=', name);
  const rows = await db
    .selectFrom(built.unionAll(last).as('named'))
    .select((eb) => ['workspace_id', eb.fn.max<number>('at').as('at')])
    .groupBy('workspace_id')
    .orderBy('at', 'desc')
    .orderBy('workspace_id')
    .execute();
  return rows.map((row) => ({ workspaceId: row.workspace_id, at: row.at }));
}
