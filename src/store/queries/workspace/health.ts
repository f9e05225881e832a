import { write, type Session } from '../../session.ts';
import type { WorkspaceStore } from '../../store.ts';
import { addEvent, SYSTEM_ACTOR } from '../audit/event.ts';
import { isStock, workspaceRow } from './change.ts';

/** One check of a ready prebuild; not a change of its life, so the row version stays. Returns the failures in a row. */
export function recordHealth(session: Session, workspaceId: string, healthy: boolean): Promise<number | undefined> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row?.phase !== 'ready' || !isStock(row)) return undefined;
    const failures = healthy ? 0 : row.health_failures + 1;
    await tx.db
      .updateTable('workspace')
      .set({ health_at: tx.now, health_failures: failures })
      .where('id', '=', workspaceId)
      .execute();
    return failures;
  });
}

/**
 * More than half of the stock looks dead at once (SM W23, spec 7.5): the environment is to blame. The pools hold without a counted
 * failure; an open breaker stays open.
 */
export function holdPools(
  session: Session,
  pools: Parameters<WorkspaceStore['holdPools']>[0],
  input: Parameters<WorkspaceStore['holdPools']>[1],
): Promise<void> {
  return write(session, async (tx) => {
    for (const { templateId, presetName } of pools) {
      await tx.db
        .updateTable('pool')
        .set({ breaker: 'holding', next_try_at: input.untilAt, error_class: 'environment', last_error: input.reason })
        .where('template_id', '=', templateId)
        .where('preset_name', '=', presetName)
        .where('breaker', '!=', 'open')
        .execute();
    }
    await addEvent(tx, {
      kind: 'health.mass_failure',
      actor: SYSTEM_ACTOR,
      reason: input.reason,
      data: { workspaces: input.workspaceIds, untilAt: input.untilAt },
    });
  });
}
