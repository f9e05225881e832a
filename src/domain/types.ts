/**
 * The words of the tool as types (spec 2, SM 1 to 4). Times are milliseconds UTC (`...At`), durations milliseconds (`...Ms`).
 * Pure data: no I/O, no clock.
 */

export type { EventRow } from './event.ts';

export const SYSTEM_USER = {
  id: 'c42fdf75-3097-471c-8c33-fb52454d81c0',
  username: 'prebuilds',
  fullName: 'Prebuilds Owner',
  email: 'prebuilds@system',
} as const;

export const WORKSPACE_PHASES = [
  'queued',
  'provisioning',
  'warming',
  'ready',
  'claiming',
  'stopping',
  'stopped',
  'failed',
  'quarantined',
  'deleting',
  'deleted',
] as const;
export type WorkspacePhase = (typeof WORKSPACE_PHASES)[number];

export const BUILD_STATES = [
  'queued',
  'planning',
  'planned',
  'applying',
  'verifying',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type BuildState = (typeof BUILD_STATES)[number];
/** A workspace has at most one build in these states. */
export const LIVE_BUILD_STATES = [
  'queued',
  'planning',
  'planned',
  'applying',
  'verifying',
] as const satisfies readonly BuildState[];

export const CLAIM_STATES = [
  'new',
  'waiting',
  'reserved',
  'planned',
  'applying',
  'served',
  'cold',
  'failed',
  'canceled',
] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];
export type Transition = 'start' | 'stop' | 'delete';
export type Stage = 'none' | 'create' | 'claim';
export type ErrorClass = 'transient' | 'capacity' | 'template' | 'environment';
export type BreakerState = 'closed' | 'backing_off' | 'holding' | 'half_open' | 'open';
/** Which job slots of the host a build uses (spec 5.4). */
export type JobLane = 'pool' | 'people' | 'delete';
export type EngineKind = 'terraform' | 'tofu';

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
  readonly isSystem: boolean;
}

/** A namespace of templates and groups; one, `default`, is enough for most. */
export interface Organization {
  readonly id: string;
  readonly name: string;
}

/** People of an organisation with a daily allowance (spec 5.9); everybody is in `Everyone`, which always exists. */
export interface Group {
  readonly id: string;
  readonly organization: string;
  readonly name: string;
  /** Units of `coder_metadata.daily_cost`. */
  readonly quotaAllowance: number;
  readonly isEveryone: boolean;
  /** Usernames of those added; empty for `Everyone`. */
  readonly members: readonly string[];
}

export interface Template {
  readonly id: string;
  readonly organizationId: string;
  readonly organization: string;
  readonly name: string;
  readonly deprecatedAt: number | undefined;
  readonly deletingAt: number | undefined;
  readonly deletedAt: number | undefined;
  readonly activeVersionId: string | undefined;
}

export interface Version {
  readonly id: string;
  readonly templateId: string;
  readonly number: number;
  readonly state: 'imported' | 'active' | 'inactive' | 'gone';
  /** Hash of everything that decides the result of a build (spec 4.3). */
  readonly fingerprint: string;
  /** Hash of the pushed content alone; equal content is not pushed twice. */
  readonly contentHash: string;
  /** Absolute folder: `source/` the copied template with its lock file, `data/` the engine's TF_DATA_DIR. */
  readonly folder: string;
  readonly enginePath: string;
  readonly engineKind: EngineKind;
  readonly engineVersion: string;
  readonly lockHash: string;
  readonly message: string;
  readonly pushedBy: string;
  readonly pushedAt: number;
  readonly facts: VersionFacts;
}

/** What push found out once, so that no later build has to ask the engine again. */
export interface VersionFacts {
  /** Provider addresses (`host/ns/type`) with exactly one configuration and no alias: safe to reattach (provider-sessions 1). */
  readonly singleProviders: readonly string[];
  readonly agents: readonly AgentFact[];
  /** Features of the template that this tool does not serve, in words. */
  readonly notServed: readonly string[];
  /** Loader number whose text was given as CODER_AGENT_SCRIPT_* (agent-protocol 2). */
  readonly loader: number;
  readonly accessUrl: string;
  /** Names of credential-like variables that were present at push (spec 3). */
  readonly credentialNames: readonly string[];
  readonly warnings: readonly string[];
  /** Types of all data sources, modules included; undefined = pushed before this was looked at. */
  readonly dataSources?: readonly string[] | undefined;
  /** Parameters whose options, validation or default depend on the owner: judged in the claim's plan (spec 4.6). */
  readonly ownerParameters?: readonly string[] | undefined;
  readonly conditional?: ConditionalFacts | undefined;
}

/** Where parameters exist, or have other rules, depending on values of others: how they are, and what it takes to ask the engine again. */
export interface ConditionalFacts {
  /** Addresses that an evaluation is limited to. */
  readonly targets: readonly string[];
  /** Parameters that others refer to without a detour: with other values of these, others may be there. */
  readonly leading: readonly string[];
  /** Values with which the version's own parameters were evaluated, beside defaults. */
  readonly values: ParameterValues;
  /** Parameters as they are with the values of a preset, by its name, where they differ from those of the version. */
  readonly presets: Readonly<Record<string, readonly Parameter[]>>;
}

export interface AgentFact {
  readonly address: string;
  readonly os: string;
  readonly arch: string;
  readonly auth: string;
}

export type ParameterType = 'string' | 'number' | 'bool' | 'list(string)';

export interface ParameterOption {
  readonly name: string;
  readonly value: string;
}

export interface ParameterValidation {
  readonly regex?: string | undefined;
  readonly error?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly monotonic?: 'increasing' | 'decreasing' | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly type: ParameterType;
  readonly mutable: boolean;
  readonly ephemeral: boolean;
  /** undefined = required: the asker must give it. */
  readonly defaultValue: string | undefined;
  readonly options: readonly ParameterOption[];
  readonly validations: readonly ParameterValidation[];
}

/** Values by parameter name, as strings normalised the way the provider does (`8` is "8"). */
export type ParameterValues = Readonly<Record<string, string>>;

export interface Schedule {
  /** Five fields, minute must be `*`: a window, not instants (Coder 1.3). */
  readonly cron: string;
  readonly instances: number;
}

export interface Preset {
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly parameters: ParameterValues;
  /** Base size; 0 for a preset without a `prebuilds` block. */
  readonly instances: number;
  readonly hasPrebuilds: boolean;
  /** Age at which unclaimed stock expires; undefined or 0 = never. */
  readonly ttlMs: number | undefined;
  readonly timezone: string | undefined;
  readonly schedules: readonly Schedule[];
  /** Hash of name and parameters, and of which parameters there are with them where that differs. */
  readonly identity: string;
}
export type PresetInput = Omit<Preset, 'id' | 'versionId' | 'identity'>;

/** One `--var` (NAME=VALUE) or `--var-file` (a path). Of several that set the same variable the later wins, as on the engine's command line. */
export type VariableSource = { readonly value: string } | { readonly file: string };

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly sensitive: boolean;
}

/** A pool survives versions: it is named by template and preset. */
export interface Pool {
  readonly templateId: string;
  readonly presetName: string;
  readonly pausedAt: number | undefined;
  readonly breaker: BreakerState;
  /** Consecutive failures since a prebuild last became ready. */
  readonly failures: number;
  readonly nextTryAt: number | undefined;
  readonly errorClass: ErrorClass | undefined;
  readonly lastError: string | undefined;
  /** Since when the pool is being emptied by hand; it makes nothing until it is resumed. */
  readonly drainingAt: number | undefined;
  /** When the breaker opened. */
  readonly openedAt: number | undefined;
  /** Summary and address of the last template-class failure. */
  readonly errorFingerprint: string | undefined;
  /** How many template-class failures in a row had it. */
  readonly errorRepeats: number;
}

export interface Workspace {
  readonly id: string;
  readonly templateId: string;
  readonly versionId: string;
  readonly presetId: string | undefined;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly name: string;
  readonly phase: WorkspacePhase;
  readonly slot: number | undefined;
  readonly generation: number;
  readonly fingerprint: string;
  readonly heldAt: number | undefined;
  readonly claimId: string | undefined;
  readonly parameters: ParameterValues;
  readonly createdAt: number;
  readonly readyAt: number | undefined;
  readonly claimedAt: number | undefined;
  readonly healthAt: number | undefined;
  readonly nextTryAt: number | undefined;
  readonly attempts: number;
  readonly lastError: string | undefined;
  readonly deletedAt: number | undefined;
  readonly rowVersion: number;
  /** What the rehearsal of a claim said (spec 6.4). */
  readonly claimSafety: 'unknown' | 'safe' | 'unsafe';
  /** What a claim would rebuild, when unsafe. */
  readonly unsafeChanges: readonly PlannedChange[];
  readonly rehearsedAt: number | undefined;
  readonly heldBy: string | undefined;
  readonly heldReason: string | undefined;
  /** Not claimable any more, to be deleted at once. */
  readonly invalidatedAt: number | undefined;
  /** To be replaced, claimable until then (`invalidate --rolling`). */
  readonly staleAt: number | undefined;
  readonly failedAt: number | undefined;
  /** Health checks that failed in a row. */
  readonly healthFailures: number;
  /** When a claimed workspace ends (spec 6.9). */
  readonly expiresAt: number | undefined;
  readonly expiryWarnedAt: number | undefined;
  /** Sum of coder_metadata.daily_cost of the last build. */
  readonly dailyCost: number;
}

export interface Build {
  readonly id: string;
  readonly workspaceId: string;
  readonly number: number;
  readonly transition: Transition;
  readonly stage: Stage;
  readonly state: BuildState;
  readonly reason: string;
  /** Who the build's environment names as owner: the claimant in a claim build. */
  readonly beneficiaryId: string;
  readonly initiatorId: string;
  /** Workspace name in the build's environment; differs from the workspace's in claim and rename builds. */
  readonly workspaceName: string;
  readonly versionId: string;
  readonly enginePath: string;
  readonly engineKind: EngineKind;
  readonly engineVersion: string;
  readonly loader: number;
  readonly accessUrl: string;
  readonly parameters: ParameterValues;
  readonly recoveries: number;
  readonly attempts: number;
  readonly errorClass: ErrorClass | undefined;
  readonly error: string | undefined;
  readonly changes: readonly PlannedChange[];
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Process that drives the build (SM R7); undefined while nobody does. */
  readonly driver: Driver | undefined;
}

export interface Driver {
  readonly bootId: string;
  readonly pid: number;
  readonly startTicks: number;
}

export interface Run {
  readonly id: string;
  /** undefined = a rehearsal, which belongs to no build. */
  readonly buildId: string | undefined;
  readonly workspaceId: string;
  readonly kind: 'plan' | 'apply' | 'rehearse';
  readonly folder: string;
  readonly createdAt: number;
  readonly exitCode: number | undefined;
  readonly consumedAt: number | undefined;
}

/** One change of a plan; values are never kept. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly action: 'create' | 'read' | 'update' | 'replace' | 'delete' | 'move' | 'import' | 'forget';
  readonly reason?: string | undefined;
  /** Attributes that force the replacement, dotted; only filled when the guard asked for them. */
  readonly paths?: readonly string[] | undefined;
}

/** Why no prebuild was handed out, as one word for counters (spec 6.6); the words for people are in `missReason`. */
export const MISS_CODES = ['empty', 'no_preset', 'no_prebuilds', 'parameters', 'not_applied', 'refused'] as const;
export type MissCode = (typeof MISS_CODES)[number];

export interface Claim {
  readonly id: string;
  readonly templateId: string;
  readonly presetId: string | undefined;
  readonly ownerId: string;
  readonly actorId: string;
  readonly name: string;
  readonly requestId: string | undefined;
  readonly argsHash: string;
  readonly state: ClaimState;
  readonly workspaceId: string | undefined;
  readonly servedAs: 'warm' | 'waited' | 'cold' | undefined;
  readonly missReason: string | undefined;
  readonly parameters: ParameterValues;
  readonly phases: Readonly<Record<string, number>>;
  readonly rebuilt: readonly PlannedChange[];
  readonly createdAt: number;
  readonly endedAt: number | undefined;
  readonly driver: Driver | undefined;
  /** Until when a waiting claim waits (spec 6.6). */
  readonly deadlineAt: number | undefined;
  /** Last sign of life of the process that waits. */
  readonly touchedAt: number | undefined;
  /** Waits on without a process. */
  readonly detached: boolean;
  /** Ends without a workspace rather than with a cold build. */
  readonly noCold: boolean;
  /** Time to live asked for (spec 6.9). */
  readonly ttlMs: number | undefined;
}

export interface Suspect {
  readonly id: string;
  readonly workspaceId: string;
  readonly buildId: string;
  readonly address: string;
  readonly type: string;
  readonly state: 'open' | 'found' | 'absent';
  readonly at: number;
}

export const isPrebuild = (workspace: Pick<Workspace, 'ownerId'>): boolean => workspace.ownerId === SYSTEM_USER.id;
