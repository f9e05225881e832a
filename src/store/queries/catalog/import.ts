import type { PresetInput, Template, Version } from '../../../domain/types.ts';
import { schemaKey } from '../../../domain/shape.ts';
import { sha256 } from '../../../kit/ids.ts';
import { canonical } from '../../json.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { Actor, NewVersion } from '../../store.ts';
import { addEvent } from '../audit/event.ts';
import { DEFAULT_ORGANIZATION, organizationByName } from '../people/organizations.ts';
import { refuseDeleting, templateRow } from './guard.ts';
import { activate } from './promote.ts';
import { findTemplate, getTemplate, getVersion } from './read.ts';

/** Inserts a pushed version with everything that was read from it, and activates it when asked (spec 4.1). */
export function importVersion(
  session: Session,
  input: NewVersion,
  actor: Actor,
): Promise<{ template: Template; version: Version }> {
  return write(session, async (tx) => {
    const templateId = await ensureTemplate(tx, input);
    const number = await insertVersion(tx, templateId, input);
    await insertParameters(tx, input);
    await insertPresets(tx, templateId, input);
    await insertVariables(tx, input);
    await addEvent(tx, {
      kind: 'template.pushed',
      actor,
      template: input.templateName,
      reason: input.version.message === '' ? `version ${String(number)}` : `version ${String(number)}: ${input.version.message}`,
      data: { version: number, fingerprint: input.version.fingerprint },
    });
    if (input.activate) await activate(tx, templateId, input.id, actor);
    return { template: await getTemplate(tx.db, templateId), version: await getVersion(tx.db, input.id) };
  });
}

/** A template never moves: a known one stays in its organisation, a new one is made in the one given, else in `default`. */
async function ensureTemplate(tx: Tx, input: NewVersion): Promise<string> {
  const known = await findTemplate(tx.db, input.templateName, input.organization);
  if (known !== undefined) {
    refuseDeleting(await templateRow(tx, known.id));
    return known.id;
  }
  const id = tx.ids.uuid();
  const organization = await organizationByName(tx.db, input.organization ?? DEFAULT_ORGANIZATION);
  await tx.db
    .insertInto('template')
    .values({
      id,
      organization_id: organization.id,
      name: input.templateName,
      deprecated_at: null,
      deleting_at: null,
      deleted_at: null,
      created_at: tx.now,
    })
    .execute();
  return id;
}

async function insertVersion(tx: Tx, templateId: string, input: NewVersion): Promise<number> {
  const { version } = input;
  const last = await tx.db
    .selectFrom('version')
    .select((eb) => eb.fn.max('number').as('number'))
    .where('template_id', '=', templateId)
    .executeTakeFirst();
  const number = (last?.number ?? 0) + 1;
  await tx.db
    .insertInto('version')
    .values({
      id: input.id,
      template_id: templateId,
      number,
      state: 'imported',
      fingerprint: version.fingerprint,
      content_hash: version.contentHash,
      folder: version.folder,
      engine_path: version.enginePath,
      engine_kind: version.engineKind,
      engine_version: version.engineVersion,
      lock_hash: version.lockHash,
      message: version.message,
      pushed_by: version.pushedBy,
      pushed_at: tx.now,
      facts: JSON.stringify(version.facts),
    })
    .execute();
  return number;
}

async function insertParameters(tx: Tx, input: NewVersion): Promise<void> {
  for (const [position, parameter] of input.parameters.entries()) {
    await tx.db
      .insertInto('parameter')
      .values({
        version_id: input.id,
        name: parameter.name,
        position,
        display_name: parameter.displayName,
        description: parameter.description,
        type: parameter.type,
        mutable: Number(parameter.mutable),
        ephemeral: Number(parameter.ephemeral),
        default_value: parameter.defaultValue ?? null,
        options: JSON.stringify(parameter.options),
        validations: JSON.stringify(parameter.validations),
      })
      .execute();
  }
}

/** A preset with prebuilds has a pool, which is named by template and preset and so outlives the version. */
async function insertPresets(tx: Tx, templateId: string, input: NewVersion): Promise<void> {
  for (const [position, preset] of input.presets.entries()) {
    await tx.db
      .insertInto('preset')
      .values({
        id: tx.ids.uuid(),
        version_id: input.id,
        name: preset.name,
        position,
        is_default: Number(preset.isDefault),
        parameters: canonical(preset.parameters),
        instances: preset.instances,
        has_prebuilds: Number(preset.hasPrebuilds),
        ttl_ms: preset.ttlMs ?? null,
        timezone: preset.timezone ?? null,
        schedules: JSON.stringify(preset.schedules),
        identity: identityOf(preset, input),
      })
      .execute();
    if (preset.hasPrebuilds) await ensurePool(tx, templateId, preset.name);
  }
}

/** With parameters of its own a preset is another one as soon as they differ. */
function identityOf({ name, parameters }: PresetInput, { version: { facts } }: NewVersion): string {
  const { presets = {} } = facts.conditional ?? {};
  const own = Object.hasOwn(presets, name) ? presets[name] : undefined;
  return sha256(`${JSON.stringify(name)}${canonical(parameters)}${own === undefined ? '' : schemaKey(own)}`);
}

async function ensurePool(tx: Tx, templateId: string, presetName: string): Promise<void> {
  await tx.db
    .insertInto('pool')
    .values({
      template_id: templateId,
      preset_name: presetName,
      paused_at: null,
      breaker: 'closed',
      failures: 0,
      next_try_at: null,
      error_class: null,
      last_error: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function insertVariables(tx: Tx, input: NewVersion): Promise<void> {
  for (const variable of input.variables) {
    await tx.db
      .insertInto('variable')
      .values({
        version_id: input.id,
        name: variable.name,
        value: variable.value,
        value_cipher: null,
        sensitive: Number(variable.sensitive),
      })
      .execute();
  }
}
