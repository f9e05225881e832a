import type { VersionRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';

/** A new workspace row in phase queued. */
export async function insertWorkspace(
  tx: Tx,
  input: Pick<WorkspaceRow, 'preset_id' | 'owner_id' | 'name' | 'slot' | 'parameters'> & { version: VersionRow },
): Promise<WorkspaceRow> {
  const { version, ...given } = input;
  return tx.db
    .insertInto('workspace')
    .values({
      ...given,
      id: tx.ids.uuid(),
      template_id: version.template_id,
      version_id: version.id,
      phase: 'queued',
      generation: 1,
      fingerprint: version.fingerprint,
      held_at: null,
      claim_id: null,
      created_at: tx.now,
      ready_at: null,
      claimed_at: null,
      health_at: null,
      next_try_at: null,
      attempts: 0,
      last_error: null,
      deleted_at: null,
      row_version: 1,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
