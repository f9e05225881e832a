import { rebuilt } from '../../../domain/guard.ts';
import { readJson, shapes } from '../../json.ts';
import type { BuildRow, ClaimRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { ClaimFailure } from '../../store.ts';
import { count } from '../audit/counter.ts';
import { namesOf } from '../audit/event.ts';
import { endBuild, stopBuild } from '../build/end.ts';
import { dropHold } from '../quota/charge.ts';
import { slotAgain } from '../workspace/hold.ts';
import { changeWorkspace, tell, tellAs, workspaceRow } from '../workspace/change.ts';
import { moveName } from '../workspace/name-row.ts';
import { addSuspects } from '../workspace/suspects.ts';
import { handToWaiter } from './hand-over.ts';
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
 * A claim that is applying may still be released when its apply ended without having started anything (spec 6.5): its prebuild takes
 * a free slot again, or is surplus. A release while an apply runs is refused; after a recovery something had started once, so it
 * becomes W13.
 */
export function releaseClaim(
  session: Session,
  claimId: string,
  reason: string,
  options: { dead?: boolean; refused?: boolean } = {},
): Promise<boolean> {
  return write(session, async (tx) => {
    const held = await heldBy(tx, claimId);
    if (held === undefined) return false;
    if (held.claim.state !== 'applying') {
      const refused = options.refused === true;
      await giveBack(tx, held, reason, options.dead === true ? 'failed' : 'ready', refused);
      return true;
    }
    if (!(await applyEnded(tx, held.build))) return false;
    if (held.build.recoveries > 0) await quarantine(tx, held, { error: reason });
    else await giveBack(tx, held, reason, options.dead === true ? 'failed' : 'ready');
    return true;
  });
}

/** W13: something may carry the claimant's name, so that name stays bound to the workspace until it is gone. */
export function quarantineClaim(session: Session, claimId: string, failure: ClaimFailure): Promise<boolean> {
  return write(session, async (tx) => {
    const held = await heldBy(tx, claimId);
    if (held?.claim.state !== 'applying') return false;
    await quarantine(tx, held, failure);
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

const OUTCOMES = { ready: 'released', failed: 'dead' } as const;

async function giveBack(tx: Tx, held: Held, reason: string, phase: 'ready' | 'failed', refused = false): Promise<void> {
  const { claim, workspace, build } = held;
  await dropHold(tx, workspace.id, claim.owner_id);
  if (build.ended_at === null) await stopBuild(tx, build, workspace, reason);
  const after = await changeWorkspace(tx, workspace, {
    phase,
    claim_id: null,
    ...(phase === 'ready' ? { slot: workspace.slot ?? (await slotAgain(tx, workspace)) } : { slot: null, last_error: reason }),
    ...(refused ? unsafeBy(tx, workspace, build) : {}),
  });
  await updateClaim(tx, claim, { state: 'new', workspace_id: null, rebuilt: '[]' });
  await recordTry(tx, claim.id, workspace.id, refused ? 'refused' : OUTCOMES[phase], reason);
  await tellAs(tx, after, { kind: 'claim.released', actor: await actorOf(tx, claim), reason, claimId: claim.id });
  if (after.claim_safety === 'unsafe' && refused) await tell(tx, after, { what: 'unsafe', reason, claimId: claim.id });
  if (phase === 'ready') return handToWaiter(tx, after);
  await tell(tx, after, { what: phase, reason, claimId: claim.id });
  await count(tx, 'lost_total', await namesOf(tx, after));
}

/** What the guard refused is known of the prebuild only when the claim asked for nothing else than what it was built with. */
function unsafeBy(tx: Tx, workspace: WorkspaceRow, build: BuildRow): Partial<WorkspaceRow> {
  if (build.parameters !== workspace.parameters) return {};
  const changes = rebuilt(readJson(shapes.changes, 'build.changes', build.changes));
  return { claim_safety: 'unsafe', unsafe_changes: JSON.stringify(changes), rehearsed_at: tx.now };
}

async function quarantine(tx: Tx, held: Held, failure: ClaimFailure): Promise<void> {
  const { claim, workspace, build } = held;
  const { error, errorClass, suspects = [] } = failure;
  await dropHold(tx, workspace.id, claim.owner_id);
  if (build.ended_at === null) await endBuild(tx, build, workspace, { state: 'failed', error, errorClass });
  await addSuspects(tx, build, suspects);
  const after = await changeWorkspace(tx, workspace, { phase: 'quarantined', claim_id: null, slot: null, last_error: error });
  await updateClaim(tx, claim, { state: 'failed' });
  await moveName(tx, claim.id, workspace.id);
  await recordTry(tx, claim.id, workspace.id, 'quarantined', error);
  await tellAs(tx, after, { kind: 'claim.quarantined', actor: await actorOf(tx, claim), reason: error, claimId: claim.id });
}
