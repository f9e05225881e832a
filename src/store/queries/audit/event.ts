import { SYSTEM_USER } from '../../../domain/types.ts';
import type { Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { enqueueHooks } from '../outbox/enqueue.ts';

/** The pool itself, as the doer of an event. */
export const SYSTEM_ACTOR: Actor = { id: SYSTEM_USER.id, username: SYSTEM_USER.username };

export interface NewEvent {
  readonly kind: string;
  readonly actor?: Actor | undefined;
  readonly template?: string | undefined;
  readonly preset?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly workspaceName?: string | undefined;
  readonly buildId?: string | undefined;
  readonly claimId?: string | undefined;
  readonly reason: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** Adds one line to the audit trail, and what its hooks are owed, in the transaction of the change that it tells (spec 5.10, 7.4). */
export async function addEvent(tx: Tx, event: NewEvent): Promise<void> {
  const stored = await tx.db
    .insertInto('event')
    .values({
      at: tx.now,
      kind: event.kind,
      actor_id: event.actor?.id ?? null,
      actor: event.actor?.username ?? null,
      template: event.template ?? null,
      preset: event.preset ?? null,
      workspace_id: event.workspaceId ?? null,
      workspace_name: event.workspaceName ?? null,
      build_id: event.buildId ?? null,
      claim_id: event.claimId ?? null,
      reason: event.reason,
      data: JSON.stringify(event.data ?? {}),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await enqueueHooks(tx, stored);
}

/** Words that events and counters name a pool with: those of this moment, so later renames and deletions do not change them. */
export interface Names {
  readonly organization: string;
  readonly template: string;
  readonly preset: string | undefined;
}

/** Organisation, template and preset names of a workspace or claim row. */
export async function namesOf(tx: Tx, row: { template_id: string; preset_id: string | null }): Promise<Names> {
  const named = await tx.db
    .selectFrom('template')
    .innerJoin('organization', 'organization.id', 'template.organization_id')
    .select(['template.name as template', 'organization.name as organization'])
    .where('template.id', '=', row.template_id)
    .executeTakeFirstOrThrow();
  if (row.preset_id === null) return { ...named, preset: undefined };
  const preset = await tx.db.selectFrom('preset').select('name').where('id', '=', row.preset_id).executeTakeFirstOrThrow();
  return { ...named, preset: preset.name };
}
