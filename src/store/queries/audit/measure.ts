import { SYSTEM_USER } from '../../../domain/types.ts';
import { readJson, shapes } from '../../json.ts';
import type { BuildRow, ClaimRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import { isStock } from '../workspace/change.ts';
import { count, countLabels } from './counter.ts';
import { namesOf, type Names } from './event.ts';
import { observe, observeAll } from './histogram.ts';

/** When the pools were last looked at, as a row of `meta`. */
export const RECONCILED_AT = 'reconciled_at';

const poolLabels = (names: Names) => ({ ...templateLabels(names), preset_name: names.preset ?? '' });

const templateLabels = ({ organization, template }: Names) => ({ organization_name: organization, template_name: template });

const reasonOf = (build: BuildRow) => ({
  transition: build.transition,
  build_reason: build.initiator_id === SYSTEM_USER.id ? 'prebuild' : 'initiator',
});

/** A build was queued (Coder 7.1, `coderd_workspace_builds_enqueued_total`). */
export const measureQueued = (tx: Tx, build: BuildRow): Promise<void> =>
  countLabels(tx, 'builds_enqueued_total', reasonOf(build));

/** A build is begun for the first time: how long it waited for its turn. */
export const measureBegun = (tx: Tx, build: BuildRow): Promise<void> =>
  observe(tx, 'queue_wait', reasonOf(build), tx.now - build.created_at);

/** A build ended, whatever the way: its outcome, and how long its engine worked. `workspace` is the row from before the end. */
export async function measureEnded(
  tx: Tx,
  build: BuildRow,
  workspace: WorkspaceRow,
  outcome: 'succeeded' | 'failed' | 'canceled',
): Promise<void> {
  const names = await namesOf(tx, workspace);
  const kind = { transition: build.transition, stage: build.stage, outcome };
  await count(tx, 'builds_total', names, kind);
  if (build.started_at === null || outcome === 'canceled') return;
  const took = tx.now - build.started_at;
  await observe(tx, 'build_duration', { ...templateLabels(names), ...kind }, took);
  if (outcome === 'failed' && build.transition === 'start') await observeReady(tx, build, workspace, 'error');
  if (outcome === 'failed') return;
  if (build.stage === 'claim') await observe(tx, 'claim_build_duration', poolLabels(names), took);
  else if (build.number === 1) {
    const type = isStock(workspace) ? 'prebuild' : 'regular';
    await observe(tx, 'creation_duration', { ...poolLabels(names), type }, took);
    if (type === 'regular') await count(tx, 'workspace_creation_total', names);
  }
}

/** A started workspace can be used, or (W8) never will: from the moment its build was asked for. */
export async function measureReady(tx: Tx, workspace: WorkspaceRow, status: 'success' | 'error'): Promise<void> {
  const build = await tx.db
    .selectFrom('build')
    .selectAll()
    .where('workspace_id', '=', workspace.id)
    .where('transition', '=', 'start')
    .orderBy('number', 'desc')
    .executeTakeFirst();
  if (build !== undefined) await observeReady(tx, build, workspace, status);
}

async function observeReady(tx: Tx, build: BuildRow, workspace: WorkspaceRow, status: 'success' | 'error'): Promise<void> {
  const labels = { ...templateLabels(await namesOf(tx, workspace)), transition: build.transition, status };
  const isPrebuild = String(isStock(workspace) && build.stage !== 'claim');
  await observe(tx, 'ready_duration', { ...labels, is_prebuild: isPrebuild }, tx.now - build.created_at);
}

/** A claim ended: who was served how and how long they waited, from the first request on. `claim` is the row from after the end. */
export async function measureClaim(tx: Tx, claim: ClaimRow): Promise<void> {
  const names = await namesOf(tx, claim);
  if (claim.state !== 'served') return count(tx, 'claims_unserved_total', names, { outcome: claim.state });
  const served = { served_as: claim.served_as ?? 'warm' };
  await count(tx, 'claims_total', names, served);
  await observe(tx, 'claim_duration', { ...poolLabels(names), ...served }, tx.now - claim.created_at);
}

/** The phases of a served claim are written down, once. `before` is the row from before that. */
export async function measurePhases(tx: Tx, before: ClaimRow, phases: Readonly<Record<string, number>>): Promise<void> {
  if (before.served_as === null || Object.keys(readJson(shapes.numbers, 'claim.phases', before.phases)).length > 0) return;
  const labels = { ...poolLabels(await namesOf(tx, before)), served_as: before.served_as };
  await observeAll(
    tx,
    'claim_phase',
    Object.entries(phases).map(([phase, durationMs]) => ({ labels: { ...labels, phase }, durationMs })),
  );
}

/** The pools were looked at and what was missing was begun; `durationMs` is the time of that look, without the builds it began. */
export function recordLook(session: Session, durationMs: number): Promise<void> {
  return write(session, async (tx) => {
    await observe(tx, 'reconcile_duration', {}, durationMs);
    const value = String(tx.now);
    await tx.db
      .insertInto('meta')
      .values({ key: RECONCILED_AT, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
  });
}
