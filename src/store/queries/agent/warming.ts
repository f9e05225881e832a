import type { Kysely } from 'kysely';
import { agentsState } from '../../../domain/agent.ts';
import { SYSTEM_USER, type Workspace } from '../../../domain/types.ts';
import { toAgent, toWorkspace } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { isStock, workspaceRow } from '../workspace/change.ts';
import { workspaces } from '../workspace/read.ts';
import { becomeReady } from '../workspace/readiness.ts';

/**
 * W7 and W8 of a person's workspace, in the transaction of what its last agent said: it is its owner's whatever the scripts did. A prebuild
 * is left to the pass that warms it, which counts failures.
 */
export async function settleWarming(tx: Tx, workspaceId: string): Promise<void> {
  const row = await workspaceRow(tx, workspaceId);
  if (row?.phase !== 'warming' || isStock(row)) return;
  const agents = await tx.db.selectFrom('agent').selectAll().where('workspace_id', '=', workspaceId).execute();
  const state = agentsState(agents.map(toAgent), row.generation);
  if (state.kind === 'ready') await becomeReady(tx, row, 'its agents are ready', 'success');
  if (state.kind === 'failed') await becomeReady(tx, row, state.reason, 'error');
}

/** People's workspaces that wait for their agents. */
export async function warmingOfPeople(db: Kysely<Schema>): Promise<readonly Workspace[]> {
  const rows = await workspaces(db)
    .where('workspace.phase', '=', 'warming')
    .where('workspace.owner_id', '!=', SYSTEM_USER.id)
    .where('workspace.deleted_at', 'is', null)
    .orderBy('workspace.id')
    .execute();
  return rows.map(toWorkspace);
}
