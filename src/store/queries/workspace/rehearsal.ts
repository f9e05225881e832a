import type { Kysely } from 'kysely';
import { describeReplacement } from '../../../domain/guard.ts';
import { type Run } from '../../../domain/types.ts';
import { toRun } from '../../mappers.ts';
import type { Schema, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { RehearsalVerdict, WorkspaceStore } from '../../store.ts';
import { LIVE } from '../build/live.ts';
import { liveBuildRow } from '../build/read.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from './change.ts';

/** Opens the run of a rehearsal in a job slot of the pool that no build wants (spec 6.4: lowest priority). */
export function beginRehearsal(
  session: Session,
  run: Parameters<WorkspaceStore['beginRehearsal']>[0],
  limit: number,
): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, run.workspaceId);
    if (row?.phase !== 'ready' || !isStock(row) || row.claim_safety !== 'unknown') return false;
    if ((await liveBuildRow(tx.db, row.id)) !== undefined) return false;
    const open = await openRows(tx.db);
    if (open.some((one) => one.workspace_id === row.id)) return false;
    if ((await poolBuilds(tx)) + open.length >= limit) return false;
    await tx.db
      .insertInto('run')
      .values({
        id: run.id,
        build_id: null,
        workspace_id: run.workspaceId,
        kind: 'rehearse',
        folder: run.folder,
        created_at: run.createdAt,
        exit_code: null,
        consumed_at: null,
      })
      .execute();
    return true;
  });
}

/** Builds that have a job slot of the pool, or wait for one. */
async function poolBuilds(tx: Tx): Promise<number> {
  const row = await tx.db
    .selectFrom('build')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', 'in', LIVE)
    .where('job_lane', '=', 'pool')
    .where((eb) => eb.or([eb('job_slot', 'is not', null), eb('state', '=', 'queued')]))
    .executeTakeFirstOrThrow();
  return row.n;
}

const openRows = (db: Kysely<Schema>) =>
  db
    .selectFrom('run')
    .selectAll()
    .where('kind', '=', 'rehearse')
    .where('consumed_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();

/** Rehearsals that were opened and not closed, oldest first. */
export async function openRehearsals(db: Kysely<Schema>): Promise<readonly Run[]> {
  return (await openRows(db)).map(toRun);
}

/** Closes the run once; what was found is kept while the prebuild is still what was rehearsed. false = it was closed before. */
export function endRehearsal(
  session: Session,
  runId: string,
  exitCode: number | undefined,
  verdict: RehearsalVerdict | undefined,
): Promise<boolean> {
  return write(session, async (tx) => {
    const closed = await tx.db
      .updateTable('run')
      .set({ exit_code: exitCode ?? null, consumed_at: tx.now })
      .where('id', '=', runId)
      .where('kind', '=', 'rehearse')
      .where('consumed_at', 'is', null)
      .returning('workspace_id')
      .executeTakeFirst();
    if (closed === undefined) return false;
    const row = await workspaceRow(tx, closed.workspace_id);
    if (verdict !== undefined && row?.phase === 'ready' && isStock(row)) await keep(tx, row, verdict);
    return true;
  });
}

async function keep(tx: Tx, row: WorkspaceRow, verdict: RehearsalVerdict): Promise<void> {
  const changes = verdict.safety === 'unsafe' ? verdict.changes : [];
  const after = await changeWorkspace(tx, row, {
    claim_safety: verdict.safety,
    unsafe_changes: JSON.stringify(changes),
    rehearsed_at: tx.now,
  });
  await tell(tx, after, { what: 'rehearsed', reason: wordsOf(verdict), data: { safety: verdict.safety, changes } });
}

function wordsOf(verdict: RehearsalVerdict): string {
  switch (verdict.safety) {
    case 'safe':
      return 'a claim would rebuild nothing';
    case 'unsafe':
      return verdict.changes.map(describeReplacement).join('; ');
    case 'unknown':
      return `the rehearsal failed: ${verdict.reason}`;
  }
}
