import { ConflictError } from '../../../kit/errors.ts';
import type { TemplateRow } from '../../schema.ts';
import { found, type Tx } from '../../session.ts';

/** The template's row, read in the transaction. */
export async function templateRow(tx: Tx, id: string): Promise<TemplateRow> {
  return found(await tx.db.selectFrom('template').selectAll().where('id', '=', id).executeTakeFirst(), 'template', id);
}

/** Whether new workspaces may be made of it (SM section 4: checked in W1, W2 and W9). */
export const isOpen = (template: TemplateRow): boolean =>
  template.deprecated_at === null && template.deleting_at === null && template.deleted_at === null;

/** Throws ConflictError when a template is on its way out. */
export function refuseDeleting(template: TemplateRow): void {
  if (template.deleting_at === null && template.deleted_at === null) return;
  throw new ConflictError('template_deleting', `template ${template.name} is being deleted`, {
    hint: 'use another template, or wait until it is gone',
  });
}

/** Throws ConflictError when a template takes no new workspaces. */
export function refuseClosed(template: TemplateRow): void {
  refuseDeleting(template);
  if (template.deprecated_at !== null) {
    throw new ConflictError('template_deprecated', `template ${template.name} is deprecated: no new workspaces are made of it`, {
      hint: 'use another template',
    });
  }
}
