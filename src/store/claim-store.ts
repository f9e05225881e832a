import type {
  Build,
  Claim,
  ClaimState,
  Driver,
  ErrorClass,
  MissCode,
  ParameterValues,
  PlannedChange,
  Suspect,
  Workspace,
} from '../domain/types.ts';
import type { Actor } from './actor.ts';

export interface ClaimFailure {
  readonly error: string;
  readonly errorClass?: ErrorClass | undefined;
  /** What may exist outside the state (SM R5). */
  readonly suspects?: readonly Pick<Suspect, 'address' | 'type'>[] | undefined;
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
    /** Life of the workspace from the hand-over on; absent = no end. */
    ttlMs?: number | undefined;
    /** Ends without a workspace rather than with a cold build. */
    noCold?: boolean | undefined;
  }): Promise<{ claim: Claim; existing: boolean }>;
  /**
   * W9: the oldest eligible prebuild of the preset (ready, not expired at `now`, not held, not in `except`, of the active version or, with
   * `rolling`, of one of the same shape) becomes claiming; claim -> reserved; name row bound; build `start/claim` queued with the
   * claimant as beneficiary. undefined = none eligible.
   * ConflictError quota_exceeded, and nothing reserved, when the claimant's budget does not hold it.
   * As many of the oldest are left alone as claims wait that were opened before this one: nobody overtakes (SM section 3).
   */
  reservePrebuild(input: {
    claimId: string;
    presetId: string;
    now: number;
    except: readonly string[];
    /** The pool's policy: old versions of the same shape serve until they are replaced (spec 5.5). */
    rolling: boolean;
    accessUrl: string;
    driver: Driver;
    /** `on_replace: refuse`: what a claim would rebuild is not eligible (spec 6.3). */
    refuseUnsafe?: boolean | undefined;
  }): Promise<{ workspace: Workspace; build: Build } | undefined>;
  /**
   * W10: back to the pool (or to failed when `dead`), claim -> new, the try recorded. An applying claim is given back only when its apply
   * run was consumed and had started nothing; after a recovery this is quarantineClaim. false while an apply runs.
   * `refused` by the guard: the prebuild is marked unsafe with what the plan would have rebuilt, unless the claimant's own parameters
   * may be the reason. A prebuild that is ready again goes to the oldest live waiter.
   */
  releaseClaim(claimId: string, reason: string, options?: { dead?: boolean; refused?: boolean }): Promise<boolean>;
  /**
   * W13: apply failed for good after something started: build and claim failed, workspace quarantined, the name stays bound, all in one tx. false =
   * the claim is not applying (any more).
   */
  quarantineClaim(claimId: string, failure: ClaimFailure): Promise<boolean>;
  moveClaim(claimId: string, from: readonly ClaimState[], to: ClaimState, patch?: ClaimPatch): Promise<boolean>;
  recordClaim(claimId: string, patch: ClaimPatch): Promise<void>;
  /** Sign of life of the process that waits; false = the claim does not wait any more. */
  touchClaim(claimId: string): Promise<boolean>;
  getClaim(id: string): Promise<Claim>;
  /** Claims in new, waiting, reserved, planned or applying: what the repairer looks at. */
  openClaims(): Promise<readonly Claim[]>;
  claimsSince(at: number): Promise<readonly Claim[]>;
  /** Whom prebuilds are being claimed for now, oldest claim first: all, those of a claimed name (without case), or that of one workspace. */
  claimants(filter?: { named?: string; workspaceId?: string }): Promise<readonly Claimant[]>;
  /** How the claims of each pool since then ended, without their documents: what `status` counts. */
  claimTimes(since: number): Promise<readonly ClaimTime[]>;
  claimTries(claimId: string): Promise<readonly ClaimTry[]>;
  /** Tries that claims made on this workspace, oldest first. */
  triesOn(workspaceId: string): Promise<readonly ClaimTry[]>;
}

/** A prebuild that a claim holds is the pool's until the claim is done; this is whose it will be, and under which name. */
export interface Claimant {
  readonly workspaceId: string;
  readonly owner: string;
  readonly name: string;
}

/** One attempt of a claim on one prebuild (spec 6.5). */
export interface ClaimTry {
  readonly claimId: string;
  readonly n: number;
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly outcome: string;
  readonly reason: string;
  readonly at: number;
}

export interface ClaimTime extends Pick<Claim, 'templateId' | 'state' | 'servedAs' | 'createdAt' | 'endedAt'> {
  readonly presetName: string;
  /** The pool was asked and had nothing that it could hand over. */
  readonly missed: boolean;
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
  readonly deadlineAt?: number | undefined;
  readonly detached?: boolean | undefined;
  /** Given up: the same request asked again begins anew. */
  readonly requestId?: undefined;
}
