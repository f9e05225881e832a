import type { BuildState, ClaimState, WorkspacePhase } from './types.ts';

/**
 * Which phase of a workspace may follow which (SM section 1). A change that is not listed is a bug, and the store refuses it.
 *
 * W3, W4 leave queued; W5, W6 end provisioning (a person's workspace goes on to ready at once, since no agents report yet); W7, W8,
 * W9 to W13 are the pool's life and the claim; W14 to W18 the deletion; W19, W20 stop; W21, W22 start and update; W23 loses health.
 * Provisioning to stopped, and to deleted, undoes a start, and a cold build, that was canceled or refused before anything was applied.
 */
const PHASE_CHANGES: Readonly<Record<WorkspacePhase, readonly WorkspacePhase[]>> = {
  queued: ['provisioning', 'deleted'],
  provisioning: ['warming', 'ready', 'failed', 'stopped', 'deleted'],
  warming: ['ready', 'failed', 'provisioning', 'stopping', 'deleting'],
  ready: ['claiming', 'failed', 'provisioning', 'stopping', 'deleting'],
  claiming: ['ready', 'warming', 'failed', 'quarantined'],
  stopping: ['stopped', 'failed'],
  stopped: ['provisioning', 'deleting'],
  failed: ['provisioning', 'deleting'],
  quarantined: ['deleting'],
  deleting: ['deleted'],
  deleted: [],
};

/**
 * Which state of a build may follow which (SM section 2).
 *
 * Planning to applying: nobody has to look at the plan, so the engine plans and applies in one command.
 *
 * Back to queued: a transient plan failure, or a plan whose process was killed; a plan touches nothing, so it is simply made again.
 * Planning to canceled: an interrupt before anything was applied.
 */
const BUILD_CHANGES: Readonly<Record<BuildState, readonly BuildState[]>> = {
  queued: ['planning', 'canceled'],
  planning: ['planned', 'applying', 'queued', 'succeeded', 'failed', 'canceled', 'verifying'],
  planned: ['applying', 'queued', 'canceled', 'verifying'],
  applying: ['succeeded', 'failed', 'verifying'],
  verifying: ['applying', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
  canceled: [],
};

/**
 * Which state of a claim may follow which (SM section 3).
 *
 * Reserved to applying and reserved to served: without a guard, or with an empty plan, `planned` is passed in the same step. New to
 * new: another process of the same person takes over.
 */
const CLAIM_CHANGES: Readonly<Record<ClaimState, readonly ClaimState[]>> = {
  new: ['new', 'waiting', 'reserved', 'cold', 'failed', 'canceled'],
  waiting: ['new', 'reserved', 'cold', 'failed', 'canceled'],
  reserved: ['new', 'planned', 'applying', 'served'],
  planned: ['new', 'applying', 'served'],
  applying: ['new', 'served', 'failed'],
  cold: ['served', 'failed', 'canceled'],
  served: [],
  failed: [],
  canceled: [],
};

/** Where a person's workspace goes back to when its stop or delete is canceled before anything was applied. */
const UNDONE: Readonly<Partial<Record<WorkspacePhase, readonly WorkspacePhase[]>>> = {
  stopping: ['warming', 'ready'],
  deleting: ['warming', 'ready', 'stopped', 'failed', 'quarantined'],
};

/**
 * A prebuild is never updated in place: it goes back to provisioning only from stopped or failed (SM section 1, "Never"); and what the pool began to
 * take away, it takes away.
 */
export function mayMovePhase(from: WorkspacePhase, to: WorkspacePhase, prebuild: boolean): boolean {
  if (prebuild && to === 'provisioning' && (from === 'ready' || from === 'warming')) return false;
  return PHASE_CHANGES[from].includes(to) || (!prebuild && UNDONE[from]?.includes(to) === true);
}

/** Whether a build may go from one state to another (SM section 2). */
export const mayMoveBuild = (from: BuildState, to: BuildState): boolean => BUILD_CHANGES[from].includes(to);

/** Whether a claim may go from one state to another (SM section 3). */
export const mayMoveClaim = (from: ClaimState, to: ClaimState): boolean => CLAIM_CHANGES[from].includes(to);

/** A waiting client that gave no sign of life for so long is gone, and its claim leaves the line (SM section 3). */
export const WAITER_GONE_MS = 30_000;
