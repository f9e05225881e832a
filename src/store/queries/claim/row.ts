import { mayMoveClaim } from '../../../domain/phases.ts';
import { BugError } from '../../../kit/errors.ts';
import type { ClaimRow } from '../../schema.ts';
import { found, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { count } from '../audit/counter.ts';
import { addEvent, namesOf } from '../audit/event.ts';
import { measureClaim } from '../audit/measure.ts';

const FINAL = ['served', 'failed', 'canceled'];
export const isEnded = (state: ClaimRow['state']): boolean => FINAL.includes(state);

/** The row as it is inside this transaction. */
export async function claimRow(tx: Tx, id: string): Promise<ClaimRow> {
  return found(await tx.db.selectFrom('claim').selectAll().where('id', '=', id).executeTakeFirst(), 'claim', id);
}

/** The one write of a claim row; `ended_at` follows the state. Throws BugError for a change that is not in the table (SM section 3). */
export async function updateClaim(tx: Tx, before: ClaimRow, patch: Partial<Omit<ClaimRow, 'id' | 'ended_at'>>): Promise<void> {
  const to = patch.state ?? before.state;
  if (to !== before.state && !mayMoveClaim(before.state, to)) {
    throw new BugError(`the claim of ${before.name} cannot go from ${before.state} to ${to}`);
  }
  await tx.db
    .updateTable('claim')
    .set({ ...patch, ended_at: isEnded(to) ? (before.ended_at ?? tx.now) : null })
    .where('id', '=', before.id)
    .execute();
  if (isEnded(to) && !isEnded(before.state)) await measureClaim(tx, { ...before, ...patch });
}

/** A claim that its pool could not serve: one miss by reason, counted where the claim leaves `new` (spec 6.6). */
export async function endMiss(tx: Tx, claim: ClaimRow, code: string | null): Promise<void> {
  if (code === null) return;
  await count(tx, 'misses_total', await namesOf(tx, claim), { reason: code });
}

/** The attempt of a claim on one workspace, with its outcome (spec 6.5: visible in `history`). */
export async function recordTry(tx: Tx, claimId: string, workspaceId: string, outcome: string, reason: string): Promise<void> {
  const last = await tx.db
    .selectFrom('claim_try')
    .select((eb) => eb.fn.max('n').as('n'))
    .where('claim_id', '=', claimId)
    .executeTakeFirst();
  await tx.db
    .insertInto('claim_try')
    .values({ claim_id: claimId, n: (last?.n ?? 0) + 1, workspace_id: workspaceId, outcome, reason, at: tx.now })
    .execute();
}

/** Who asked for the claim, as the doer of its events. */
export async function actorOf(tx: Tx, claim: ClaimRow): Promise<Actor> {
  return tx.db.selectFrom('person').select(['id', 'username']).where('id', '=', claim.actor_id).executeTakeFirstOrThrow();
}

/** An event about a claim that has no workspace to name. */
export async function tellClaim(tx: Tx, claim: ClaimRow, what: string, reason: string): Promise<void> {
  const names = await namesOf(tx, claim);
  await addEvent(tx, {
    kind: `claim.${what}`,
    actor: await actorOf(tx, claim),
    template: names.template,
    preset: names.preset,
    workspaceId: claim.workspace_id ?? undefined,
    workspaceName: claim.name,
    claimId: claim.id,
    reason,
  });
}
