import type {
  ClaimAnswer,
  PoolStatus,
  PresetView,
  ReconcileReport,
  SuspectView,
  SweepFinding,
  SweepReport,
  SweepView,
  WaitingView,
  WorkspaceView,
} from '../../api/app.ts';
import type { QuotaView } from '../../api/people.ts';
import type { TokenView } from '../../api/tokens.ts';
import type { Build, Claim, EventRow, Group, Person, Preset, Template, Version, Workspace } from '../../domain/types.ts';
import { appJson, claimedAgentJson, metadataJson } from './agents-json.ts';
import { fullName, poolName } from './text.ts';

/**
 * The documents of `--json`. They are a contract: fields may be added, never renamed or removed. Times are ISO 8601 UTC, durations
 * end in `Ms`, what is unknown is null.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, replacer, 2);
}

/** One document on one line, for streams. */
export const jsonLine = (value: unknown): string => JSON.stringify(value, replacer);

function replacer(key: string, value: unknown): unknown {
  if (value === undefined) return null;
  const isInstant = key === 'at' || key.endsWith('At');
  return isInstant && typeof value === 'number' ? new Date(value).toISOString() : value;
}

export const templateJson = (template: Template) => ({
  id: template.id,
  organization: template.organization,
  name: template.name,
  activeVersionId: template.activeVersionId,
  deprecatedAt: template.deprecatedAt,
  deletingAt: template.deletingAt,
});

export const versionJson = (version: Version) => ({
  id: version.id,
  number: version.number,
  state: version.state,
  fingerprint: version.fingerprint,
  message: version.message,
  pushedBy: version.pushedBy,
  pushedAt: version.pushedAt,
  engine: { kind: version.engineKind, version: version.engineVersion, path: version.enginePath },
  warnings: version.facts.warnings,
  notServed: version.facts.notServed,
});

export const presetJson = (preset: Preset) => ({
  name: preset.name,
  default: preset.isDefault,
  parameters: preset.parameters,
  hasPrebuilds: preset.hasPrebuilds,
  instances: preset.instances,
  ttlMs: preset.ttlMs,
  timezone: preset.timezone,
  schedules: preset.schedules,
});

export const presetViewJson = (view: PresetView) => ({
  organization: view.organization,
  template: view.template,
  ...presetJson(view.preset),
  desired: view.desired,
  ready: view.ready,
  nextChange: view.nextChange,
});

export const workspaceJson = (workspace: Workspace) => ({
  id: workspace.id,
  name: fullName(workspace),
  owner: workspace.ownerName,
  status: workspace.phase,
  generation: workspace.generation,
  parameters: workspace.parameters,
  createdAt: workspace.createdAt,
  readyAt: workspace.readyAt,
  claimedAt: workspace.claimedAt,
  heldAt: workspace.heldAt,
  heldBy: workspace.heldBy,
  heldReason: workspace.heldReason,
  invalidatedAt: workspace.invalidatedAt,
  staleAt: workspace.staleAt,
  failedAt: workspace.failedAt,
  deletedAt: workspace.deletedAt,
  lastError: workspace.lastError,
  dailyCost: workspace.dailyCost,
  expiresAt: workspace.expiresAt,
  ...(workspace.claimedAt === undefined ? safetyJson(workspace) : {}),
});

/** Of what was not claimed: what a claim with the parameters it was built with would do. */
const safetyJson = (workspace: Workspace) => ({
  claimSafety: workspace.claimSafety,
  wouldRebuild: workspace.unsafeChanges,
  rehearsedAt: workspace.rehearsedAt,
  healthAt: workspace.healthAt,
  healthFailures: workspace.healthFailures,
});

export const workspaceViewJson = (view: WorkspaceView) => ({
  ...workspaceJson(view.workspace),
  organization: view.organization,
  template: view.template,
  version: view.version,
  preset: view.preset,
  liveBuild: view.liveBuild === undefined ? undefined : buildJson(view.liveBuild),
  claimant: view.claimant,
});

export const buildJson = (build: Build) => ({
  id: build.id,
  number: build.number,
  transition: build.transition,
  stage: build.stage,
  state: build.state,
  reason: build.reason,
  engine: { kind: build.engineKind, version: build.engineVersion },
  errorClass: build.errorClass,
  error: build.error,
  changes: build.changes,
  createdAt: build.createdAt,
  startedAt: build.startedAt,
  endedAt: build.endedAt,
});

export const claimJson = (claim: Claim) => ({
  id: claim.id,
  requestId: claim.requestId,
  name: claim.name,
  state: claim.state,
  servedAs: claim.servedAs,
  missReason: claim.missReason,
  phasesMs: claim.phases,
  rebuilt: claim.rebuilt,
  createdAt: claim.createdAt,
  endedAt: claim.endedAt,
});

export const waitingJson = (waiting: WaitingView) => ({
  claimId: waiting.claimId,
  name: fullName({ ownerName: waiting.owner, name: waiting.name }),
  owner: waiting.owner,
  template: waiting.template,
  preset: waiting.preset,
  before: waiting.before,
  waitingSinceAt: waiting.since,
  deadlineAt: waiting.deadlineAt,
  detached: waiting.detached,
});

export const answerJson = (answer: ClaimAnswer) => ({
  /** null while the claim waits in line; then `waiting` says where. */
  workspace: answer.workspace === undefined ? undefined : workspaceJson(answer.workspace),
  waiting: answer.waiting === undefined ? undefined : waitingJson(answer.waiting),
  claimId: answer.claim.id,
  servedAs: answer.servedAs,
  preset: answer.preset,
  /** Set when it was served from a version that is not the active one: the numbers of both. */
  older: answer.older,
  presetReason: answer.presetReason,
  missReason: answer.missReason,
  phasesMs: answer.phases,
  rebuilt: answer.rebuilt,
  connect: answer.connect,
  resources: answer.resources,
  agents: answer.agents.map(claimedAgentJson),
  apps: answer.apps.map(appJson),
  metadata: answer.metadata.map(metadataJson),
  repeated: answer.repeated,
});

export const personJson = (person: Person) => ({
  id: person.id,
  username: person.username,
  fullName: person.fullName,
  email: person.email,
  system: person.isSystem,
});

export const groupJson = (group: Group) => ({
  id: group.id,
  organization: group.organization,
  name: group.name,
  quota: group.quotaAllowance,
  everyone: group.isEveryone,
  members: group.members,
});

/** `budget` is null where there are no quotas. */
export const quotaJson = (view: QuotaView) => ({
  user: view.user,
  organization: view.organization,
  groups: view.groups,
  budget: view.budget,
  consumed: view.consumed,
  held: view.held,
  workspaces: view.workspaces,
});

export const tokenJson = (token: TokenView) => ({
  id: token.id,
  name: token.name,
  user: token.person.username,
  role: token.role,
  state: token.state,
  createdAt: token.createdAt,
  createdBy: token.createdBy,
  expiresAt: token.expiresAt,
  lastUsedAt: token.lastUsedAt,
  revokedAt: token.revokedAt,
});

export const poolJson = (pool: PoolStatus) => ({ pool: poolName(pool), ...NOTHING_KNOWN, ...pool });

/** What a pool may not have is null, also when the answer came from a server, which leaves it out. */
const NOTHING_KNOWN: Partial<PoolStatus> = {
  maxSize: undefined,
  hindrance: undefined,
  nextTryAt: undefined,
  lastError: undefined,
  unsafeReason: undefined,
  hitRate: undefined,
  p50ClaimMs: undefined,
  p95ClaimMs: undefined,
  nextChange: undefined,
};

export const reconcileJson = (report: ReconcileReport) => ({ ...report, pools: report.pools.map(poolJson) });

export const eventJson = (event: EventRow) => ({
  seq: event.seq,
  at: event.at,
  kind: event.kind,
  actor: event.actor,
  template: event.template,
  preset: event.preset,
  workspaceId: event.workspaceId,
  workspace: event.workspaceName,
  owner: event.owner,
  buildId: event.buildId,
  claimId: event.claimId,
  reason: event.reason,
  data: event.data,
});

const findingJson = ({ verdict, kind, id, type, name, workspaceId, workspace, reason, removable, remedy }: SweepFinding) => ({
  verdict,
  kind,
  id,
  type,
  name,
  workspaceId,
  workspace,
  reason,
  removable,
  remedy,
});

/** One source in `status`; `unaccounted` is a number. */
export const sweepSummaryJson = (view: SweepView) => ({
  source: view.source,
  at: view.at,
  objects: view.objects,
  unaccounted: leakedOf(view).length,
  error: view.error,
});

export const leakedOf = (view: SweepView): readonly SweepFinding[] => view.findings.filter(({ verdict }) => verdict === 'leaked');

export const suspectJson = ({ address, type, workspaceId, workspace, at, remedy }: SuspectView) => ({
  address,
  type,
  workspaceId,
  workspace,
  at,
  remedy,
});

export const sweepJson = (report: SweepReport) => ({
  sources: report.results.map((view) => ({ ...sweepSummaryJson(view), findings: view.findings.map(findingJson) })),
  unaccounted: report.results.reduce((sum, view) => sum + leakedOf(view).length, 0),
  removed: report.removed.map(({ kind, id, type, name, workspaceId, workspace }) => ({
    kind,
    id,
    type,
    name,
    workspaceId,
    workspace,
  })),
  resolvedSuspects: report.resolved,
});
