import type {
  Build,
  Driver,
  ErrorClass,
  ParameterValues,
  PlannedChange,
  Run,
  Stage,
  Suspect,
  Transition,
  Workspace,
} from '../domain/types.ts';
import type { Actor } from './actor.ts';

export interface NewBuild {
  readonly workspaceId: string;
  readonly transition: Transition;
  readonly stage: Stage;
  readonly reason: string;
  readonly initiator: Actor;
  /** Absent = the workspace's own. */
  readonly versionId?: string | undefined;
  readonly parameters?: ParameterValues | undefined;
  readonly workspaceName?: string | undefined;
  readonly accessUrl: string;
  /** Who is about to drive it; absent = whoever takes it first, which may be another process's pass. */
  readonly driver?: Driver | undefined;
}

export interface NamedWorkspace {
  readonly workspace: Workspace;
  readonly organization: string;
  readonly template: string;
  readonly version: number;
  readonly preset: string | undefined;
}

/** What a rehearsal said; `unknown` = the plan itself failed, with the reason. */
export type RehearsalVerdict =
  | { readonly safety: 'safe' }
  | { readonly safety: 'unsafe'; readonly changes: readonly PlannedChange[] }
  | { readonly safety: 'unknown'; readonly reason: string };

/** Which workspaces; nothing = all that are not deleted. */
export interface WorkspaceFilter {
  readonly includeDeleted?: boolean | undefined;
  readonly templateId?: string | undefined;
  readonly presetId?: string | undefined;
  readonly ownerId?: string | undefined;
  /** Of this name, without case, or of this id. */
  readonly named?: string | undefined;
  /** Names of their owner and template, and their phase, without case. */
  readonly owner?: string | undefined;
  readonly template?: string | undefined;
  readonly status?: string | undefined;
}

export interface WorkspaceCount extends Pick<Workspace, 'templateId' | 'presetId' | 'phase'> {
  /** Whether these are prebuilds, which nobody has. */
  readonly prebuilds: boolean;
  readonly count: number;
}

export interface WorkspaceStore {
  getWorkspace(id: string): Promise<Workspace>;
  /** Oldest first. */
  listWorkspaces(filter?: WorkspaceFilter): Promise<readonly Workspace[]>;
  /** The same, of what is not deleted, with the names of what they belong to. */
  namedWorkspaces(filter?: Omit<WorkspaceFilter, 'includeDeleted'>): Promise<readonly NamedWorkspace[]>;
  /** How many there are that are not deleted, in groups. */
  workspaceCounts(): Promise<readonly WorkspaceCount[]>;
  /** Not deleted, by owner and name (without case). */
  findWorkspace(ownerId: string, name: string): Promise<Workspace | undefined>;
  /**
   * Ids of the workspaces, deleted ones too, that this owner had under this name (without case), the one that last had it first, each with
   * the time of its last build of this name.
   */
  onceNamed(ownerId: string, name: string): Promise<readonly { readonly workspaceId: string; readonly at: number }[]>;
  /** W2: a person's cold build (phase queued, build 1 `start/none`); ConflictError when the name is taken. Binds the claim when given. `driver` as in NewBuild. */
  createCold(input: {
    templateId: string;
    versionId: string;
    presetId: string | undefined;
    ownerId: string;
    name: string;
    parameters: ParameterValues;
    accessUrl: string;
    initiator: Actor;
    claimId?: string | undefined;
    driver?: Driver | undefined;
  }): Promise<{ workspace: Workspace; build: Build }>;
  /**
   * W14, W15, W16 (delete), W19 (stop), W21 (start), W22 (update), W25 (rename): moves the phase and queues the build.
   * undefined = the row changed, has a live build or a live claim, or the phase does not allow it. On a prebuild `requireOwnerId` = system
   * makes it refuse when it was claimed meanwhile; stop of a prebuild also holds it. Delete frees the slot. A delete whose build
   * failed (W18, phase deleting without a live build) may be queued again.
   */
  queueBuild(
    input: NewBuild & { rowVersion?: number; requireOwnerId?: string | undefined },
  ): Promise<{ workspace: Workspace; build: Build } | undefined>;
  /**
   * The workspace is deleted without an engine, and what its state has, by `addresses`, is left where it is; open suspects count as found. Name,
   * charge and slot are free. undefined = something works on it, or its phase does not allow a delete.
   */
  orphanWorkspace(workspaceId: string, addresses: readonly string[], actor: Actor): Promise<Workspace | undefined>;
  /** W4: nothing real exists yet; the queued build is canceled, slot and name are freed, phase deleted. */
  cancelQueued(workspaceId: string, reason: string, actor: Actor): Promise<boolean>;
  /**
   * W7: warming -> ready; sets readyAt, closes the pool's breaker with failures = 0. A prebuild goes on to the oldest live waiter of its
   * pool in the same transaction (W9). `error`: a person's workspace whose agents failed or never came, which is its owner's all the same (W8).
   */
  markReady(workspaceId: string, reason: string, status?: 'success' | 'error'): Promise<boolean>;
  /** W8, W23: warming or ready -> failed, slot freed. W8 counts as a pool failure of `errorClass`; W23 does not. */
  markFailed(workspaceId: string, error: string, errorClass: ErrorClass, counts: boolean): Promise<boolean>;
  /**
   * One health check of a ready prebuild (spec 5.8): `healthAt` = now, and the number of failed checks in a row, which is returned.
   * undefined = it is no ready prebuild any more.
   */
  recordHealth(workspaceId: string, healthy: boolean): Promise<number | undefined>;
  /** Too much of the stock looks dead at once (spec 7.5): the pools make nothing until `untilAt`, nothing is failed, one event. */
  holdPools(
    pools: readonly { templateId: string; presetName: string }[],
    input: { untilAt: number; reason: string; workspaceIds: readonly string[] },
  ): Promise<void>;
  /**
   * Opens a rehearsal (spec 6.4): a run row without a build, if the prebuild is ready, idle and not rehearsed, and a job slot of the pool is
   * free beside the builds and rehearsals of this host. false = not now.
   */
  beginRehearsal(run: Omit<Run, 'exitCode' | 'consumedAt' | 'buildId' | 'kind'>, limit: number): Promise<boolean>;
  /** Closes the run; the verdict is kept if the prebuild is still ready. Without one (interrupted) nothing is kept. */
  endRehearsal(runId: string, exitCode: number | undefined, verdict: RehearsalVerdict | undefined): Promise<boolean>;
  /** Rehearsals that were opened and not closed. */
  openRehearsals(): Promise<readonly Run[]>;
  /** People's workspaces that end at or before `at` (spec 6.9). */
  expiringWorkspaces(at: number): Promise<readonly Workspace[]>;
  /** Writes the event `workspace.expiring`, once for this end. */
  warnExpiry(workspaceId: string, expiresAt: number): Promise<boolean>;
  /** A new end for a person's workspace that has one; false = it has none, or is being deleted. */
  extendWorkspace(workspaceId: string, expiresAt: number, actor: Actor): Promise<boolean>;
  /** W24: parks a prebuild, or makes it stock again. */
  setHeld(workspaceId: string, held: boolean, actor: Actor, reason?: string): Promise<boolean>;
  /**
   * A prebuild that came back from a claim while its slot was taken gets one when one is free: stock without a slot would not count where
   * slots are. false = none is free, or it is not such a prebuild.
   */
  regainSlot(workspaceId: string): Promise<boolean>;
  listSuspects(state?: Suspect['state'], workspaceId?: string): Promise<readonly Suspect[]>;
  /** Open suspects of a workspace, all or those at `addresses`, were found and dealt with, or declared absent (SM R5). */
  resolveSuspects(workspaceId: string, state: 'found' | 'absent', addresses?: readonly string[]): Promise<void>;
}
