import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent } from '../audit/event.ts';
import { templateRow } from './guard.ts';

/** A deprecated template makes nothing new; what exists of it lives on. */
export function deprecateTemplate(session: Session, templateId: string, deprecated: boolean, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    const template = await templateRow(tx, templateId);
    if ((template.deprecated_at !== null) === deprecated) return;
    await tx.db
      .updateTable('template')
      .set({ deprecated_at: deprecated ? tx.now : null })
      .where('id', '=', templateId)
      .execute();
    await addEvent(tx, {
      kind: deprecated ? 'template.deprecated' : 'template.undeprecated',
      actor,
      template: template.name,
      reason: deprecated ? 'nothing new is made of it' : 'it may be used again',
    });
  });
}

/** First half: from here no prebuild, cold build or claim of it starts (SM section 4, "template delete x cold build"). */
export function markTemplateDeleting(session: Session, templateId: string, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    const template = await templateRow(tx, templateId);
    if (template.deleting_at !== null) return;
    await tx.db.updateTable('template').set({ deleting_at: tx.now }).where('id', '=', templateId).execute();
    await addEvent(tx, { kind: 'template.deleting', actor, template: template.name, reason: 'its deletion was asked for' });
  });
}

/** Second half; false while it is not marked, or while a workspace that is not deleted or an open claim refers to it. */
export function finishTemplateDelete(session: Session, templateId: string, actor: Actor): Promise<boolean> {
  return write(session, async (tx) => {
    const template = await templateRow(tx, templateId);
    if (template.deleted_at !== null) return true;
    if (template.deleting_at === null) return false;
    const workspace = await tx.db
      .selectFrom('workspace')
      .select('id')
      .where('template_id', '=', templateId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    const claim = await tx.db
      .selectFrom('claim')
      .select('id')
      .where('template_id', '=', templateId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    if (workspace !== undefined || claim !== undefined) return false;
    await tx.db.updateTable('version').set({ state: 'gone' }).where('template_id', '=', templateId).execute();
    await tx.db.updateTable('template').set({ deleted_at: tx.now }).where('id', '=', templateId).execute();
    await addEvent(tx, { kind: 'template.deleted', actor, template: template.name, reason: 'nothing of it is left' });
    return true;
  });
}
