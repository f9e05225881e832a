import type { Kysely } from 'kysely';
import { schemaKey } from '../../../domain/shape.ts';
import { toParameter } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

/** Parameter schema of each version, as a text to compare. */
export async function schemaKeys(db: Db, versionIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (versionIds.length === 0) return new Map();
  const rows = await db.selectFrom('parameter').selectAll().where('version_id', 'in', versionIds).execute();
  return new Map(
    versionIds.map((id) => [id, schemaKey(rows.filter((row) => row.version_id === id).map((row) => toParameter(row)))]),
  );
}

/**
 * Presets of the same template that stand for the same pool with the same parameters, in versions with the same parameter schema; the
 * given one is among them (SM section 1).
 */
export async function sameShapePresets(db: Db, presetId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('preset as given')
    .innerJoin('version as of', 'of.id', 'given.version_id')
    .innerJoin('version', 'version.template_id', 'of.template_id')
    .innerJoin('preset', 'preset.version_id', 'version.id')
    .select(['preset.id', 'preset.version_id', 'given.version_id as given_version_id'])
    .where('given.id', '=', presetId)
    .whereRef('preset.identity', '=', 'given.identity')
    .execute();
  const keys = await schemaKeys(
    db,
    rows.map((row) => row.version_id),
  );
  return rows.filter((row) => keys.get(row.version_id) === keys.get(row.given_version_id)).map((row) => row.id);
}
