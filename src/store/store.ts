import type { PoolPolicy, PoolSnapshot } from '../domain/decide.ts';
import type {
  Build,
  BuildState,
  Claim,
  ClaimState,
  Driver,
  ErrorClass,
  EventRow,
  MissCode,
  Parameter,
  ParameterValues,
  Person,
  PlannedChange,
  Pool,
  Preset,
  PresetInput,
  Run,
  Stage,
  Suspect,
  Template,
  Transition,
  Variable,
  Version,
  Workspace,
} from '../domain/types.ts';

/**
 * What the tool remembers, atomically. Every method is one short write transaction (or one read); every change is a
 * compare-and-set on state and row version, and its event is written in the same transaction. A lost race is a normal outcome and
 * is returned (`undefined` or `false`), never thrown. Rules: SM sections 1 to 5; the W numbers name rows of SM section 1.
 */
export interface Store extends PeopleStore, CatalogStore, PoolStore, WorkspaceStore, BuildStore, ClaimStore, AuditStore {
  close(): Promise<void>;
}

/** Who does it, for the event. */
export interface Actor {
  readonly id: string;
  readonly username: string;
}

export interface PeopleStore {
  /** Finds or makes the person (username compared without case); full name and email are refreshed when given. */
  ensurePerson(input: { username: string; fullName?: string | undefined; email?: string | undefined }): Promise<Person>;
  findPerson(username: string): Promise<Person | undefined>;
  getPerson(id: string): Promise<Person>;
}

export interface NewVersion {
  /** Chosen by the caller: the folder carries it. */
  readonly id: string;
  readonly templateName: string;
  readonly version: Omit<Version, 'id' | 'templateId' | 'number' | 'state' | 'pushedAt'>;
  readonly parameters: readonly Parameter[];
  readonly presets: readonly PresetInput[];
  readonly variables: readonly Variable[];
  readonly activate: boolean;
}

export interface CatalogStore {
  /** Makes the template if it is new, inserts the version with the next number, activates it if asked (see promoteVersion). */
  importVersion(input: NewVersion, actor: Actor): Promise<{ template: Template; version: Version }>;
  /** By name, without case; deleted templates are not found. */
  findTemplate(name: string): Promise<Template | undefined>;
  getTemplate(id: string): Promise<Template>;
  listTemplates(): Promise<readonly Template[]>;
  listVersions(templateId: string): Promise<readonly Version[]>;
  getVersion(id: string): Promise<Version>;
  versionParameters(versionId: string): Promise<readonly Parameter[]>;
  versionPresets(versionId: string): Promise<readonly Preset[]>;
  versionVariables(versionId: string): Promise<readonly Variable[]>;
  getPreset(id: string): Promise<Preset>;
  /** Makes a version active and the former one inactive; breakers of the template's pools close with failures = 0. */
  promoteVersion(templateId: string, versionId: string, actor: Actor): Promise<void>;
  deprecateTemplate(templateId: string, deprecated: boolean, actor: Actor): Promise<void>;
  /** First half of a template's deletion: from here no prebuild, cold build or claim of it starts. */
  markTemplateDeleting(templateId: string, actor: Actor): Promise<void>;
  /** Second half; false while a workspace that is not deleted refers to it. */
  finishTemplateDelete(templateId: string, actor: Actor): Promise<boolean>;
}

export interface PoolStore {
  getPool(templateId: string, presetName: string): Promise<Pool | undefined>;
  /** Every pool of every template not deleted, in template and preset order. `policyOf` gives each its policy. */
  snapshot(policyOf: (template: string, preset: string) => PoolPolicy): Promise<readonly PoolSnapshot[]>;
  isPaused(): Promise<boolean>;
  setPaused(paused: boolean, actor: Actor): Promise<void>;
  /** Closes the breaker, failures = 0. */
  retryPool(templateId: string, presetName: string, actor: Actor): Promise<void>;
  /** Writes breaker and next try of a pool that failed or backs off. */
  setPoolBreaker(
    templateId: string,
    presetName: string,
    next: Pick<Pool, 'breaker' | 'nextTryAt'>,
    reason: string,
  ): Promise<void>;
  /** W1: one prebuild on the lowest free slot below `slotLimit`, with build 1 `start/create` queued; undefined when the guard says no. */
  createPrebuild(input: {
    presetId: string;
    slotLimit: number;
    name: string;
    parameters: ParameterValues;
    accessUrl: string;
    reason: string;
  }): Promise<{ workspace: Workspace; build: Build } | undefined>;
  counters(): Promise<readonly { name: string; labels: Readonly<Record<string, string>>; value: number }[]>;
}

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
}

export interface WorkspaceStore {
  getWorkspace(id: string): Promise<Workspace>;
  listWorkspaces(filter?: { includeDeleted?: boolean; templateId?: string }): Promise<readonly Workspace[]>;
  /** Not deleted, by owner and name (without case). */
  findWorkspace(ownerId: string, name: string): Promise<Workspace | undefined>;
  /** W2: a person's cold build (phase queued, build 1 `start/none`); ConflictError when the name is taken. Binds the claim when given. */
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
  /** W4: nothing real exists yet; the queued build is canceled, slot and name are freed, phase deleted. */
  cancelQueued(workspaceId: string, reason: string, actor: Actor): Promise<boolean>;
  /** W7: warming -> ready; sets readyAt, closes the pool's breaker with failures = 0. */
  markReady(workspaceId: string, reason: string): Promise<boolean>;
  /** W8, W23: warming or ready -> failed, slot freed. W8 counts as a pool failure of `errorClass`; W23 does not. */
  markFailed(workspaceId: string, error: string, errorClass: ErrorClass, counts: boolean): Promise<boolean>;
  setHealth(workspaceId: string, at: number): Promise<void>;
  setHeld(workspaceId: string, held: boolean, actor: Actor): Promise<boolean>;
  listSuspects(state?: Suspect['state']): Promise<readonly Suspect[]>;
  resolveSuspects(workspaceId: string, state: 'found' | 'absent'): Promise<void>;
}

export interface BuildStore {
  getBuild(id: string): Promise<Build>;
  listBuilds(workspaceId: string): Promise<readonly Build[]>;
  liveBuild(workspaceId: string): Promise<Build | undefined>;
  /** All live builds of all workspaces, oldest first: what the repairer looks at. */
  liveBuilds(): Promise<readonly Build[]>;
  /** Takes or renews the right to drive: succeeds only when the build is live and its driver is still `expected`. */
  takeBuild(buildId: string, expected: Driver | undefined, me: Driver): Promise<Build | undefined>;
  /**
   * Compare-and-set of the state (SM section 2). W3 is queued -> planning (phase queued -> provisioning in the same tx); a claim build's
   * planned -> applying is W11 (slot freed, claim -> applying). false = somebody else moved it.
   */
  moveBuild(
    buildId: string,
    from: BuildState,
    to: BuildState,
    patch?: { changes?: readonly PlannedChange[]; recoveries?: number; attempts?: number },
  ): Promise<boolean>;
  /**
   * The end of a build in one tx: build -> succeeded | failed | canceled, workspace by the transition table: start -> warming (W5; a
   * person's workspace goes on to ready at once) or failed (W6: slot freed, pool failure, counter), claim succeeded -> W12, stop ->
   * stopped (W20), delete -> deleted when no suspect is open (W17) or stays deleting with attempts + 1 and nextTryAt (W18).
   */
  finishBuild(
    buildId: string,
    outcome:
      | { readonly state: 'succeeded' }
      | {
          readonly state: 'failed' | 'canceled';
          readonly error: string;
          readonly errorClass: ErrorClass | undefined;
          /** Addresses that may exist outside the state (SM R5). */
          readonly suspects?: readonly { address: string; type: string }[];
          readonly nextTryAt?: number | undefined;
        },
  ): Promise<boolean>;
  /**
   * One of the `limit` job slots of this host for a build (spec 5.4); true also when the build has one already. A slot is free
   * again when its build is no longer live.
   */
  takeSlot(buildId: string, limit: number): Promise<boolean>;
  addRun(run: Omit<Run, 'exitCode' | 'consumedAt'>): Promise<void>;
  consumeRun(runId: string, exitCode: number | undefined): Promise<void>;
  listRuns(buildId: string): Promise<readonly Run[]>;
}

export interface ClaimStore {
  /**
   * New claim row in state `new`. With a request id that exists for this owner the existing claim comes back (ConflictError when its
   * arguments differ); the same for a live claim of the same owner, name and arguments. ConflictError when the name is taken.
   */
  openClaim(input: {
    templateId: string;
    presetId: string | undefined;
    ownerId: string;
    actor: Actor;
    name: string;
    requestId: string | undefined;
    argsHash: string;
    parameters: ParameterValues;
    driver: Driver;
  }): Promise<{ claim: Claim; existing: boolean }>;
  /**
   * W9: the oldest eligible prebuild of the preset (ready, version active, not expired at `now`, not held, not in `except`) becomes
   * claiming; claim -> reserved; name row bound; build `start/claim` queued with the claimant as beneficiary. undefined = none eligible.
   */
  reservePrebuild(input: {
    claimId: string;
    presetId: string;
    now: number;
    except: readonly string[];
    accessUrl: string;
    driver: Driver;
  }): Promise<{ workspace: Workspace; build: Build } | undefined>;
  /**
   * W10: back to the pool (or to failed when `dead`), claim -> new, the try recorded. An applying claim is given back only when its apply
   * run was consumed: the workspace goes to quarantine then, and after a recovery this is quarantineClaim. false while an apply runs.
   */
  releaseClaim(claimId: string, reason: string, options?: { dead?: boolean }): Promise<boolean>;
  /** W13: apply failed for good after something started: workspace quarantined, claim failed, the name stays bound. */
  quarantineClaim(claimId: string, error: string): Promise<boolean>;
  moveClaim(claimId: string, from: readonly ClaimState[], to: ClaimState, patch?: ClaimPatch): Promise<boolean>;
  recordClaim(claimId: string, patch: ClaimPatch): Promise<void>;
  getClaim(id: string): Promise<Claim>;
  /** Claims in new, waiting, reserved, planned or applying: what the repairer looks at. */
  openClaims(): Promise<readonly Claim[]>;
  claimsSince(at: number): Promise<readonly Claim[]>;
  claimTries(
    claimId: string,
  ): Promise<readonly { n: number; workspaceId: string; outcome: string; reason: string; at: number }[]>;
}

export interface ClaimPatch {
  readonly servedAs?: Claim['servedAs'];
  readonly missReason?: string | undefined;
  /** Set with `missReason` when the pool was asked: counts one miss. */
  readonly missCode?: MissCode | undefined;
  readonly phases?: Claim['phases'];
  readonly rebuilt?: readonly PlannedChange[];
  readonly workspaceId?: string | undefined;
  readonly driver?: Driver | undefined;
}

export interface AuditStore {
  /** Oldest first; `after` is a seq. */
  listEvents(filter?: { after?: number; sinceAt?: number; workspaceId?: string; limit?: number }): Promise<readonly EventRow[]>;
  recordEvent(event: {
    kind: string;
    actor?: Actor | undefined;
    template?: string | undefined;
    preset?: string | undefined;
    workspaceId?: string | undefined;
    reason: string;
    data?: Readonly<Record<string, unknown>> | undefined;
  }): Promise<void>;
}
