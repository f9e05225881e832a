import { mayMoveBuild } from '../../../domain/phases.ts';
import type { BuildState, PlannedChange, Suspect } from '../../../domain/types.ts';
import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import { measureBegun } from '../audit/measure.ts';
import { claimRow, updateClaim } from '../claim/row.ts';
import { changeWorkspace, tellAs, workspaceRow } from '../workspace/change.ts';
import { addSuspects } from '../workspace/suspects.ts';
import { buildRow } from './read.ts';

interface Patch {
  readonly changes?: readonly PlannedChange[];
  readonly recoveries?: number;
  readonly attempts?: number;
  readonly suspects?: readonly Pick<Suspect, 'address' | 'type'>[];
}

/**
 * Compare-and-set of a live build's state (SM section 2). queued -> planning is W3; a claim build's step to applying is W11, the point
 * of no return. false = the build is elsewhere by now, or the table does not allow the step. Ends are `finishBuild`'s.
 */
export function moveBuild(
  session: Session,
  buildId: string,
  from: BuildState,
  to: BuildState,
  patch: Patch = {},
): Promise<boolean> {
  if (!mayMoveBuild(from, to) || isEnd(to)) return Promise.resolve(false);
  return write(session, async (tx) => {
    const build = await buildRow(tx.db, buildId);
    if (build?.state !== from) return false;
    const workspace = found(await workspaceRow(tx, build.workspace_id), 'workspace', build.workspace_id);
    if (to === 'applying' && build.stage === 'claim' && !(await passNoReturn(tx, workspace))) return false;
    await tx.db
      .updateTable('build')
      .set({ ...columnsOf(patch), state: to, ...timesOf(tx, build, to) })
      .where('id', '=', buildId)
      .execute();
    await addSuspects(tx, build, patch.suspects ?? []);
    if (from === 'queued') await begin(tx, build, workspace);
    return true;
  });
}

const isEnd = (state: BuildState): boolean => state === 'succeeded' || state === 'failed' || state === 'canceled';

const columnsOf = (patch: Patch) => ({
  ...(patch.changes === undefined ? {} : { changes: JSON.stringify(patch.changes) }),
  ...(patch.recoveries === undefined ? {} : { recoveries: patch.recoveries }),
  ...(patch.attempts === undefined ? {} : { attempts: patch.attempts }),
});

function timesOf(tx: Tx, build: BuildRow, to: BuildState): Partial<Pick<BuildRow, 'started_at' | 'applied_at'>> {
  if (to === 'planning') return { started_at: build.started_at ?? tx.now };
  if (to === 'applying') return { applied_at: build.applied_at ?? tx.now };
  return {};
}

/** W3; told once, although a plan that is made again starts from queued too. */
async function begin(tx: Tx, build: BuildRow, workspace: WorkspaceRow): Promise<void> {
  if (workspace.phase === 'queued') await changeWorkspace(tx, workspace, { phase: 'provisioning' });
  if (build.started_at !== null) return;
  await measureBegun(tx, build);
  await tellAs(tx, workspace, {
    kind: 'build.started',
    reason: build.reason,
    buildId: build.id,
    data: { number: build.number, transition: build.transition, stage: build.stage },
  });
}

/** W11: the slot is free for a refill, and the claim can only go forward (SM R6). */
async function passNoReturn(tx: Tx, workspace: WorkspaceRow): Promise<boolean> {
  if (workspace.phase !== 'claiming' || workspace.claim_id === null) return false;
  const claim = await claimRow(tx, workspace.claim_id);
  if (claim.state === 'applying') return true;
  if (claim.state !== 'reserved' && claim.state !== 'planned') return false;
  await updateClaim(tx, claim, { state: 'applying' });
  await changeWorkspace(tx, workspace, { slot: null });
  await tellAs(tx, workspace, { kind: 'claim.applying', reason: 'from here the claim only goes forward', claimId: claim.id });
  return true;
}
