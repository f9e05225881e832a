import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from '../workspace/change.ts';

/**
 * `invalidate` (spec 5.6). A reservation is never revoked: one that is being claimed is only marked, which counts when the claim gives
 * it back. Returns the ids that were marked now.
 */
export function invalidatePrebuilds(
  session: Session,
  workspaceIds: readonly string[],
  rolling: boolean,
  actor: Actor,
): Promise<readonly string[]> {
  return write(session, async (tx) => {
    const marked: string[] = [];
    for (const id of workspaceIds) {
      const row = await workspaceRow(tx, id);
      if (row === undefined || !isStock(row) || row.phase === 'deleting' || row.phase === 'deleted') continue;
      const mark = rolling ? 'stale_at' : 'invalidated_at';
      if (row[mark] !== null) continue;
      const after = await changeWorkspace(tx, row, { [mark]: tx.now });
      const reason = rolling ? 'to be replaced; claimable until then' : 'not claimable any more; to be deleted';
      await tell(tx, after, { what: 'invalidated', actor, reason, data: { rolling } });
      marked.push(id);
    }
    return marked;
  });
}
