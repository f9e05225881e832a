import { mayMovePhase } from '../../../domain/phases.ts';
import { SYSTEM_USER, type WorkspacePhase } from '../../../domain/types.ts';
import { BugError } from '../../../kit/errors.ts';
import type { WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent, namesOf } from '../audit/event.ts';

type Patch = Partial<Omit<WorkspaceRow, 'id' | 'row_version'>>;

/** The row as it is inside this transaction. */
export function workspaceRow(tx: Tx, id: string): Promise<WorkspaceRow | undefined> {
  return tx.db.selectFrom('workspace').selectAll().where('id', '=', id).executeTakeFirst();
}

export const isStock = (row: WorkspaceRow): boolean => row.owner_id === SYSTEM_USER.id;

/** Whether the workspace may go to this phase now (SM section 1). */
export const mayGo = (row: WorkspaceRow, to: WorkspacePhase): boolean => mayMovePhase(row.phase, to, isStock(row));

/**
 * The one write of a workspace row: a compare-and-set on the row version of the row that was read in this transaction. Throws
 * BugError for a phase change that is not in the table; callers ask `mayGo` first where that is a normal outcome.
 */
export async function changeWorkspace(tx: Tx, before: WorkspaceRow, patch: Patch): Promise<WorkspaceRow> {
  if (patch.phase !== undefined && patch.phase !== before.phase && !mayGo(before, patch.phase)) {
    throw new BugError(`workspace ${before.name} cannot go from ${before.phase} to ${patch.phase}`);
  }
  const failed = patch.phase !== before.phase && (patch.phase === 'failed' || patch.phase === 'quarantined');
  const after = await tx.db
    .updateTable('workspace')
    .set({ ...(failed ? { failed_at: tx.now } : {}), ...patch, row_version: before.row_version + 1 })
    .where('id', '=', before.id)
    .where('row_version', '=', before.row_version)
    .returningAll()
    .executeTakeFirst();
  if (after === undefined) throw new BugError(`workspace ${before.name} changed inside a transaction`);
  return after;
}

export interface WorkspaceEvent {
  /** Second half of the kind; the first is `prebuild` or `workspace`, by the owner at that moment. */
  readonly what: string;
  readonly reason: string;
  readonly actor?: Actor | undefined;
  readonly buildId?: string | undefined;
  readonly claimId?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** An event about a workspace, with the names of its template and preset. */
export async function tell(tx: Tx, row: WorkspaceRow, event: WorkspaceEvent): Promise<void> {
  const { what, ...rest } = event;
  await tellAs(tx, row, { ...rest, kind: `${isStock(row) ? 'prebuild' : 'workspace'}.${what}` });
}

/** The same with the whole kind given. */
export async function tellAs(tx: Tx, row: WorkspaceRow, event: Omit<WorkspaceEvent, 'what'> & { kind: string }): Promise<void> {
  const names = await namesOf(tx, row);
  await addEvent(tx, { ...event, template: names.template, preset: names.preset, workspaceId: row.id, workspaceName: row.name });
}
