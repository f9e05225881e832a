import type { Kysely } from 'kysely';
import type { Parameter, Preset, Template, Variable, Version } from '../../../domain/types.ts';
import { UserError } from '../../../kit/errors.ts';
import { toParameter, toPreset, toTemplate, toVersion } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found } from '../../session.ts';
import { organizationByName } from '../people/organizations.ts';

type Db = Kysely<Schema>;

const templates = (db: Db) =>
  db
    .selectFrom('template')
    .innerJoin('organization', 'organization.id', 'template.organization_id')
    .leftJoin('version', (join) => join.onRef('version.template_id', '=', 'template.id').on('version.state', '=', 'active'))
    .selectAll('template')
    .select(['version.id as active_version_id', 'organization.name as organization']);

/** By name, without case; deleted templates are not found. Throws UserError: ambiguous_template, unknown_organization. */
export async function findTemplate(db: Db, name: string, organization?: string): Promise<Template | undefined> {
  let query = templates(db).where('template.name', '=', name).where('template.deleted_at', 'is', null);
  if (organization !== undefined) {
    query = query.where('template.organization_id', '=', (await organizationByName(db, organization)).id);
  }
  const [row, ...others] = await query.orderBy('organization.name').execute();
  if (row === undefined) return undefined;
  if (others.length === 0) return toTemplate(row);
  const all = [row, ...others].map((one) => one.organization).join(', ');
  throw new UserError('ambiguous_template', `several organisations have a template "${name}": ${all}`, {
    hint: 'say which with --org NAME or PREBUILDS_ORG',
  });
}

export async function getTemplate(db: Db, id: string): Promise<Template> {
  return toTemplate(found(await templates(db).where('template.id', '=', id).executeTakeFirst(), 'template', id));
}

export async function listTemplates(db: Db): Promise<readonly Template[]> {
  return (
    await templates(db).where('template.deleted_at', 'is', null).orderBy('template.name').orderBy('organization.name').execute()
  ).map(toTemplate);
}

export async function listVersions(db: Db, templateId: string): Promise<readonly Version[]> {
  const rows = await db.selectFrom('version').selectAll().where('template_id', '=', templateId).orderBy('number').execute();
  return rows.map(toVersion);
}

export async function getVersion(db: Db, id: string): Promise<Version> {
  return toVersion(found(await db.selectFrom('version').selectAll().where('id', '=', id).executeTakeFirst(), 'version', id));
}

export async function versionParameters(db: Db, versionId: string, presetName?: string): Promise<readonly Parameter[]> {
  const { presets = {} } = (presetName === undefined ? undefined : (await getVersion(db, versionId)).facts.conditional) ?? {};
  const own = presetName !== undefined && Object.hasOwn(presets, presetName) ? presets[presetName] : undefined;
  if (own !== undefined) return own;
  const rows = await db.selectFrom('parameter').selectAll().where('version_id', '=', versionId).orderBy('position').execute();
  return rows.map(toParameter);
}

export async function versionPresets(db: Db, versionId: string): Promise<readonly Preset[]> {
  const rows = await db.selectFrom('preset').selectAll().where('version_id', '=', versionId).orderBy('position').execute();
  return rows.map(toPreset);
}

export async function versionVariables(db: Db, versionId: string): Promise<readonly Variable[]> {
  const rows = await db.selectFrom('variable').selectAll().where('version_id', '=', versionId).orderBy('name').execute();
  return rows.map((row) => ({ name: row.name, value: row.value ?? '', sensitive: row.sensitive === 1 }));
}

export async function getPreset(db: Db, id: string): Promise<Preset> {
  return toPreset(found(await db.selectFrom('preset').selectAll().where('id', '=', id).executeTakeFirst(), 'preset', id));
}
