import type { BuildRow, ClaimRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import { stopBuild } from '../build/end.ts';
import { changeWorkspace, tell, tellAs, workspaceRow } from '../workspace/change.ts';
import { moveName } from '../workspace/name-row.ts';
import { actorOf, claimRow, recordTry, updateClaim } from './row.ts';

interface Held {
  readonly claim: ClaimRow;
  readonly workspace: WorkspaceRow;
  /** The claim's build, live or ended. */
  readonly build: BuildRow;
}

/**
 * W10: the claim gives its prebuild back and is `new` again, with its name. The prebuild is ready again, or failed when `dead`.
 *
 * A claim that is applying may still be released when its apply ended without having started anything: its prebuild then goes to
 * quarantine, since its slot is given away and its state was under an apply (SM section 3, "nothing had started"). A release while an
 * apply runs is refused; after a recovery something had started once, so it becomes W13.
 */
export function releaseClaim(
  session: Session,
  claimId: string,
  reason: string,
  options: { dead?: boolean } = {},
): Promise<boolean> {
  return write(session, async (tx) => {
    const held = await heldBy(tx, claimId);
    if (held === undefined) return false;
    if (held.claim.state !== 'applying') {
      await giveBack(tx, held, reason, options.dead === true ? 'failed' : 'ready');
      return true;
    }
    if (!(await applyEnded(tx, held.build))) return false;
    if (held.build.recoveries > 0) await quarantine(tx, held, reason);
    else await giveBack(tx, held, reason, 'quarantined');
    return true;
  });
}

/** W13: something may carry the claimant's name, so that name stays bound to the workspace until it is gone. */
export function quarantineClaim(session: Session, claimId: string, error: string): Promise<boolean> {
  return write(session, async (tx) => {
    const held = await heldBy(tx, claimId);
    if (held?.claim.state !== 'applying') return false;
    await quarantine(tx, held, error);
    return true;
  });
}

async function heldBy(tx: Tx, claimId: string): Promise<Held | undefined> {
  const claim = await claimRow(tx, claimId);
  if (claim.workspace_id === null) return undefined;
  const workspace = await workspaceRow(tx, claim.workspace_id);
  if (workspace?.claim_id !== claimId) return undefined;
  const build = await tx.db
    .selectFrom('build')
    .selectAll()
    .where('workspace_id', '=', workspace.id)
    .where('stage', '=', 'claim')
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow();
  return { claim, workspace, build };
}

/** Either the build itself ended, or its apply run was read to the end and no other one was started. */
async function applyEnded(tx: Tx, build: BuildRow): Promise<boolean> {
  if (build.ended_at !== null) return true;
  const runs = await tx.db
    .selectFrom('run')
    .select('consumed_at')
    .where('build_id', '=', build.id)
    .where('kind', '=', 'apply')
    .execute();
  return runs.length > 0 && runs.every((run) => run.consumed_at !== null);
}

const OUTCOMES = { ready: 'released', failed: 'dead', quarantined: 'not_applied' } as const;

async function giveBack(tx: Tx, held: Held, reason: string, phase: 'ready' | 'failed' | 'quarantined'): Promise<void> {
  const { claim, workspace, build } = held;
  if (build.ended_at === null) await stopBuild(tx, build, workspace, reason);
  const after = await changeWorkspace(tx, workspace, {
    phase,
    claim_id: null,
    ...(phase === 'ready' ? {} : { slot: null, last_error: reason }),
  });
  await updateClaim(tx, claim, { state: 'new', workspace_id: null, rebuilt: '[]' });
  await recordTry(tx, claim.id, workspace.id, OUTCOMES[phase], reason);
  await tellAs(tx, after, { kind: 'claim.released', actor: await actorOf(tx, claim), reason, claimId: claim.id });
  if (phase !== 'ready') await tell(tx, after, { what: phase, reason, claimId: claim.id });
}

async function quarantine(tx: Tx, held: Held, error: string): Promise<void> {
  const { claim, workspace, build } = held;
  if (build.ended_at === null) await stopBuild(tx, build, workspace, error);
  const after = await changeWorkspace(tx, workspace, { phase: 'quarantined', claim_id: null, slot: null, last_error: error });
  await updateClaim(tx, claim, { state: 'failed' });
  await moveName(tx, claim.id, workspace.id);
  await recordTry(tx, claim.id, workspace.id, 'quarantined', error);
  await tellAs(tx, after, { kind: 'claim.quarantined', actor: await actorOf(tx, claim), reason: error, claimId: claim.id });
}
