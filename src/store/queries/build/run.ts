import type { Run } from '../../../domain/types.ts';
import { write, type Session } from '../../session.ts';

/** Written before the engine is started: a run folder without a row never started anything. */
export function addRun(session: Session, run: Omit<Run, 'exitCode' | 'consumedAt'>): Promise<void> {
  return write(session, async (tx) => {
    await tx.db
      .insertInto('run')
      .values({
        id: run.id,
        build_id: run.buildId ?? null,
        workspace_id: run.workspaceId,
        kind: run.kind,
        folder: run.folder,
        created_at: run.createdAt,
        exit_code: null,
        consumed_at: null,
      })
      .execute();
  });
}

/** The outcome of a run was read; a second call changes nothing. */
export function consumeRun(session: Session, runId: string, exitCode: number | undefined): Promise<void> {
  return write(session, async (tx) => {
    await tx.db
      .updateTable('run')
      .set({ exit_code: exitCode ?? null, consumed_at: tx.now })
      .where('id', '=', runId)
      .where('consumed_at', 'is', null)
      .execute();
  });
}
