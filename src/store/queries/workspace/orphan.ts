import type { Workspace } from '../../../domain/types.ts';
import { toWorkspace } from '../../mappers.ts';
import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { getPerson } from '../people/people.ts';
import { changeWorkspace, mayGo, tell, workspaceRow } from './change.ts';
import { endWorkspace } from './end.ts';
import { isIdle } from './idle.ts';
import { resolveInside } from './suspects.ts';

/** Deleted without an engine: what `addresses` names stays where it is, and the event is all that is known of it from here on. */
export function orphanWorkspace(
  session: Session,
  workspaceId: string,
  addresses: readonly string[],
  actor: Actor,
): Promise<Workspace | undefined> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row === undefined || !(await isIdle(tx, row))) return undefined;
    if (row.phase !== 'deleting' && !mayGo(row, 'deleting')) return undefined;
    const leaving = row.phase === 'deleting' ? row : await changeWorkspace(tx, row, { phase: 'deleting', slot: null });
    await resolveInside(tx, leaving, 'found');
    const what = addresses.length === 0 ? 'nothing was in its state' : `left where it is: ${addresses.join(', ')}`;
    await tell(tx, leaving, { what: 'orphaned', actor, reason: what, data: { addresses } });
    const gone = await endWorkspace(tx, leaving, 'nothing of it was destroyed');
    return toWorkspace({ ...gone, owner_name: (await getPerson(tx.db, gone.owner_id)).username });
  });
}
