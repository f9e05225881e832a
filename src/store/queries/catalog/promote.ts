import { ConflictError } from '../../../kit/errors.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent } from '../audit/event.ts';
import { FORGOTTEN } from '../pool/forget.ts';
import { refuseDeleting, templateRow } from './guard.ts';

/** Makes a version active and the former one inactive; a new active version closes the breakers (SM section 4). */
export async function activate(tx: Tx, templateId: string, versionId: string, actor: Actor): Promise<void> {
  const template = await templateRow(tx, templateId);
  refuseDeleting(template);
  const version = found(
    await tx.db.selectFrom('version').selectAll().where('id', '=', versionId).executeTakeFirst(),
    'version',
    versionId,
  );
  if (version.template_id !== templateId || version.state === 'gone') {
    throw new ConflictError('version_not_usable', `version ${String(version.number)} of ${template.name} cannot be made active`, {
      hint: `see \`prebuilds template versions ${template.name}\``,
    });
  }
  if (version.state === 'active') return;
  await tx.db
    .updateTable('version')
    .set({ state: 'inactive' })
    .where('template_id', '=', templateId)
    .where('state', '=', 'active')
    .execute();
  await tx.db.updateTable('version').set({ state: 'active' }).where('id', '=', versionId).execute();
  await tx.db.updateTable('pool').set(FORGOTTEN).where('template_id', '=', templateId).execute();
  await addEvent(tx, {
    kind: 'template.promoted',
    actor,
    template: template.name,
    reason: `version ${String(version.number)} is active`,
    data: { version: version.number },
  });
}

export function promoteVersion(session: Session, templateId: string, versionId: string, actor: Actor): Promise<void> {
  return write(session, (tx) => activate(tx, templateId, versionId, actor));
}
