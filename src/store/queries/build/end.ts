import { mayMoveBuild } from '../../../domain/phases.ts';
import type { ErrorClass, PlannedChange } from '../../../domain/types.ts';
import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import type { BuildStore } from '../../store.ts';
import { measureEnded } from '../audit/measure.ts';
import { tellAs } from '../workspace/change.ts';

export type Outcome = Parameters<BuildStore['finishBuild']>[1];

/** Whether a person's workspace goes on to its agents' start scripts. */
export const warms = (outcome: Outcome & { state: 'succeeded' }): boolean =>
  outcome.warming === true && (outcome.agents ?? []).length > 0;

type Ending =
  | { readonly state: 'succeeded'; readonly changes?: readonly PlannedChange[] }
  | { readonly state: 'failed' | 'canceled'; readonly error: string; readonly errorClass: ErrorClass | undefined };

/** Writes the end of a build row and tells it; false when the table does not allow this end from where the build is. */
export async function endBuild(tx: Tx, build: BuildRow, workspace: WorkspaceRow, ending: Ending): Promise<boolean> {
  if (!mayMoveBuild(build.state, ending.state)) return false;
  const changes = ending.state === 'succeeded' ? ending.changes : undefined;
  const error = ending.state === 'succeeded' ? null : ending.error;
  const errorClass = ending.state === 'succeeded' ? null : (ending.errorClass ?? null);
  await tx.db
    .updateTable('build')
    .set({
      state: ending.state,
      error,
      error_class: errorClass,
      ended_at: tx.now,
      ...(changes === undefined ? {} : { changes: JSON.stringify(changes) }),
    })
    .where('id', '=', build.id)
    .execute();
  await measureEnded(tx, build, workspace, ending.state);
  await tellAs(tx, workspace, {
    kind: `build.${ending.state}`,
    reason: error ?? build.reason,
    buildId: build.id,
    data: {
      number: build.number,
      transition: build.transition,
      stage: build.stage,
      ...(errorClass === null ? {} : { errorClass }),
    },
  });
  return true;
}

/** Ends a live build for a reason outside itself: canceled where nothing was applied yet, failed otherwise. */
export async function stopBuild(tx: Tx, build: BuildRow, workspace: WorkspaceRow, reason: string): Promise<void> {
  const state = mayMoveBuild(build.state, 'canceled') ? 'canceled' : 'failed';
  await endBuild(tx, build, workspace, { state, error: reason, errorClass: undefined });
}
